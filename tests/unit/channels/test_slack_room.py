"""The desk in Slack: what is shown there, once each, and nothing live that customers or models wrote."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.channels.slack import cards, marks
from bridge.errors import (
    ChannelUnavailable,
    MessageGone,
    RateLimited,
    Unconfirmed,
    Undeliverable,
)
from bridge.ports import Button, Card, DeskRoom, FileChannel, Form, FormField, OutFile
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Address, MessageRef
from tests.fakes import slack_forms, slack_rules
from tests.fakes.core import until
from tests.fakes.slack_room import DESK, Stage, on_stage
from tests.fakes.slack_server import LOST, RESET, Fault, SlackServer, broken, late, ratelimited, refused
from tests.fakes.slack_state import Message
from tests.fakes.slack_world import unspoiled
from tests.unit.channels.test_slack import page

CLAIM = Button(action="claim", label="Claim", value="r1", style="primary")
CLOSE = Button(action="close", label="Close", value="r1", style="danger", confirm="Close the conversation?")
EVIL = (
    "<!here> <!channel> <@U1> @here *bold* _it_ `code` [x](https://evil.example/a) https://evil.example <https://e.vil|y>"
    " :smile: ![i](https://evil.example/i.png) &lt;!here&gt;"
)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with on_stage() as on:
        yield on


# ---------------------------------------------------------------- cards


async def test_a_card_is_posted_in_the_desks_channel_with_its_buttons(stage: Stage) -> None:
    ref, message = await stage.card(
        fields=(("Customer", "Ada"), ("Waits since", "10:02")), text="**Why:** asked for", buttons=(CLAIM, CLOSE)
    )

    assert message.channel == DESK
    assert message.shown == "Ada needs a person\n\nCustomer\nAda\nWaits since\n10:02\n\n**Why:** asked for"
    assert [(b.label, b.value, b.confirm) for b in message.buttons] == [
        ("Claim", "r1", ""),
        ("Close", "r1", "Close the conversation?"),
    ]
    assert ref.address.key == f"T0BRIDGE:{DESK}:{message.ts}"
    assert await stage.channel.is_desk(ref.address)
    assert isinstance(stage.channel, DeskRoom)
    assert isinstance(stage.channel, FileChannel)
    unspoiled(stage.slack)


async def test_a_card_calls_everybody_when_it_is_to(stage: Stage) -> None:
    _, calling = await stage.card("1", notify=True)
    _, silent = await stage.card("2")
    assert "<!here>" in calling.shown
    assert "<!here>" not in silent.shown
    unspoiled(stage.slack)


async def test_a_card_shows_the_newest_state_in_the_same_message(stage: Stage) -> None:
    ref, message = await stage.card(buttons=(CLAIM,))
    again = await stage.channel.show_card(Card(id="1", heading="Taken by Cleo"), below=None, ref=ref)

    assert again == ref
    assert message.shown == "Taken by Cleo"
    assert message.buttons == []
    stage.slack.vanish(message)
    with pytest.raises(MessageGone):
        await stage.channel.show_card(Card(id="1", heading="Closed"), below=None, ref=ref)


async def test_a_card_below_another_stands_in_its_thread(stage: Stage) -> None:
    ref, message = await stage.card()
    below = await stage.channel.show_card(Card(id="2", heading="Approve?", buttons=(CLAIM,)), below=ref, ref=None)

    assert stage.message(below).thread_ts == message.ts
    assert below.address == ref.address
    unspoiled(stage.slack)


LOSSES = [LOST, RESET, broken(502), late(0.2)]


@pytest.mark.parametrize("fault", LOSSES, ids=["lost", "reset", "502", "late"])
@pytest.mark.parametrize("what", ["card", "note"])
async def test_what_was_never_confirmed_is_there_once(stage: Stage, fault: Fault, what: str) -> None:
    ref, _ = await stage.card("root")

    async def show() -> MessageRef:
        if what == "card":
            return await stage.channel.show_card(Card(id="x", heading="Once"), below=ref, ref=None)
        return await stage.channel.add_note(ref, "x", "Once", "Ada", ())

    stage.slack.pass_time(2)
    stage.slack.will("chat.postMessage", fault)
    with pytest.raises(Unconfirmed):
        await show()
    await asyncio.sleep(0.3)
    first = await show()
    assert await show() == first
    (message,) = stage.thread(ref)
    assert message.ts == first.message_id.partition(":")[2]


async def test_what_slack_has_surely_not_done_is_not_looked_for(stage: Stage) -> None:
    ref, _ = await stage.card("root")
    stage.slack.pass_time(2)
    stage.slack.will("chat.postMessage", broken(503))
    with pytest.raises(ChannelUnavailable):
        await stage.channel.add_note(ref, "x", "Once", "Ada", ())
    await stage.channel.add_note(ref, "x", "Once", "Ada", ())

    assert stage.slack.of("conversations.replies") == []
    assert len(stage.thread(ref)) == 1


async def test_a_card_is_known_after_a_restart() -> None:
    store = MemoryStore(Settings())
    async with SlackServer.start() as slack:
        async with on_stage(slack=slack, store=store) as before:
            ref, _ = await before.card()
        async with on_stage(slack=slack, store=store) as after:
            assert await after.channel.show_card(Card(id="1", heading="x"), below=None, ref=None) == ref
            assert await after.channel.is_desk(ref.address)
            assert len(slack.of("chat.postMessage")) == 1


@pytest.mark.parametrize("fault", LOSSES, ids=["lost", "reset", "502", "late"])
async def test_what_a_server_that_died_has_posted_is_found(fault: Fault) -> None:
    store = MemoryStore(Settings())
    async with SlackServer.start() as slack:
        async with on_stage(slack=slack, store=store) as before:
            ref, _ = await before.card("root")
            slack.pass_time(2)
            slack.will("chat.postMessage", fault)
            with pytest.raises(Unconfirmed):
                await before.channel.add_note(ref, "n", "Once", "Ada", ())
        async with on_stage(slack=slack, store=store) as after:
            await after.channel.add_note(ref, "n", "Once", "Ada", ())
            assert len(after.thread(ref)) == 1


async def test_a_card_waits_for_slack_to_say_who_we_are() -> None:
    async with SlackServer.start() as slack:
        slack.will("auth.test", broken(), None)
        async with on_stage(slack=slack) as stage:
            await stage.card()
            assert len(slack.of("auth.test")) == 2


async def test_without_a_desk_nothing_is_shown(stage: Stage) -> None:
    async with on_stage(desk_channel="") as elsewhere:
        with pytest.raises(Undeliverable):
            await elsewhere.card()
        ref, _ = await stage.card()
        assert not await elsewhere.channel.is_desk(ref.address)


async def test_slacks_wish_to_wait_is_obeyed(stage: Stage) -> None:
    stage.slack.will("chat.postMessage", ratelimited(30))
    with pytest.raises(RateLimited) as raised:
        await stage.card()
    assert raised.value.retry_after_s == 30
    with pytest.raises(RateLimited):
        await stage.card()
    assert len(stage.slack.of("chat.postMessage")) == 1
    unspoiled(stage.slack)


async def test_a_rush_of_notes_stays_within_the_quota_and_in_order(stage: Stage) -> None:
    ref, _ = await stage.card()

    async def note(number: int) -> None:
        while True:
            try:
                await stage.channel.add_note(ref, str(number), f"Word {number}", "Ada", ())
                return
            except RateLimited as error:
                await asyncio.sleep(error.retry_after_s)

    tasks = []
    for number in range(5):
        tasks.append(asyncio.create_task(note(number)))
        await asyncio.sleep(0.01)
    await asyncio.gather(*tasks)

    assert [message.shown.split("\n\n")[1] for message in stage.thread(ref)] == [f"Word {n}" for n in range(5)]
    unspoiled(stage.slack)


# ---------------------------------------------------------------- what is written there


async def test_nothing_in_a_card_or_a_note_is_live(stage: Stage) -> None:
    evil_button = replace(CLOSE, label=EVIL, confirm=EVIL)
    ref, card = await stage.card(fields=((EVIL, EVIL),), text=EVIL, buttons=(evil_button,))
    note = stage.message(await stage.channel.add_note(ref, "n", EVIL, EVIL, ()))
    ours = stage.message(await stage.channel.add_note(ref, "o", EVIL, "", ()))

    for message in (card, note, ours):
        for text in slack_rules.texts(message.blocks):
            assert "](https://evil.example" not in text
            assert "<https:" not in text
            assert not slack_rules.CONTROL.search(text)
    # A customer's words stay as they are, where Slack reads nothing in them.
    assert [block["text"] for block in note.blocks if block["type"] == "section"] == [
        {"type": "plain_text", "text": EVIL, "emoji": False}
    ]
    unspoiled(stage.slack)


@given(
    st.text(max_size=200),
    st.lists(st.tuples(st.text(max_size=40), st.text(max_size=900)), max_size=25),
    st.text(max_size=300),
    st.booleans(),
)
def test_slack_takes_every_card_note_and_form(
    heading: str, fields: Sequence[tuple[str, str]], text: str, notify: bool
) -> None:
    buttons = tuple(
        Button(action="a", label=text, value="v", confirm=heading, style="danger" if n % 2 else "") for n in range(30)
    )
    card = Card(id="c", heading=heading, fields=tuple(fields), text=text, buttons=buttons, notify=notify)
    for blocks in (cards.card_blocks(card, ()), cards.plain_card(card, ()), cards.plain_note(text, ())):
        slack_rules.judge_blocks(blocks)
        written = "".join(slack_rules.texts(blocks)).replace(cards.EVERYBODY, "")
        assert not slack_rules.CONTROL.search(written)
    slack_rules.judge_text(cards.card_notification(card))
    for author in ("", heading):
        for blocks, words in cards.note_parts(text * 5, author, ()):
            slack_rules.judge_blocks(blocks)
            slack_rules.judge_text(words)
            assert words
    form = Form(
        name="f",
        value="v",
        title=heading,
        fields=tuple(
            FormField(name=f"n{n}", label=label, value=value, lines=n) for n, (label, value) in enumerate(fields)
        ),
        submit=heading,
    )
    if fields:
        slack_forms.judge_modal(cards.view_of(form))


@pytest.mark.parametrize("chars", [100, 9_000, 9_001, 40_000])
async def test_every_word_of_a_customer_arrives(stage: Stage, chars: int) -> None:
    ref, _ = await stage.card()
    words = "".join(chr(97 + n % 26) if n % 7 else " " for n in range(chars))
    while True:
        try:
            await stage.channel.add_note(ref, "long", words, "Ada", ())
            break
        except RateLimited as error:
            await asyncio.sleep(error.retry_after_s)
    shown = "".join(_plain(message) for message in stage.thread(ref))
    assert shown == words
    assert len(stage.thread(ref)) == -(-chars // cards.PART_CHARS_MAX)


def _plain(message: Message) -> str:
    return "".join(block["text"]["text"] for block in message.blocks if block["type"] == "section")


async def test_the_longest_card_is_taken(stage: Stage) -> None:
    text = "\n\n".join(f"> Paragraph {n}: www.a.b.c @here {'x' * 50}" for n in range(2_000))
    _, message = await stage.card(text=text, fields=(("Long", "y" * 5_000),) * 30, buttons=(CLAIM,) * 40)
    assert message.shown.endswith("…")
    assert len(message.buttons) == cards.BUTTONS_MAX
    unspoiled(stage.slack)


async def test_where_slack_refuses_blocks_the_words_are_there(stage: Stage) -> None:
    stage.slack.will("chat.postMessage", refused("invalid_blocks"))
    _, message = await stage.card(text="**Why:** asked for", buttons=(CLAIM,))
    assert message.shown.startswith("Ada needs a person\n\n*Why:* asked for")
    assert [button.label for button in message.buttons] == ["Claim"]


# ---------------------------------------------------------------- files


PHOTO = OutFile(name="wheel.png", media_type="image/png", data=b"\x89PNG" + b"x" * 5_000)


def files_of(messages: Sequence[Message]) -> list[str]:
    return [file["name"] for message in messages for file in message.files]


async def test_files_of_a_customer_are_shown_below_their_words(stage: Stage) -> None:
    ref, _ = await stage.card()
    for _ in range(2):
        await stage.channel.add_note(ref, "n", "Look", "Ada", [PHOTO, replace(PHOTO, name="b.pdf")])

    words, files = stage.thread(ref)
    assert words.shown.endswith("Look")
    assert files_of([files]) == ["wheel.png", "b.pdf"]
    assert stage.slack.team.files[files.files[0]["id"]][1] == PHOTO.data
    unspoiled(stage.slack)


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("files.getUploadURLExternal", broken()),
        ("upload", broken(500)),
        ("files.completeUploadExternal", LOST),
        ("files.completeUploadExternal", broken(503)),
        ("files.info", broken()),
    ],
)
async def test_a_file_is_shown_once_whatever_is_lost(stage: Stage, method: str, fault: Fault) -> None:
    ref, _ = await stage.card()
    stage.slack.will(method, fault)
    with pytest.raises((ChannelUnavailable, Unconfirmed)):
        await stage.channel.add_note(ref, "n", "Look", "Ada", [PHOTO])
    await stage.channel.add_note(ref, "n", "Look", "Ada", [PHOTO])
    assert files_of(stage.thread(ref)) == ["wheel.png"]


async def test_a_file_that_slack_takes_and_does_not_show_is_sent_again(stage: Stage) -> None:
    ref, _ = await stage.card()
    stage.slack.drops_shares = True
    with pytest.raises(ChannelUnavailable):
        await stage.channel.add_note(ref, "n", "Look", "Ada", [PHOTO])
    stage.slack.drops_shares = False
    await stage.channel.add_note(ref, "n", "Look", "Ada", [PHOTO])
    assert files_of(stage.thread(ref)) == ["wheel.png"]


async def test_files_that_slack_refuses_are_named(stage: Stage) -> None:
    ref, _ = await stage.card()
    stage.slack.will("files.getUploadURLExternal", refused("file_uploads_disabled"))
    await stage.channel.add_note(ref, "n", "", "Ada", [PHOTO])
    assert any("Slack does not take the files: wheel.png" in message.shown for message in stage.thread(ref))


async def test_a_customer_on_slack_gets_a_file_below_a_colleagues_name(stage: Stage) -> None:
    direct = stage.slack.team.direct("U1").id
    root = await stage.slack.people.say("U1", direct, "Hello", tell=False)
    to = Address("slack", f"T0BRIDGE:{direct}:{root}")
    one = page("Your **label**", to=to, final=True, author="Cleo_*B* <!here>")
    ref = await stage.channel.post_file(to, one, PHOTO)

    file, caption = stage.slack.visible(direct, root)[1:]
    assert files_of([file]) == ["wheel.png"]
    assert caption.ts == ref.message_id.partition(":")[2]
    assert caption.shown.startswith("**Cleo\\_\\*B\\* ")
    assert caption.shown.endswith("\n\nYour **label**")
    assert caption.buttons == []
    assert await stage.channel.find(to, one) == ref
    unspoiled(stage.slack)


# ---------------------------------------------------------------- marks and links


async def written_by(stage: Stage, ref: MessageRef, text: str = "Hello Ada") -> tuple[MessageRef, Message]:
    """A colleague's message below a card."""
    thread = ref.message_id.partition(":")[2]
    ts = await stage.slack.people.say("U7", DESK, text, thread=thread)
    return MessageRef(ref.address, f"{DESK}:{ts}"), stage.slack.team.messages[DESK, ts]


async def test_what_arrives_quickly_gets_one_mark_with_one_call(stage: Stage) -> None:
    ref, _ = await stage.card()
    at, message = await written_by(stage, ref)
    await stage.channel.set_mark(at, "pending")
    for _ in range(3):
        await stage.channel.set_mark(at, "delivered")
    await asyncio.sleep(marks.PENDING_AFTER_S + 0.2)
    assert list(message.reactions) == ["white_check_mark"]
    assert len(stage.slack.of("reactions.add", "reactions.remove")) == 1
    unspoiled(stage.slack)


async def test_what_takes_longer_shows_an_hourglass_first(stage: Stage) -> None:
    ref, _ = await stage.card()
    at, message = await written_by(stage, ref)
    await stage.channel.set_mark(at, "pending")
    await until(lambda: list(message.reactions) == ["hourglass_flowing_sand"], within_s=marks.PENDING_AFTER_S + 2)
    await stage.channel.set_mark(at, "delivered")
    assert list(message.reactions) == ["white_check_mark"]
    unspoiled(stage.slack)


async def test_a_failure_is_marked_and_explained_once_and_gone_when_it_works(stage: Stage) -> None:
    ref, _ = await stage.card()
    at, message = await written_by(stage, ref)
    for _ in range(2):
        await stage.channel.set_mark(at, "failed", "the customer has blocked us")
    assert list(message.reactions) == ["warning"]
    assert [m.shown for m in stage.thread(ref)[1:]] == ["⚠️ the customer has blocked us"]
    await stage.channel.set_mark(at, "delivered")
    assert list(message.reactions) == ["white_check_mark"]
    unspoiled(stage.slack)


async def test_a_mark_that_is_there_and_one_without_a_message_are_no_failure(stage: Stage) -> None:
    ref, _ = await stage.card()
    at, message = await written_by(stage, ref)
    message.reactions["white_check_mark"] = [stage.slack.team.bot_user]
    await stage.channel.set_mark(at, "delivered")
    stage.slack.vanish(message)
    await stage.channel.set_mark(at, "failed")
    stage.slack.team.scopes.discard("reactions:write")
    other, _ = await written_by(stage, ref)
    await stage.channel.set_mark(other, "delivered")


async def test_a_mark_whose_call_failed_is_set_when_it_comes_again(stage: Stage) -> None:
    ref, _ = await stage.card()
    at, message = await written_by(stage, ref)
    stage.slack.will("reactions.add", broken())
    with pytest.raises(ChannelUnavailable):
        await stage.channel.set_mark(at, "delivered")
    await stage.channel.set_mark(at, "delivered")
    assert list(message.reactions) == ["white_check_mark"]


async def test_a_card_has_a_link(stage: Stage) -> None:
    ref, message = await stage.card()
    link = f"https://bridge-test.slack.com/archives/{DESK}/p{message.ts.replace('.', '')}"
    assert await stage.channel.link(ref) == link
    gone, message = await stage.card("gone")
    stage.slack.team.messages.pop((message.channel, message.ts))
    assert await stage.channel.link(gone) == ""
    # Links of ours lead there; anywhere else they do not.
    _, other = await stage.card("2", text=f"[thread]({link}) [evil](https://evil.slack.com/x)")
    assert f"[thread]({link})" in other.shown
    assert "](https://evil" not in other.shown


async def test_a_link_is_asked_for_once(stage: Stage) -> None:
    ref, _ = await stage.card()
    assert await stage.channel.link(ref) == await stage.channel.link(ref)
    assert len(stage.slack.of("chat.getPermalink")) == 1


# ---------------------------------------------------------------- is it there?


async def test_check_says_where_the_desk_is_and_how_to_mend_it(stage: Stage) -> None:
    assert f"the desk is in {DESK}" in await stage.channel.check()
    stage.slack.team.channel(DESK).bot_is_in = False
    with pytest.raises(Undeliverable, match=f"{DESK} cannot be used .not_in_channel.: invite the app"):
        await stage.channel.check()
    async with on_stage(desk_channel="") as elsewhere:
        assert "desk" not in await elsewhere.channel.check()
