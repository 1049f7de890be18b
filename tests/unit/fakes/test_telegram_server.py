"""The stand-in for Telegram refuses what the real one refuses, as python-telegram-bot understands it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)
from telegram.request import HTTPXRequest

from tests.fakes.loopback import on_loopback
from tests.fakes.telegram_chats import Media
from tests.fakes.telegram_limits import Limits
from tests.fakes.telegram_server import Broken, Hang, Lost, Reset, Slow, TelegramServer, TooMany
from tests.fakes.telegram_updates import SECRET_HEADER

FREE = Limits(chat_spacing_s=0.0, group_calls=1_000, bot_calls=1_000)
QUIET = LinkPreviewOptions(is_disabled=True)


@pytest.fixture(autouse=True)
def _seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK warns of its old way to tell seconds."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@asynccontextmanager
async def talking(**fields: Any) -> AsyncIterator[tuple[TelegramServer, Bot]]:
    """A server, without flood control unless it is asked for, and a bot of the real SDK."""
    async with TelegramServer.start(**{"limits": FREE, "local": True, **fields}) as server, a_bot(server) as bot:
        server.calls.clear()
        yield server, bot


def a_bot(server: TelegramServer, token: str = "") -> Bot:
    request = HTTPXRequest(read_timeout=2.0)
    return Bot(token or server.token, f"{server.url}/bot", f"{server.url}/file/bot", request=request)


def bold(offset: int, length: int, kind: str = "bold") -> MessageEntity:
    return MessageEntity(kind, offset, length)


def keyboard(data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("Stop", callback_data=data)]])


# ---------------------------------------------------------------- who may ask


async def test_the_sdk_learns_who_it_is() -> None:
    async with talking() as (server, bot):
        me = await bot.get_me()

    assert (me.id, me.username, me.is_bot) == (server.bot.id, "bridge_test_bot", True)


async def test_a_wrong_token_is_unauthorized() -> None:
    async with TelegramServer.start() as server:
        with pytest.raises(InvalidToken):
            async with a_bot(server, "7000000001:wrong"):
                pass


async def test_an_unknown_method_is_not_found() -> None:
    async with talking() as (server, bot):
        with pytest.raises(EndPointNotFound):
            await bot.do_api_request("sendRichMessage", {"chat_id": server.private().id})


# ---------------------------------------------------------------- messages


async def test_people_see_a_message_with_its_edits() -> None:
    async with talking() as (server, bot):
        chat = server.private()
        sent = await bot.send_message(chat.id, " One 🚲 ", entities=[bold(1, 3)], link_preview_options=QUIET)
        await bot.edit_message_text("One two", chat.id, sent.message_id, link_preview_options=QUIET)

        (seen,) = server.visible(chat)
        assert [version.text for version in seen.versions] == ["One 🚲", "One two"]
        assert [entity["offset"] for entity in seen.versions[0].entities] == [0]
        assert server.texts(chat) == ["One two"]
        assert server.violations == []


@pytest.mark.parametrize(
    ("text", "entities", "words"),
    [
        ("", [], "message text is empty"),
        (" \n ", [], "message text is empty"),
        ("🚲" * 2_048 + "x", [], "message is too long"),
        ("abc", [bold(2, 2)], "ENTITY_BOUNDS_INVALID"),
        ("abc", [bold(0, 0)], "ENTITY_BOUNDS_INVALID"),
        ("abc  ", [bold(0, 4)], "ENTITY_BOUNDS_INVALID"),
        ("  abc", [bold(1, 3)], "ENTITY_BOUNDS_INVALID"),
        ("a🚲b", [bold(0, 2)], "surrogate"),
        ("a🚲b", [bold(2, 1)], "surrogate"),
        ("abcdef", [bold(0, 3), bold(2, 3, "italic")], "ENTITIES_INTERSECT"),
        ("abcdef", [bold(0, 6, "code"), bold(0, 3)], "ENTITY_NESTING_INVALID"),
        ("abcdef", [bold(0, 6), bold(0, 3, "code")], "ENTITY_NESTING_INVALID"),
        ("abcdef", [bold(0, 6, "blockquote"), bold(0, 3, "blockquote")], "ENTITY_NESTING_INVALID"),
        ("abcdef" * 30, [bold(i, 1) for i in range(101)], "ENTITIES_TOO_LONG"),
        ("abc", [MessageEntity("text_link", 0, 3, url="javascript:1")], "ENTITY_TEXTURL_INVALID"),
    ],
)
async def test_texts_that_are_refused(text: str, entities: list[MessageEntity], words: str) -> None:
    async with talking() as (server, bot):
        with pytest.raises(BadRequest, match=f"(?i){words}"):
            await bot.send_message(server.private().id, text, entities=entities, link_preview_options=QUIET)


async def test_texts_that_just_fit() -> None:
    async with talking() as (server, bot):
        chat = server.private()
        nested = [bold(0, 4_096, "blockquote"), bold(0, 4), bold(0, 2, "italic"), bold(4, 2, "pre")]
        await bot.send_message(chat.id, "🚲" * 2_048, entities=nested, link_preview_options=QUIET)

        assert len(server.texts(chat)[0]) == 2_048


async def test_a_preview_that_is_not_off_is_noted() -> None:
    async with talking() as (server, bot):
        await bot.send_message(server.private().id, "https://shop.example/a")

        assert server.violations == ["a text whose links may be previewed"]


@pytest.mark.parametrize("text", ["evil.com/?q=1", "Ask @durov", "tg://resolve?domain=x", "/pay now", "x@evil.com"])
async def test_what_leads_elsewhere_is_noted(text: str) -> None:
    async with talking() as (server, bot):
        await bot.send_message(server.private().id, text, link_preview_options=QUIET)

        assert server.violations == ["a text with an address, a mention or a command that is not the business's own"]


async def test_what_cannot_be_edited_or_deleted() -> None:
    async with talking() as (server, bot):
        chat, group = server.private(), server.group()
        mine = await bot.send_message(chat.id, "Hello", link_preview_options=QUIET)
        theirs = server.say(group, "Hi")
        with pytest.raises(BadRequest, match=r"(?i)message is not modified"):
            await bot.edit_message_text(" Hello ", chat.id, mine.message_id, link_preview_options=QUIET)
        with pytest.raises(BadRequest, match=r"(?i)message can't be edited"):
            await bot.edit_message_text("Hello", group.id, theirs.id, link_preview_options=QUIET)
        with pytest.raises(BadRequest, match=r"(?i)message can't be deleted"):
            await bot.delete_message(group.id, theirs.id)
        server.take_away(chat.messages[mine.message_id])
        with pytest.raises(BadRequest, match=r"(?i)message to edit not found"):
            await bot.edit_message_text("Bye", chat.id, mine.message_id, link_preview_options=QUIET)
        with pytest.raises(BadRequest, match=r"(?i)message to delete not found"):
            await bot.delete_message(chat.id, mine.message_id)


async def test_a_text_that_comes_back_is_noted() -> None:
    async with talking() as (server, bot):
        chat = server.private()
        sent = await bot.send_message(chat.id, "One", link_preview_options=QUIET)
        for text in ("One two", "One"):
            await bot.edit_message_text(text, chat.id, sent.message_id, link_preview_options=QUIET)

        assert server.violations == [f"message {sent.message_id} went back to what it was before"]


async def test_two_calls_at_once_for_one_message_are_noted() -> None:
    async with talking(latency_s=0.05) as (server, bot):
        chat = server.private()
        sent = await bot.send_message(chat.id, "One", link_preview_options=QUIET)
        edits = [
            bot.edit_message_text(text, chat.id, sent.message_id, link_preview_options=QUIET)
            for text in ("Two", "Three")
        ]
        await asyncio.gather(*edits)

        assert server.violations == [f"two calls at once for message {sent.message_id}"]


async def test_who_cannot_be_written_to() -> None:
    async with talking() as (server, bot):
        chat, group, small = server.private(), server.supergroup(), server.group()
        server.shut(chat, "blocked")
        server.shut(group, "kicked")
        bigger = server.upgrade(small)
        with pytest.raises(BadRequest, match=r"(?i)chat not found"):
            await bot.send_message(1, "Hello")
        with pytest.raises(Forbidden, match=r"(?i)bot was blocked by the user"):
            await bot.send_message(chat.id, "Hello")
        with pytest.raises(Forbidden, match=r"(?i)bot was kicked from the supergroup chat"):
            await bot.send_message(group.id, "Hello")
        with pytest.raises(ChatMigrated) as moved:
            await bot.send_message(small.id, "Hello")
        assert moved.value.new_chat_id == bigger.id


async def test_message_ids_rise_over_all_private_chats_and_within_each_supergroup() -> None:
    async with talking() as (server, bot):
        first, second, large = server.private(), server.private(), server.supergroup()
        ids = [
            (await bot.send_message(room.id, "Hello", link_preview_options=QUIET)).message_id
            for room in (first, second, large, first, large)
        ]

        assert ids == [101, 102, 2, 103, 3]


async def test_a_reply_needs_its_message() -> None:
    async with talking() as (server, bot):
        chat = server.private()
        asked = server.say(chat, "Hello?")
        await bot.send_message(chat.id, "Yes?", reply_parameters=ReplyParameters(asked.id), link_preview_options=QUIET)
        assert server.answers(chat)[0].reply_to is asked
        with pytest.raises(BadRequest, match=r"(?i)message to be replied not found"):
            await bot.send_message(chat.id, "Yes?", reply_parameters=ReplyParameters(999))


async def test_topics() -> None:
    async with talking() as (server, bot):
        forum, plain = server.supergroup(forum=True), server.supergroup()
        topic = server.topic(forum, "Orders")
        await bot.send_message(forum.id, "In the topic", message_thread_id=topic, link_preview_options=QUIET)
        await bot.send_message(forum.id, "In General", link_preview_options=QUIET)
        assert server.texts(forum, topic) == ["In the topic"]
        assert server.texts(forum, None) == ["In General"]
        for room, thread in ((forum, 1), (forum, 999), (plain, 1)):
            with pytest.raises(BadRequest, match=r"(?i)message thread not found"):
                await bot.send_message(room.id, "Hello", message_thread_id=thread)
        await bot.send_chat_action(forum.id, "typing", message_thread_id=1)
        assert server.typing(forum)


# ---------------------------------------------------------------- buttons


async def test_a_press_is_told_and_answered_once() -> None:
    async with talking() as (server, bot):
        chat = server.private()
        await bot.send_message(chat.id, "Wait", reply_markup=keyboard("s:1"), link_preview_options=QUIET)
        press = server.press(server.answers(chat)[0], "Stop")
        (update,) = await bot.get_updates()
        assert update.callback_query is not None
        assert (update.callback_query.data, update.callback_query.id) == ("s:1", press)
        await bot.answer_callback_query(press, "Stopped")
        assert server.presses[press].answer == "Stopped"
        for name in (press, "999"):
            with pytest.raises(BadRequest, match=r"(?i)query is too old"):
                await bot.answer_callback_query(name)


async def test_the_data_of_a_button_is_64_bytes_at_most() -> None:
    async with talking() as (server, bot):
        chat = server.private()
        await bot.send_message(chat.id, "Wait", reply_markup=keyboard("ä" * 32), link_preview_options=QUIET)
        with pytest.raises(BadRequest, match=r"(?i)BUTTON_DATA_INVALID"):
            await bot.send_message(chat.id, "Wait", reply_markup=keyboard("ä" * 32 + "x"))


async def test_only_the_buttons_change() -> None:
    async with talking() as (server, bot):
        chat = server.private()
        sent = await bot.send_message(chat.id, "Done", reply_markup=keyboard("s:1"), link_preview_options=QUIET)
        await bot.edit_message_reply_markup(chat.id, sent.message_id)
        assert server.answers(chat)[0].buttons == ()
        with pytest.raises(BadRequest, match=r"(?i)message is not modified"):
            await bot.edit_message_reply_markup(chat.id, sent.message_id)


async def test_commands_are_kept_and_checked() -> None:
    async with talking() as (server, bot):
        await bot.set_my_commands([BotCommand("stop", "Stop answering")], language_code="de")
        assert server.methods.commands["default", "de"] == (("stop", "Stop answering"),)
        with pytest.raises(BadRequest, match=r"(?i)BOT_COMMAND_INVALID"):
            await bot.set_my_commands([BotCommand("Stop!", "Stop answering")])


# ---------------------------------------------------------------- flood control


async def test_a_chat_takes_one_message_or_edit_a_second() -> None:
    async with talking(limits=Limits()) as (server, bot):
        chat, other = server.private(), server.private()
        sent = await bot.send_message(chat.id, "One", link_preview_options=QUIET)
        with pytest.raises(RetryAfter) as refused:
            await bot.edit_message_text("Two", chat.id, sent.message_id, link_preview_options=QUIET)
        assert refused.value.retry_after == timedelta(seconds=1)
        await bot.send_message(other.id, "One", link_preview_options=QUIET)
        with pytest.raises(RetryAfter):
            await bot.send_chat_action(chat.id, "typing")
        assert server.violations == ["sendChatAction while told to be quiet"]
        await asyncio.sleep(1.0)
        await bot.edit_message_text("Two", chat.id, sent.message_id, link_preview_options=QUIET)
        assert server.texts(chat) == ["Two"]
        assert server.refusals == {("editMessageText", 429): 1, ("sendChatAction", 429): 1}


async def test_a_group_takes_20_messages_a_minute() -> None:
    async with talking(limits=Limits(chat_spacing_s=0.0)) as (server, bot):
        group = server.supergroup()
        for number in range(20):
            await bot.send_message(group.id, f"Number {number}", link_preview_options=QUIET)
        with pytest.raises(RetryAfter) as refused:
            await bot.send_message(group.id, "One more", link_preview_options=QUIET)

        assert refused.value.retry_after in (timedelta(seconds=59), timedelta(seconds=60))


async def test_a_bot_says_30_things_a_second() -> None:
    async with talking(limits=Limits(chat_spacing_s=0.0)) as (server, bot):
        rooms = [server.private() for _ in range(31)]
        sends = [bot.send_message(room.id, "Hello", link_preview_options=QUIET) for room in rooms]
        answers = await asyncio.gather(*sends, return_exceptions=True)
        assert sum(isinstance(answer, RetryAfter) for answer in answers) == 1
        with pytest.raises(RetryAfter):
            await bot.send_message(rooms[0].id, "All must be quiet")


async def test_a_burst_is_an_option() -> None:
    async with talking(limits=Limits(chat_burst=3)) as (server, bot):
        chat = server.private()
        for number in range(3):
            await bot.send_message(chat.id, f"Number {number}", link_preview_options=QUIET)
        with pytest.raises(RetryAfter):
            await bot.send_message(chat.id, "One more")


# ---------------------------------------------------------------- drafts and rich messages


async def test_a_draft_is_seen_until_a_message_comes() -> None:
    async with talking() as (server, bot):
        chat, group = server.private(), server.group()
        await bot.send_message_draft(chat.id, 7, "")
        assert server.draft(chat) == "Thinking…"
        await bot.send_message_draft(chat.id, 7, "So far")
        assert server.draft(chat) == "So far"
        await bot.send_message(chat.id, "So far, so good", link_preview_options=QUIET)
        assert server.draft(chat) is None
        with pytest.raises(BadRequest, match=r"(?i)draft_id must be non-zero"):
            await bot.send_message_draft(chat.id, 0, "Hello")
        with pytest.raises(BadRequest, match=r"(?i)private chats"):
            await bot.send_message_draft(group.id, 7, "Hello")


async def test_a_draft_can_be_stopped() -> None:
    async with talking() as (server, bot):
        chat = server.private()
        await bot.send_message_draft(chat.id, 7, "So far", api_kwargs={"can_stop": True, "keep_on_stop": True})
        server.stop_draft(chat)
        (update,) = await bot.get_updates()
        assert update.api_kwargs["stopped_message_generation"]["draft_id"] == 7
        assert server.draft(chat) == "So far"
        with pytest.raises(BadRequest, match=r"(?i)DRAFT_STOPPED"):
            await bot.send_message_draft(chat.id, 7, "So far, so good")


async def test_rich_messages_where_the_server_knows_them() -> None:
    async with talking(rich=True) as (server, bot):
        chat = server.private()
        rich = {"chat_id": chat.id, "rich_message": {"markdown": "# Title"}}
        sent = await bot.do_api_request("sendRichMessage", rich)
        edit = {"chat_id": chat.id, "message_id": sent["message_id"], "rich_message": {"markdown": "# Titles"}}
        await bot.do_api_request("EditMessageText", edit)
        assert server.texts(chat) == ["# Titles"]
        with pytest.raises(BadRequest, match=r"(?i)exactly one"):
            await bot.do_api_request("sendRichMessage", {"chat_id": chat.id, "rich_message": {}})


# ---------------------------------------------------------------- faults


async def test_faults_by_script() -> None:
    async with talking() as (server, bot):
        chat = server.private()
        server.play("sendMessage", Broken(500, "no JSON"), Reset(), Broken(502), Hang(0.01), Slow(0.01))
        for _ in range(4):
            with pytest.raises(NetworkError):
                await bot.send_message(chat.id, "Hello", link_preview_options=QUIET)
        assert server.texts(chat) == []
        await bot.send_message(chat.id, "Hello", link_preview_options=QUIET)
        assert server.texts(chat) == ["Hello"]


async def test_an_answer_that_is_lost_after_the_thing_was_done() -> None:
    async with talking() as (server, bot):
        chat = server.private()
        server.play("sendMessage", Lost(), Lost(seconds=0.3))
        with pytest.raises(NetworkError):
            await bot.send_message(chat.id, "One", link_preview_options=QUIET)
        with pytest.raises(TimedOut):
            await bot.send_message(chat.id, "Two", link_preview_options=QUIET, read_timeout=0.1)
        assert server.texts(chat) == ["One", "Two"]


async def test_a_refusal_by_script_asks_for_quiet() -> None:
    async with talking() as (server, bot):
        chat = server.private()
        server.play("*", TooMany(30))
        with pytest.raises(RetryAfter):
            await bot.send_chat_action(chat.id, "typing")
        with pytest.raises(RetryAfter) as again:
            await bot.send_message(chat.id, "Hello", link_preview_options=QUIET)
        assert again.value.retry_after == timedelta(seconds=30)
        assert server.violations == ["sendMessage while told to be quiet"]


# ---------------------------------------------------------------- updates


async def test_every_kind_of_update_is_read_by_the_sdk() -> None:
    async with talking() as (server, bot):
        chat, forum, plain = server.private(), server.supergroup(forum=True), server.supergroup()
        topic = server.topic(forum, "Orders")
        photo = Media("photo", b"\x89PNG", "image/png")
        first = server.say(chat, "/start@bridge_test_bot now")
        server.revise(first, "/help")
        server.say(chat, media=Media("voice", b"OggS", "audio/ogg", seconds=3))
        server.say(chat, "Look", media=photo, album="a1")
        server.say(chat, media=photo, album="a1")
        server.say(chat, media=Media("document", b"%PDF", "application/pdf", "offer.pdf"))
        server.say(chat, media=Media("location", latitude=52.5, longitude=13.4))
        server.say(forum, "🚲 Hi @bridge_test_bot", thread=topic)
        server.say(plain, "Yes", reply_to=server.say(plain, "Really?"))
        server.shut(chat, "blocked")

        updates = await bot.get_updates()
        messages = [update.effective_message for update in updates]
        assert [update.update_id for update in updates] == list(range(updates[0].update_id, updates[0].update_id + 11))
        assert messages[0].entities[0].type == "bot_command"  # type: ignore[union-attr]
        assert messages[0].parse_entity(messages[0].entities[0]) == "/start@bridge_test_bot"  # type: ignore[union-attr]
        assert updates[1].edited_message
        assert messages[2].voice  # type: ignore[union-attr]
        assert {message.media_group_id for message in messages[3:5]} == {"a1"}  # type: ignore[union-attr]
        assert messages[3].caption == "Look"  # type: ignore[union-attr]
        assert messages[5].document.file_name == "offer.pdf"  # type: ignore[union-attr]
        assert messages[6].location.longitude == 13.4  # type: ignore[union-attr]
        in_topic = messages[7]
        assert in_topic
        assert (in_topic.message_thread_id, in_topic.is_topic_message) == (topic, True)
        assert in_topic.reply_to_message
        assert in_topic.reply_to_message.forum_topic_created
        assert in_topic.parse_entity(in_topic.entities[0]) == "@bridge_test_bot"
        assert messages[9].message_thread_id == messages[8].message_id  # type: ignore[union-attr]
        assert updates[10].my_chat_member.new_chat_member.status == "kicked"  # type: ignore[union-attr]


async def test_a_file_is_fetched() -> None:
    async with talking() as (server, bot):
        server.say(server.private(), media=Media("document", b"%PDF-1.7", "application/pdf", "offer.pdf"))
        (update,) = await bot.get_updates()
        file = await bot.get_file(update.message.document.file_id)  # type: ignore[union-attr]
        assert bytes(await file.download_as_bytearray()) == b"%PDF-1.7"
        with pytest.raises(BadRequest, match=r"(?i)wrong file_id"):
            await bot.get_file("unknown")


async def test_updates_are_confirmed_by_the_offset() -> None:
    async with talking() as (server, bot):
        chat = server.private()
        for text in ("One", "Two", "Three"):
            server.say(chat, text)
        first = await bot.get_updates(limit=1)
        again = await bot.get_updates()
        rest = await bot.get_updates(offset=first[0].update_id + 1)
        assert [update.message.text for update in again] == ["One", "Two", "Three"]  # type: ignore[union-attr]
        assert [update.message.text for update in rest] == ["Two", "Three"]  # type: ignore[union-attr]


async def test_a_poll_waits_for_news() -> None:
    async with talking() as (server, bot):
        chat = server.private()
        polling = asyncio.create_task(bot.get_updates(timeout=5))
        await asyncio.sleep(0.05)
        server.say(chat, "Hello?")
        assert len(await asyncio.wait_for(polling, 1)) == 1
        began = asyncio.get_running_loop().time()
        assert not await bot.get_updates(offset=-1 + 800_000_000, timeout=0)
        assert asyncio.get_running_loop().time() - began < 0.5


async def test_two_pollers_conflict_and_so_does_a_webhook() -> None:
    async with talking() as (server, bot), a_bot(server) as other:
        polling = asyncio.create_task(bot.get_updates(timeout=5))
        await asyncio.sleep(0.05)
        await other.get_updates()
        with pytest.raises(Conflict, match=r"(?i)other getUpdates"):
            await polling
        await bot.set_webhook("http://127.0.0.1:1/", secret_token="secret")
        with pytest.raises(Conflict, match=r"(?i)webhook is active"):
            await bot.get_updates()


async def test_only_the_kinds_that_were_asked_for_come() -> None:
    async with talking() as (server, bot):
        await bot.get_updates(allowed_updates=["callback_query"])
        server.say(server.private(), "Hello?")
        assert await bot.get_updates() == ()


@asynccontextmanager
async def webhook(*statuses: int) -> AsyncIterator[tuple[str, list[tuple[dict[str, Any], str | None]]]]:
    """A bot's webhook that answers these, then 200; with what it received."""
    received: list[tuple[dict[str, Any], str | None]] = []
    answers = list(statuses)

    async def hear(request: web.Request) -> web.Response:
        received.append((await request.json(), request.headers.get(SECRET_HEADER)))
        return web.Response(status=answers.pop(0) if answers else 200)

    app = web.Application()
    app.add_routes([web.post("/hook", hear)])
    async with on_loopback(app) as url:
        yield f"{url}/hook", received


async def test_a_webhook_gets_updates_with_the_secret_until_it_takes_them() -> None:
    async with talking() as (server, bot), webhook(503, 500) as (url, received):
        server.updates.retry_scale = 0.01
        await bot.set_webhook(url, secret_token="secret_-1")
        chat = server.private()
        server.say(chat, "One")
        server.say(chat, "Two")
        await server.updates.settled()

        texts = [Update.de_json(body, bot).message.text for body, _ in received]  # type: ignore[union-attr]
        assert texts == ["One", "One", "One", "Two"]
        assert {secret for _, secret in received} == {"secret_-1"}
        assert [attempt.status for attempt in server.updates.attempts] == [503, 500, 200, 200]
        info = await bot.get_webhook_info()
        assert (info.url, info.pending_update_count) == (url, 0)
        assert info.last_error_message == "Wrong response from the webhook: 500"


async def test_a_webhook_that_is_refused() -> None:
    async with talking(local=False) as (server, bot):
        for url, words in (("http://example.com/", "HTTPS"), ("https://example.com:8080/", "ports")):
            with pytest.raises(BadRequest, match=f"(?i){words}"):
                await bot.set_webhook(url, secret_token="secret")
        with pytest.raises(BadRequest, match=r"(?i)unallowed characters"):
            await bot.set_webhook("https://example.com/", secret_token="se cret")
        await bot.set_webhook("https://example.com/")
        assert server.violations == ["a webhook without a secret"]


async def test_every_call_is_kept_with_its_times() -> None:
    async with talking(latency_s=0.05) as (server, bot):
        began = asyncio.get_running_loop().time()
        await bot.send_message(server.private().id, "Hello", link_preview_options=QUIET)
        (call,) = server.calls
        (message,) = next(iter(server.rooms.values())).messages.values()
        assert (call.method, call.status, call.params["text"]) == ("sendMessage", 200, "Hello")
        assert began <= call.at < message.versions[0].at < began + 0.5
        assert asyncio.get_running_loop().time() - began >= 0.05


async def test_junk_is_refused_in_telegrams_words() -> None:
    async with talking() as (server, _), aiohttp.ClientSession() as http:
        chat = server.private().id
        url = f"{server.url}/bot{server.token}/sendMessage"
        for body in (
            {"chat_id": "abc", "text": "Hi"},
            {"chat_id": chat, "text": "Hi", "entities": "{"},
            {"chat_id": chat, "text": "Hi", "reply_markup": "[]"},
            {"chat_id": chat, "text": "Hi", "parse_mode": "HTML"},
            {"text": "Hi"},
        ):
            async with http.post(url, data=body) as answer:
                assert (answer.status, (await answer.json())["ok"]) == (400, False)
        async with http.post(url, data=b"\xff\xfe", headers={"Content-Type": "application/json"}) as answer:
            assert answer.status == 400
