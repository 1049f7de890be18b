"""What we write is what Telegram takes, whatever a model says; and no faster than it takes it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.channels import telegram
from bridge.channels.telegram.settings import Settings
from bridge.channels.telegram.updates import Said, read
from bridge.channels.telegram.written import NOTE_UNITS_MAX, TEXT_UNITS_MAX, pressed, simpler, size, write
from bridge.markdown.links import COMMANDS, JOINER
from bridge.ports import Bucket, Claim, Page
from bridge.stores import memory
from bridge.types import Address, Outcome, Remark, Sender, Turn, TurnId
from tests.fakes import telegram_rules as rules
from tests.fakes.context import channel_context
from tests.fakes.core import message
from tests.fakes.telegram_server import TOKEN

HOSTS = ("shop.example", "help.shop.example")
FORMATS = ["**", "*", "_", "~~", "`", "```\n", "```python\n", "> ", "- ", "1. ", "# ", "| a | b |\n|---|---|\n"]
LINKS = [
    "[a](https://shop.example/x)",
    "[b](http://evil.example)",
    "https://shop.example",
    "me@shop.example",
    "![i](x)",
    "evil.example",
    "@x",
    "/run",
]
LETTERS = [
    " ",
    "\n",
    "\n\n",
    "\u00a0",
    "\u200b",
    "\0",
    "🚲",
    "👩\u200d🚀",
    "\u202e",
    "עברית",
    "\ud800",
    "word",
    "[1]",
    "&nbsp;",
    "\\",
]
PIECES = st.sampled_from([*FORMATS, *LINKS, *LETTERS])
MARKDOWN = st.lists(PIECES, max_size=40).map("".join)


def page(text: str, outcome: Outcome | None = None) -> Page:
    turn = Turn(id=TurnId("0" * 32), conversation_id=Address("telegram", "5").conversation_id, inbounds=(message("?"),))
    return Page(claim=Claim(turn=turn, fence=1, attempts=1), text=text, final=outcome is not None, outcome=outcome)


def say(name: str, text: str) -> str:
    return name


@given(MARKDOWN, st.sampled_from([None, *Outcome]))
def test_telegram_takes_whatever_we_write(text: str, outcome: Outcome | None) -> None:
    written = write(page(text, outcome), say, HOSTS, rich=True)
    entities = [
        {"type": e.type, "offset": e.offset, "length": e.length} | ({"url": e.url} if e.url else {})
        for e in written.entities
    ]
    buttons = [[{"text": b.label, "callback_data": b.data} for b in row] for row in written.buttons]
    seen, _ = rules.text_and_entities({"text": written.text, "entities": entities})
    assert seen == written.text
    assert rules.rich_text({"rich_message": {"markdown": written.markdown}}).encode()
    assert written.text.encode()
    assert rules.buttons({"reply_markup": {"inline_keyboard": buttons}})


@given(MARKDOWN)
def test_a_page_is_as_large_as_it_is_said_to_be(text: str) -> None:
    """Also with the note that it was stopped, and in the forms that come when Telegram refuses it."""
    written = write(page(text, Outcome.STOPPED), lambda name, _: "x" * (NOTE_UNITS_MAX - 2), HOSTS)
    for form in (written, *simpler(written, HOSTS)):
        assert rules.utf16(form.text) <= size(text, HOSTS) + NOTE_UNITS_MAX


@given(MARKDOWN)
@example("`evil.example @x` [evil.example](https://shop.example/a)\n\n```\n/run https://evil.example\n```")
def test_without_its_formatting_nothing_of_a_page_is_live(text: str) -> None:
    written = write(page(text, Outcome.ANSWERED), say, HOSTS)
    for form in simpler(written, HOSTS):
        assert rules.live(form.text, (), HOSTS, COMMANDS) == []
        assert form.text.replace(JOINER, "") == written.text.replace(JOINER, "")


def test_a_page_full_of_addresses_in_code_fits_without_its_formatting() -> None:
    line = "`a.bc` "
    text = line * next(times for times in range(9_999) if size(line * times, HOSTS) > TEXT_UNITS_MAX - 9)
    assert [rules.utf16(form.text) <= TEXT_UNITS_MAX for form in simpler(write(page(text), say, HOSTS), HOSTS)] == [
        True,
        True,
    ]


@pytest.mark.parametrize("data", ["", "s", "s:", "s:" + "0" * 31, "x:" + "0" * 32, "s:" + "0" * 33, "S:" + "0" * 32])
def test_data_of_buttons_that_are_not_ours(data: str) -> None:
    assert pressed(data) is None


@pytest.mark.parametrize(("chat", "published"), [("5", {60.0: None, 1.0: 1}), ("-5", {60.0: 20, 1.0: 1})])
def test_the_buckets_stay_below_what_telegram_publishes(chat: str, published: dict[float, int | None]) -> None:
    secrets = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_WEBHOOK_SECRET": "x"}
    context = channel_context(memory.MemoryStore(memory.Settings()), secrets)
    limits = telegram.build(Settings(), context).limits(Address("telegram", chat))

    def calls_in(window_s: float, buckets: tuple[Bucket, ...]) -> float:
        return min(bucket.capacity + bucket.refill_per_s * window_s for bucket in buckets)

    bot, *rest = limits.post
    assert calls_in(1.0, (bot,)) <= 30
    # Two calls of a chat are more than a second apart.
    assert calls_in(1.0, tuple(rest)) < 2
    if most := published[60.0]:
        assert calls_in(60.0, tuple(rest)) <= most
    assert limits.edit == limits.post
    assert limits.size_max + NOTE_UNITS_MAX <= TEXT_UNITS_MAX


def test_of_a_message_that_is_replied_to_the_chosen_part_counts() -> None:
    who = {"id": 5, "is_bot": False, "first_name": "A"}
    chat = {"id": -5, "type": "group"}
    earlier = {"message_id": 1, "chat": chat, "from": who, "text": "One. Two."}
    message = {"message_id": 2, "chat": chat, "from": who, "text": "@bot?", "reply_to_message": earlier}
    whole, part = read({"message": message}), read({"message": message | {"quote": {"text": "Two.", "position": 5}}})
    assert isinstance(whole, Said)
    assert isinstance(part, Said)
    assert (whole.quoted, part.quoted) == (Remark(Sender("5", "A"), "One. Two."), Remark(Sender("5", "A"), "Two."))


def test_who_writes_in_a_groups_name_shares_it_with_others() -> None:
    group = {"id": -100, "type": "supergroup", "title": "Riders"}
    bot = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    said = read({"message": {"message_id": 1, "chat": group, "from": bot, "sender_chat": group, "text": "Hello"}})
    assert isinstance(said, Said)
    assert said.sender == Sender("-100", "Riders", shared=True)
