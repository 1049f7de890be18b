"""Answers that grow as Telegram's drafts, and rich messages; and what happens where the server does not know them."""

import asyncio
from datetime import UTC, datetime

from bridge.channels import telegram
from bridge.channels.telegram.settings import Settings
from bridge.ports import Page
from bridge.stores import memory
from bridge.types import Address, Inbound, Outcome, Sender
from tests.contract.stage_telegram import UNHURRIED
from tests.fakes.brains import Gate
from tests.fakes.context import channel_context
from tests.fakes.core import until
from tests.fakes.telegram_bridge import SECRET, telegram_bridge
from tests.fakes.telegram_server import Lost, Reset, TelegramServer


async def test_a_draft_grows_and_becomes_one_message() -> None:
    gate = Gate()
    async with telegram_bridge(gate, stream="draft") as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "Tell me.")
        await until(lambda: bridge.telegram.draft(chat) == "So:", 5)
        assert bridge.telegram.answers(chat) == []
        gate.open.set()
        await bridge.texts(chat, "So: Tell me.")

        assert bridge.telegram.draft(chat) is None
        (answer,) = bridge.telegram.answers(chat)
        assert len(answer.versions) == 1
        assert answer.buttons
        assert not bridge.telegram.refusals


async def test_telegrams_own_stop_button_ends_the_answer() -> None:
    gate = Gate()
    async with telegram_bridge(gate, stream="draft") as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "Tell me.")
        await until(lambda: bridge.telegram.draft(chat) == "So:", 5)
        bridge.telegram.stop_draft(chat)
        await bridge.texts(chat, "So:\n\nStopped.")


async def test_groups_see_edits() -> None:
    gate = Gate()
    async with telegram_bridge(gate, stream="draft") as bridge:
        group = bridge.telegram.supergroup()
        bridge.telegram.say(group, "@bridge_test_bot tell me.")
        await until(lambda: bridge.telegram.texts(group) == ["So:"], 5)
        gate.open.set()
        await bridge.texts(group, "So: tell me.")
        assert not bridge.telegram.refusals


async def test_a_server_without_drafts_gets_edits() -> None:
    gate = Gate()
    async with telegram_bridge(gate, stream="draft", telegram={"lacks": frozenset({"sendMessageDraft"})}) as bridge:
        chat = bridge.telegram.private()
        for number in (1, 2):
            bridge.telegram.say(chat, "Tell me.")
            await gate.reached(number)
            await until(lambda number=number: len(bridge.telegram.texts(chat)) == number, 5)  # type: ignore[misc]
            gate.open.set()
            await bridge.texts(chat, *["So: Tell me."] * number)
            gate.open.clear()

        assert bridge.telegram.refusals == {("sendMessageDraft", 404): 1}


async def test_the_message_of_a_draft_is_sent_once_also_by_another_process() -> None:
    store = memory.MemoryStore(memory.Settings())
    gate, again = Gate(), Gate()
    again.open.set()
    async with telegram_bridge(gate, store=store, stream="draft") as first:
        chat = first.telegram.private()
        first.telegram.say(chat, "Tell me.")
        await until(lambda: first.telegram.draft(chat) == "So:", 5)
        first.server.stop()
        await asyncio.sleep(0.3)
        fields = {"rooms": first.telegram.rooms, "bot": first.telegram.bot}
        async with telegram_bridge(again, store=store, stream="draft", telegram=fields) as second:
            await second.texts(chat, "So: Tell me.")


async def test_a_final_that_is_shown_twice_is_sent_once() -> None:
    """Also by another process."""
    store = memory.MemoryStore(memory.Settings())
    async with TelegramServer.start(limits=UNHURRIED) as platform:
        where = Address("telegram", str(platform.private().id))
        await store.accept(
            Inbound(event_id="1", address=where, sender=Sender("5"), text="?", received_at=datetime.now(UTC))
        )
        claim = await store.claim(lease_s=30, wait_s=1)
        assert claim
        secrets = {"TELEGRAM_BOT_TOKEN": platform.token, "TELEGRAM_WEBHOOK_SECRET": SECRET}
        settings = Settings(api_url=platform.url, stream="draft")
        final = Page(claim=claim, text="All of it", final=True, outcome=Outcome.ANSWERED)
        room = platform.rooms[int(where.key)]
        processes = [telegram.build(settings, channel_context(store, secrets)) for _ in range(2)]
        ref = await processes[0].post(where, Page(claim=claim, text="So far"))
        for channel in processes * 2:
            await channel.edit(ref, final)
        assert platform.texts(room) == ["All of it"]
        await processes[1].delete(ref)
        assert platform.texts(room) == []
        for channel in processes:
            await channel.close()


async def test_the_message_of_a_draft_that_was_not_sent_is_sent_again() -> None:
    gate = Gate()
    async with telegram_bridge(gate, stream="draft") as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.play("sendMessageDraft", Lost())
        bridge.telegram.say(chat, "Tell me.")
        await until(lambda: bridge.telegram.draft(chat) == "So:", 5)
        bridge.telegram.play("sendMessage", Reset())
        gate.open.set()
        await bridge.texts(chat, "So: Tell me.")


async def test_rich_messages_where_the_server_has_them() -> None:
    gate = Gate()
    async with telegram_bridge(gate, rich=True, telegram={"rich": True}) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "**Tell** me.")
        await until(lambda: bridge.telegram.texts(chat) == ["So: "], 5)
        gate.open.set()
        await bridge.texts(chat, "So: **Tell** me.")
        assert [version.rich for version in bridge.telegram.answers(chat)[0].versions] == [True, True]


async def test_a_server_without_rich_messages_gets_others() -> None:
    gate = Gate()
    async with telegram_bridge(gate, rich=True) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "**Tell** me.")
        await until(lambda: bridge.telegram.texts(chat) == ["So:"], 5)
        gate.open.set()
        await bridge.texts(chat, "So: Tell me.")
        assert bridge.telegram.refusals == {("sendRichMessage", 404): 1}
