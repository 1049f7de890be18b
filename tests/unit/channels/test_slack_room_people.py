"""What people at the desk do in Slack: they write below cards, press buttons, fill in forms and send `/bridge`."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.channels.slack import counter
from bridge.channels.slack.text import marked_up
from bridge.errors import StoreUnavailable
from bridge.ports import Button, Card, Form, FormField
from bridge.types import Address, MessageRef
from tests.fakes.core import until
from tests.fakes.slack_people import button_of, encoded, signed
from tests.fakes.slack_room import DESK, Stage, on_stage, told
from tests.fakes.slack_server import SlackServer, broken, hang, slow
from tests.fakes.slack_world import unspoiled
from tests.scenario.test_slack_payloads import RECORDINGS, played, workspace

CLAIM = Button(action="claim", label="Claim", value="r1")
APPROVAL = Card(id="a", heading="Approve?", buttons=(Button(action="approve", label="Approve", value="a1"),))
FORM = Form(
    name="return",
    value="r1",
    title="Hand back to the assistant",
    fields=(FormField(name="note", label="What should it know?", value="Order 1042", lines=4),),
    submit="Hand back",
)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with on_stage() as on:
        yield on


async def say(stage: Stage, text: str, ref: MessageRef | None = None, user: str = "U7", **more: Any) -> str:
    """Somebody writes in the desk's channel, below a card where one is given."""
    thread = ref.message_id.partition(":")[2] if ref else ""
    return await stage.slack.people.say(user, DESK, text, thread=thread, **more)


# ---------------------------------------------------------------- messages


async def test_what_people_write_below_a_card_is_heard_with_their_name_and_files(stage: Stage) -> None:
    ref, _ = await stage.card()
    photo = stage.slack.people.file("label.pdf", "application/pdf", b"%PDF")
    ts = await say(stage, "Hello <https://a.example|there> &amp; stop", ref, files=(photo,))

    (heard,) = stage.heard
    assert heard.text == "Hello there (https://a.example) & stop"
    assert (heard.sender.id, heard.sender.name) == ("U7", "Cleo")
    assert heard.address.conversation_id == ref.address.conversation_id
    assert heard.address.hints["message"] == f"{DESK}:{ts}"
    assert "called" not in heard.address.hints
    assert heard.event_id == f"slack:T0BRIDGE:{DESK}:{ts}"
    assert heard.answer == ""
    (attachment,) = heard.attachments
    assert await stage.channel.fetch(attachment, heard.address, bytes_max=100) == b"%PDF"
    unspoiled(stage.slack)


@pytest.mark.parametrize(
    ("slack", "markdown"),
    [
        ("It is *ready*, *really*!", "It is **ready**, **really**!"),
        ("~10~ 9 _pounds_", "~~10~~ 9 _pounds_"),
        ("*one* `*two*` ```*three*```", "**one** `*two*` ```*three*```"),
        ("2*3*4, 2 * 3 * 4, a~b~c ~ d ~", "2*3*4, 2 * 3 * 4, a~b~c ~ d ~"),
        ("**already** and *", "**already** and *"),
        ("*over\ntwo lines*", "*over\ntwo lines*"),
        ("(*in brackets*)", "(**in brackets**)"),
        ("```*open", "```*open"),
    ],
)
def test_slacks_marks_become_markdowns(slack: str, markdown: str) -> None:
    assert marked_up(slack) == markdown


@given(st.text(alphabet="*~_` a\nb", max_size=60))
def test_marks_are_only_doubled(text: str) -> None:
    signs = str.maketrans("", "", "*~")
    assert marked_up(text).translate(signs) == text.translate(signs)


@pytest.mark.parametrize("words", ["stop", "help", "// only for us", "0"])
async def test_there_no_word_is_a_command(stage: Stage, words: str) -> None:
    ref, _ = await stage.card()
    await say(stage, words, ref)
    assert [(heard.text, heard.answer) for heard in stage.heard] == [(words, "")]


async def test_a_mention_below_a_card_is_heard_once_and_calls_nobody(stage: Stage) -> None:
    ref, _ = await stage.card()
    await say(stage, f"<@{stage.slack.team.bot_user}> what is our policy?", ref)
    await say(stage, "And this?", ref)

    assert [heard.text for heard in stage.heard] == ["what is our policy?", "And this?"]
    assert [heard.address.hints.get("called") for heard in stage.heard] == ["1", None]
    assert {heard.address.key for heard in stage.heard} == {ref.address.key}
    assert await stage.channel.is_desk(ref.address)


async def test_the_same_event_again_is_the_same_message(stage: Stage) -> None:
    ref, _ = await stage.card()
    ts = await say(stage, "Hello", ref)
    (event,) = stage.slack.people.events_of(stage.slack.team.messages[DESK, ts])
    await stage.slack.people.tell(event)
    assert len(stage.heard) == 1


async def test_what_is_said_in_the_channel_beside_cards_is_for_nobody_here(stage: Stage) -> None:
    await stage.card()
    lunch = await say(stage, "Lunch?")
    await stage.slack.people.say("U8", DESK, "Yes", thread=lunch)
    assert stage.heard == []


async def test_a_mention_in_the_desks_channel_is_a_question_and_its_thread_is_no_desk(stage: Stage) -> None:
    ref, _ = await stage.card()
    root = await say(stage, f"<@{stage.slack.team.bot_user}> do we ship to Spain?")
    await stage.slack.people.say("U8", DESK, "And to Malta?", thread=root)

    assert [heard.text for heard in stage.heard] == ["do we ship to Spain?", "And to Malta?"]
    assert all("message" not in heard.address.hints for heard in stage.heard)
    assert not await stage.channel.is_desk(stage.heard[0].address)
    assert await stage.channel.is_desk(ref.address)


@pytest.mark.parametrize(
    "key",
    [
        "T0BRIDGE:D1:1700000000.000100",
        "T0BRIDGE:C1:{ts}",
        f"T0BRIDGE:{DESK}",
        f"T0BRIDGE:{DESK}:ask-1",
        f"T0BRIDGE:{DESK}:1700000000.000100",
        f"T0OTHER:{DESK}:{{ts}}",
    ],
)
async def test_a_customers_conversation_is_never_the_desks(stage: Stage, key: str) -> None:
    ref, _ = await stage.card()
    ts = ref.message_id.partition(":")[2]
    assert not await stage.channel.is_desk(Address("slack", key.format(ts=ts)))
    assert not await stage.channel.is_desk(Address("telegram", ref.address.key))


async def test_a_question_by_command_in_the_desks_channel_is_answered_and_no_card(stage: Stage) -> None:
    await stage.slack.people.command("U7", DESK, "/ask", "Do we ship?")
    (heard,) = stage.heard
    assert heard.text == "Do we ship?"
    assert not await stage.channel.is_desk(heard.address)


async def test_bots_are_not_heard_below_cards(stage: Stage) -> None:
    ref, card = await stage.card()
    await stage.channel.add_note(ref, "n", "Hello?", "Ada", ())
    robot = {"type": "message", "user": "U9", "bot_id": "B9", "text": "Ticket closed", "channel": DESK}
    place = {"channel_type": "channel", "ts": stage.slack.new_ts(), "thread_ts": card.ts, "team": "T0BRIDGE"}
    await stage.slack.people.tell(robot | place)
    await stage.slack.people.tell(robot | place | {"subtype": "bot_message"})
    await asyncio.sleep(0.05)
    assert stage.heard == []


async def test_people_of_another_company_cannot_answer_customers(stage: Stage) -> None:
    ref, _ = await stage.card(buttons=(CLAIM,))
    ts = await say(stage, "I am an agency", ref, tell=False)
    (event,) = stage.slack.people.events_of(stage.slack.team.messages[DESK, ts])
    await stage.slack.people.tell(event | {"team": "T0OTHER", "user_team": "T0OTHER"})
    assert stage.heard == []
    assert (await told(stage)).shown == counter.OUTSIDER

    message = stage.message(ref)
    user = {"id": "U7", "name": "x", "team_id": "T0OTHER"}
    await stage.slack.people.press("U7", message, button_of(message, "Claim"), told={"user": user})
    assert stage.desk.clicks == []


async def test_a_change_and_a_deletion_are_told_to_the_desk(stage: Stage) -> None:
    ref, _ = await stage.card()
    ts = await say(stage, "Helo", ref)
    message = stage.slack.team.messages[DESK, ts]
    await stage.slack.people.edit(message, "Hello")
    await stage.slack.people.edit(message, "stop")
    await stage.slack.people.delete(message)

    assert [(inbound.text, deleted) for inbound, deleted in stage.desk.changes] == [
        ("Hello", False),
        ("stop", False),
        ("stop", True),
    ]
    assert {inbound.event_id for inbound, _ in stage.desk.changes} == {stage.heard[0].event_id}
    assert {inbound.address.key for inbound, _ in stage.desk.changes} == {ref.address.key}


@pytest.mark.parametrize("trouble", [broken(), slow(2.0), hang(3.0)])
async def test_without_their_name_people_are_heard_all_the_same(stage: Stage, trouble: Any) -> None:
    ref, _ = await stage.card()
    stage.slack.will("users.info", trouble)
    await say(stage, "Hello", ref)
    assert [heard.sender.name for heard in stage.heard] == [""]


async def test_a_name_is_asked_for_once(stage: Stage) -> None:
    ref, _ = await stage.card()
    for number in range(5):
        await say(stage, f"{number}", ref)
    assert len(stage.slack.of("users.info")) == 1


# ---------------------------------------------------------------- buttons and forms


async def test_a_click_is_told_to_the_desk_and_answered_to_one_person(stage: Stage) -> None:
    ref, message = await stage.card(buttons=(CLAIM,))
    stage.desk.to_clicks = "Dana has taken it. **Sorry.**"
    (delivery,) = await stage.slack.people.click("U7", message, "Claim")

    assert (delivery.status, delivery.body) == (200, "")
    (click,) = stage.desk.clicks
    assert (click.action, click.value, click.by.id, click.by.name, click.at) == ("claim", "r1", "U7", "Cleo", ref)
    words = await told(stage)
    assert (words.ephemeral_for, words.thread_ts) == ("U7", message.ts)
    assert words.shown == "Dana has taken it. *Sorry.*"
    unspoiled(stage.slack)


async def test_a_click_on_a_card_in_a_thread_says_where(stage: Stage) -> None:
    ref, _ = await stage.card()
    below = await stage.channel.show_card(APPROVAL, below=ref, ref=None)
    await stage.slack.people.click("U7", stage.message(below), "Approve")
    assert [(click.action, click.at) for click in stage.desk.clicks] == [("approve", below)]


async def test_buttons_of_the_same_action_are_told_apart_by_their_value(stage: Stage) -> None:
    stars = tuple(Button(action="rate", label=f"{n}", value=f"r1:{n}") for n in range(1, 6))
    _, message = await stage.card(buttons=stars)
    await stage.slack.people.click("U7", message, "4")
    assert [(click.action, click.value) for click in stage.desk.clicks] == [("rate", "r1:4")]


async def test_a_form_opens_and_what_is_filled_in_comes_back(stage: Stage) -> None:
    _, message = await stage.card(buttons=(CLAIM,))
    stage.desk.to_clicks = FORM
    await stage.slack.people.click("U7", message, "Claim")
    await until(lambda: bool(stage.slack.team.views), within_s=30)
    (view,) = stage.slack.team.views
    assert view["title"]["text"] == "Hand back to the assist…"

    stage.desk.to_submissions = {"note": "Too short.", "elsewhere": "Also wrong."}
    errors = await stage.slack.people.submit("U7", view, {"note": ""})
    assert errors == {"note": "Too short. Also wrong."}
    assert stage.slack.team.views == [view]

    stage.desk.to_submissions = {}
    assert await stage.slack.people.submit("U7", view, {"note": "Paid *twice* <!here>"}) == {}
    first, last = stage.desk.submissions
    assert dict(first.fields) == {"note": ""}
    assert (last.form, last.value, dict(last.fields)) == ("return", "r1", {"note": "Paid *twice* <!here>"})
    assert (last.by.id, last.by.name) == ("U7", "Cleo")
    assert stage.slack.team.views == []
    unspoiled(stage.slack)


async def test_a_form_that_cannot_be_opened_any_more_is_said(stage: Stage) -> None:
    _, message = await stage.card(buttons=(CLAIM,))
    stage.desk.to_clicks = FORM
    stage.slack.will("views.open", slow(0.0))
    payload_ = stage.slack.people.click_payload("U7", message, button_of(message, "Claim"))
    stage.slack.pass_time(4)
    await stage.slack.people.deliver("interactive", payload_)
    assert (await told(stage)).shown == counter.TOO_LATE
    assert stage.slack.team.views == []


async def test_a_click_is_answered_within_slacks_time_whatever_is_slow(stage: Stage) -> None:
    _, message = await stage.card(buttons=(CLAIM,))
    stage.desk.to_clicks = "Taken."
    stage.slack.will("users.info", hang(5))
    stage.slack.will("chat.postEphemeral", hang(5))
    (delivery,) = await stage.slack.people.click("U7", message, "Claim")
    assert delivery.status == 200
    assert delivery.seconds < 1.5
    assert stage.desk.clicks[0].by.name == "Cleo"  # as the click itself says


async def test_what_cannot_be_stored_is_not_acknowledged(stage: Stage) -> None:
    _, message = await stage.card(buttons=(CLAIM,))
    stage.desk.error = StoreUnavailable("full")
    (delivery,) = await stage.slack.people.click("U7", message, "Claim")
    assert delivery.status == 503
    assert stage.slack.people.errors_shown == 1
    stage.desk.error, stage.desk.to_clicks = None, FORM
    await stage.slack.people.click("U7", message, "Claim")
    await until(lambda: bool(stage.slack.team.views), within_s=30)
    stage.desk.error = StoreUnavailable("full")
    assert await stage.slack.people.submit("U7", stage.slack.team.views[0], {}) == {
        "": "We had some trouble connecting. Try again?"
    }


@pytest.mark.parametrize(
    "other",
    [
        {"container": {"type": "message", "message_ts": "1700000000.000100", "channel_id": "C1"}},
        {"team": {"id": "T0OTHER"}, "user": {"id": "U7", "team_id": "T0OTHER"}},
        {"team": {"id": "T0OTHER"}, "user": {"id": "U7"}},
    ],
)
async def test_a_click_from_elsewhere_is_not_heard(stage: Stage, other: dict[str, Any]) -> None:
    _, message = await stage.card(buttons=(CLAIM,))
    (delivery,) = await stage.slack.people.press("U7", message, button_of(message, "Claim"), told=other)
    assert delivery.status == 200
    assert stage.desk.clicks == []


@pytest.mark.parametrize(
    "other",
    [
        {"actions": [{"action_id": "desk:claim#0", "value": 5}], "container": 5},
        {"actions": [{"action_id": "desk:claim#0"}], "user": {}},
        {"actions": [], "user": {"id": "U7"}},
        {"actions": [{"action_id": "desk:claim#0", "value": "r1"}], "container": {"channel_id": "<x>"}},
        {"team": None},
    ],
)
async def test_a_click_that_cannot_be_read_is_refused(stage: Stage, other: dict[str, Any]) -> None:
    _, message = await stage.card(buttons=(CLAIM,))
    (delivery,) = await stage.slack.people.press("U7", message, button_of(message, "Claim"), told=other)
    assert delivery.status in (200, 400)
    assert stage.desk.clicks == []


@pytest.mark.parametrize(
    "view",
    [
        {"state": None},
        {"state": {"values": {"note": 5}}},
        {"state": {"values": {"note": {"value": None}}}},
        {"state": {"values": []}},
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(stage: Stage, view: dict[str, Any]) -> None:
    body = {
        "type": "view_submission",
        "team": {"id": "T0BRIDGE"},
        "user": {"id": "U7", "team_id": "T0BRIDGE"},
        "view": {"id": "V1", "callback_id": "desk:return", "private_metadata": "r1", **view},
    }
    (delivery,) = await stage.slack.people.deliver("interactive", body)
    assert delivery.status == 400
    assert stage.desk.submissions == []


async def test_a_form_of_somebody_of_another_company_is_not_taken(stage: Stage) -> None:
    _, message = await stage.card(buttons=(CLAIM,))
    stage.desk.to_clicks = FORM
    await stage.slack.people.click("U7", message, "Claim")
    await until(lambda: bool(stage.slack.team.views), within_s=30)
    user = {"id": "U7", "team_id": "T0OTHER"}
    errors = await stage.slack.people.submit("U7", stage.slack.team.views[0], {}, told={"user": user})
    assert errors == {"note": counter.OUTSIDER}
    assert stage.desk.submissions == []


async def test_a_click_without_slacks_signature_is_refused(stage: Stage) -> None:
    _, message = await stage.card(buttons=(CLAIM,))
    payload_ = stage.slack.people.click_payload("U7", message, button_of(message, "Claim"))
    body, media_type = encoded("interactive", payload_)
    for headers in ({}, signed("another secret", body), signed(stage.slack.signing_secret, body, at=1)):
        async with stage.slack.http.post(
            stage.slack.target, data=body, headers={**headers, "Content-Type": media_type}
        ) as answer:
            assert answer.status == 401
    assert stage.desk.clicks == []


# ---------------------------------------------------------------- /bridge


async def test_bridge_is_answered_to_one_person_in_the_desks_channel(stage: Stage) -> None:
    link = f"https://bridge-test.slack.com/archives/{DESK}/p1"
    stage.desk.to_commands = f"**2 wait**\n\n- [Ada]({link}) <!here> [x](https://evil.example)"
    (delivery,) = await stage.slack.people.command("U7", DESK, "/bridge", "queue")

    assert [(text, by.id, by.name) for text, by in stage.desk.commands] == [("queue", "U7", "Cleo")]
    shown = stage.quiet()[-1]
    assert shown.ephemeral_for == "U7"
    assert shown.shown.startswith("*2 wait*")
    assert f"<{link}|Ada>" in shown.shown
    assert "<https://evil" not in delivery.body
    unspoiled(stage.slack)


async def test_bridge_tells_nothing_elsewhere(stage: Stage) -> None:
    stage.slack.team.channel("C1")
    await stage.slack.people.command("U1", "C1", "/bridge", "queue")
    assert stage.desk.commands == []
    assert stage.quiet()[-1].shown == counter.ELSEWHERE
    async with on_stage(desk_channel="") as elsewhere:
        await elsewhere.slack.people.command("U1", DESK, "/bridge", "queue")
        assert elsewhere.desk.commands == []
        assert elsewhere.quiet()[-1].shown == counter.NO_DESK


async def test_a_long_answer_fits(stage: Stage) -> None:
    stage.desk.to_commands = "\n".join(f"- Conversation {n}: {'x' * 80}" for n in range(2_000))
    await stage.slack.people.command("U7", DESK, "/bridge", "queue")
    assert stage.quiet()[-1].ephemeral_for == "U7"
    unspoiled(stage.slack)


async def test_an_answer_that_takes_long_comes_by_itself(stage: Stage) -> None:
    stage.desk.takes_s = counter.COMMAND_S + 0.3
    (delivery,) = await stage.slack.people.command("U7", DESK, "/bridge", "queue")
    assert delivery.status == 200
    assert stage.quiet()[-1].shown == counter.A_MOMENT
    await until(lambda: stage.quiet()[-1].shown == "Nobody waits.", within_s=30)
    unspoiled(stage.slack)


# ---------------------------------------------------------------- as Slack writes it


async def test_recorded_payloads_of_the_desk_are_understood() -> None:
    async with SlackServer.start() as slack:
        workspace(slack)
        slack.team.channel("C0DESK001")
        async with on_stage(slack=slack, desk_channel="C0DESK001") as stage:
            await stage.store.put("slack:card:T04QK2M8R:C0DESK001:1795363300.000100", "a card")
            for name in ("desk-reply", "desk-click", "desk-form", "command-bridge"):
                assert set(await played(slack, RECORDINGS[name])) == {200}

    assert [(heard.text, heard.sender.name) for heard in stage.heard] == [("Hello Ada, which wheel is it?", "Ada")]
    carried = "1 widget:0123456789abcdef0123456789abcdef"
    (click,), (form,) = stage.desk.clicks, stage.desk.submissions
    assert (click.action, click.value, click.by.name) == ("claim", carried, "Ada")
    assert (form.form, form.value, dict(form.fields)) == ("return", carried, {"note": "A new wheel is on its way"})
    assert [text for text, _ in stage.desk.commands] == ["queue"]
