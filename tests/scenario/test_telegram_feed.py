"""How updates reach us: the webhook that Telegram is told of, and polling."""

import asyncio

import pytest
from prometheus_client import REGISTRY

from bridge.channels import telegram
from bridge.channels.telegram.feed import WATCH_S
from bridge.channels.telegram.settings import Settings
from bridge.errors import ChannelUnavailable, ConfigError, Undeliverable
from bridge.ports import Accepted
from bridge.stores import memory
from bridge.types import Inbound
from tests.fakes.brains import Gate
from tests.fakes.context import channel_context
from tests.fakes.core import until
from tests.fakes.server import echo
from tests.fakes.telegram_bridge import SECRET, telegram_bridge
from tests.fakes.telegram_server import Broken, TelegramServer
from tests.fakes.telegram_updates import Webhook


async def test_telegram_is_told_of_the_webhook_its_secret_and_the_commands() -> None:
    async with telegram_bridge(register_webhook=True) as bridge:
        platform = bridge.telegram
        await until(lambda: any(call.method == "setWebhook" for call in platform.calls), 5)
        assert platform.updates.webhook == Webhook("http://127.0.0.1:8080/telegram/webhook", SECRET, 40)
        assert "stopped_message_generation" in platform.updates.allowed
        (menu,) = platform.methods.commands.values()
        assert [name for name, _ in menu] == ["new", "stop", "human", "help", "verify"]


async def test_a_webhook_that_telegram_refuses_does_not_stop_the_server() -> None:
    async with telegram_bridge(register_webhook=True, telegram={"local": False}) as bridge:
        await until(lambda: bridge.telegram.refusals["setWebhook", 400] == 1, 5)
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "Hello?")
        await bridge.texts(chat, "You said: Hello?")


async def test_a_webhook_elsewhere_is_told_by_its_host(caplog: pytest.LogCaptureFixture) -> None:
    async with telegram_bridge(register_webhook=True) as bridge:
        await until(lambda: any(call.method == "setWebhook" for call in bridge.telegram.calls), 5)
        elsewhere = Webhook("https://old.example/bot123456789:AAEsecret", SECRET)
        bridge.telegram.updates.set_webhook(elsewhere, drop_pending=False)
        await asyncio.sleep(WATCH_S + 1)
    (told,) = [record for record in caplog.records if record.message == "telegram posts to another webhook than ours"]
    assert vars(told)["fields"] == {"host": "old.example"}


async def test_telegram_away_at_the_start_is_asked_again() -> None:
    async with telegram_bridge(register_webhook=True, telegram={"lacks": frozenset({"getMe"})}) as bridge:
        await until(lambda: bridge.telegram.refusals["getMe", 404] >= 1, 5)
        bridge.telegram.lacks = frozenset()
        bridge.telegram.__post_init__()
        await until(lambda: bridge.telegram.updates.webhook is not None, 5)


async def test_a_group_message_waits_until_we_know_our_own_name() -> None:
    """It is not lost: Telegram comes again."""
    async with telegram_bridge() as bridge:
        platform = bridge.telegram
        platform.updates.retry_scale = 0.05
        platform.play("getMe", *[Broken(502)] * 3)
        group = platform.supergroup()
        platform.say(group, "@bridge_test_bot hello?")
        await bridge.texts(group, "You said: hello?")
        assert [attempt.status for attempt in platform.updates.attempts][-1] == 200
        assert {attempt.status for attempt in platform.updates.attempts} == {503, 200}


async def test_polling_hears_everything_once() -> None:
    async with telegram_bridge(mode="polling") as bridge:
        platform = bridge.telegram
        chat = platform.private()
        platform.say(chat, "One?")
        await bridge.texts(chat, "You said: One?")
        platform.say(chat, "/help")
        await until(lambda: len(platform.texts(chat)) == 2, 5)
        await until(lambda: not platform.updates.pending, 5)
        assert platform.updates.webhook is None


async def test_polling_takes_a_webhook_away_first() -> None:
    async with TelegramServer.start(local=True) as platform:
        platform.updates.set_webhook(Webhook("http://127.0.0.1:9/", SECRET), drop_pending=False)
        settings = Settings(api_url=platform.url, mode="polling")
        store = memory.MemoryStore(memory.Settings())
        heard = []

        async def receive(inbound: object) -> object:
            heard.append(inbound)
            return await store.accept(inbound)  # type: ignore[arg-type]

        context = channel_context(store, {"TELEGRAM_BOT_TOKEN": platform.token}, receive=receive)
        channel = telegram.build(settings, context)
        assert not channel.routes()
        running = asyncio.create_task(channel.run())
        chat = platform.private()
        platform.say(chat, "Hello?")
        await until(lambda: len(heard) == 1, 5)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await channel.close()


async def test_an_update_that_was_not_stored_is_asked_for_again() -> None:
    gate = Gate()
    async with telegram_bridge(echo, mode="polling") as bridge:
        platform = bridge.telegram
        platform.play("getUpdates", Broken(502), Broken(500, "?"))
        chat = platform.private()
        platform.say(chat, "One?")
        await bridge.texts(chat, "You said: One?")
    assert gate.asked == []


class Poisoned(memory.MemoryStore):
    """Cannot keep one of the messages, by a mistake that nobody has thought of."""

    async def accept(self, inbound: Inbound) -> Accepted:
        if inbound.text == "poison":
            raise ArithmeticError("a mistake")
        return await super().accept(inbound)


async def test_an_update_that_breaks_something_is_given_up_when_polling() -> None:
    before = bugs()
    async with telegram_bridge(mode="polling", store=Poisoned(memory.Settings())) as bridge:
        platform = bridge.telegram
        chat = platform.private()
        for text in ("poison", "One?"):
            platform.say(chat, text)
        platform.updates.push(platform.updates.next("message", chat.id, {"message_id": "unreadable"}))
        platform.say(chat, "Two?")
        await until(lambda: not platform.updates.pending, 5)
        await until(lambda: "Two?" in "".join(platform.texts(chat)), 15)
        assert "One?" in "".join(platform.texts(chat))
    assert bugs() == before + 1


def bugs() -> float:
    return REGISTRY.get_sample_value("bridge_bugs_total", {"place": "channel"}) or 0.0


# ---------------------------------------------------------------- before the start


@pytest.mark.parametrize(
    ("secrets", "words"),
    [
        (
            {"TELEGRAM_BOT_TOKEN": "7000000001:AAx", "TELEGRAM_WEBHOOK_SECRET": "ä b"},
            "TELEGRAM_WEBHOOK_SECRET: must be",
        ),
        ({"TELEGRAM_BOT_TOKEN": "token", "TELEGRAM_WEBHOOK_SECRET": "abc"}, "TELEGRAM_BOT_TOKEN: is not like"),
    ],
)
def test_secrets_that_cannot_be_right_are_refused_at_the_start(secrets: dict[str, str], words: str) -> None:
    store = memory.MemoryStore(memory.Settings())
    with pytest.raises(ConfigError, match=words):
        telegram.build(Settings(), channel_context(store, secrets))


async def test_the_check_says_who_we_are_or_what_is_wrong() -> None:
    store = memory.MemoryStore(memory.Settings())
    async with TelegramServer.start(local=True) as platform:

        async def checked(token: str, url: str = platform.url) -> str:
            secrets = {"TELEGRAM_BOT_TOKEN": token, "TELEGRAM_WEBHOOK_SECRET": SECRET}
            channel = telegram.build(Settings(api_url=url, call_s=1), channel_context(store, secrets))
            try:
                return await channel.check()
            finally:
                await channel.close()

        assert await checked(platform.token) == "@bridge_test_bot, no webhook yet, 0 updates waiting"
        platform.updates.set_webhook(Webhook("http://127.0.0.1/telegram/webhook", SECRET), drop_pending=False)
        assert await checked(platform.token) == "@bridge_test_bot, our webhook, 0 updates waiting"
        for url, said in (
            ("https://old.example/bot123456789:AAEsecret", "a webhook at old.example"),
            ("https://user:secret@old.example:8443/x?secret=1", "a webhook at old.example"),
            ("https://[secret/", "a webhook at an address that cannot be read"),
        ):
            platform.updates.set_webhook(Webhook(url, SECRET), drop_pending=False)
            assert await checked(platform.token) == f"@bridge_test_bot, {said}, 0 updates waiting"
        with pytest.raises(Undeliverable, match="TELEGRAM_BOT_TOKEN") as refused:
            await checked("7000000001:AAwrong-wrong")
        assert "wrong-wrong" not in repr(refused.value) + repr(refused.value.__cause__)
        with pytest.raises(ChannelUnavailable):
            await checked(platform.token, "http://127.0.0.1:9")
