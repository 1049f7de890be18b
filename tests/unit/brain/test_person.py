"""People at the end of the cascade: what they are told, and what the customer hears."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain.cascade import MODEL_REFUSED, UNANSWERED, UNKNOWN_WRITE
from bridge.brain.person import UNDER_WAY, Person, number
from bridge.brain.phrases import PhrasesSettings, Voice
from bridge.brain.route import ASKED_FOR_PERSON
from bridge.types import Conversation, Outcome, Reply, Turn, TurnId
from tests.unit.brain import made
from tests.unit.brain.made import BUSINESS, NOON, Events, turn

HOURS = BUSINESS.model_copy(update={"opening_hours": "Mon-Fri 9:00-17:00", "time_zone": "Europe/London"})
LONDON = ZoneInfo("Europe/London")


def at(asking: Turn, when: datetime) -> Turn:
    return replace(asking, inbounds=tuple(replace(inbound, received_at=when) for inbound in asking.inbounds))


async def call(
    reason: str = UNANSWERED,
    *earlier: Turn,
    asking: Turn | None = None,
    language: str = "en",
    hours: bool = False,
) -> Reply:
    person = Person(Voice(HOURS if hours else BUSINESS, PhrasesSettings()))
    asked = made.question(asking or turn("Where is my order?", name="t9"), language=language)
    events = Events()
    told = replace(asked, escalation=reason, conversation=Conversation(id=asked.turn.conversation_id, turns=earlier))
    reply = await person.answer(told, events.append)
    assert events.shown == reply.text
    assert (reply.outcome, reply.rung, reply.escalation_reason) == (Outcome.ESCALATED, "person", reason)
    return reply


async def test_what_could_not_be_answered_is_passed_on_with_a_number() -> None:
    reply = await call()
    assert reply.ticket == number(TurnId("t9"))
    assert reply.text == (
        "I'm sorry, I can't answer this right now. I have passed this on to our team. Your reference: "
        f"**{reply.ticket}**\n\nYou can reach a person here: help@acme.example."
    )


async def test_whoever_asks_for_a_person_hears_no_apology() -> None:
    assert (await call(ASKED_FOR_PERSON)).text.startswith("I have passed this on to our team.")


async def test_whether_it_was_done_is_not_pretended_to_be_known() -> None:
    assert (await call(UNKNOWN_WRITE)).text.startswith("I can't tell for certain whether this was done")


async def test_what_the_model_declined_is_said_so() -> None:
    assert (await call(MODEL_REFUSED)).text.startswith("I'm sorry, I can't help with this one here. I have passed")


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "pt", "ja", "ar"])
async def test_it_speaks_the_language_of_the_question(language: str) -> None:
    reply = await call(language=language)
    english = await call()
    assert (reply.text == english.text) == (language == "en")
    assert f"**{reply.ticket}**" in reply.text


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (datetime(2026, 11, 20, 12, 0, tzinfo=LONDON), "here: help@acme.example. Our hours: Mon-Fri 9:00-17:00."),
        (datetime(2026, 11, 20, 17, 0, tzinfo=LONDON), "Nobody is there at the moment. Our hours: Mon-Fri"),
        (datetime(2026, 11, 21, 12, 0, tzinfo=LONDON), "Nobody is there at the moment."),
        (datetime(2026, 7, 3, 16, 30, tzinfo=ZoneInfo("UTC")), "Nobody is there at the moment."),
    ],
)
async def test_it_knows_the_hours(when: datetime, said: str) -> None:
    reply = await call(asking=at(turn("Anybody?"), when), hours=True)
    assert said in reply.text


def escalated(reason: str, name: str = "t1", when: datetime = NOON, ticket: str = "") -> Turn:
    reply = Reply(
        text="passed on",
        outcome=Outcome.ESCALATED,
        rung="person",
        escalation_reason=reason,
        ticket=ticket or number(TurnId(name)),
    )
    return replace(at(turn("A person, please", name=name), when), reply=reply)


async def test_asked_again_it_is_under_way_under_the_same_number() -> None:
    before = escalated(ASKED_FOR_PERSON)
    second = await call(ASKED_FOR_PERSON, before, asking=turn("HUMAN PLEASE", name="t2"))
    assert second.ticket == number(TurnId("t1"))
    assert second.text.startswith("This is already with our team. Your reference: ")
    third = await call(
        ASKED_FOR_PERSON, before, replace(before, id=TurnId("t2")), turn("Hm", answered="Yes?"), asking=turn("please!")
    )
    assert third.ticket == second.ticket


async def test_what_is_asked_after_people_gave_the_conversation_back_is_asked_anew() -> None:
    before = escalated("emotion")
    asking = turn("You are all incompetent!", name="t3")
    said = Reply(text="**Ann** (of the team): Sorted.", outcome=Outcome.ANSWERED, rung="desk")
    answered = replace(turn("Hello?", name="t2"), reply=said)
    waiting = replace(answered, reply=Reply(text="", outcome=Outcome.RELAYED, rung="desk"))
    assert (await call("emotion", before, waiting, asking=asking)).ticket == number(TurnId("t1"))
    assert (await call("emotion", before, answered, asking=asking)).ticket == number(TurnId("t3"))


async def test_another_reason_is_another_ticket() -> None:
    reply = await call(UNANSWERED, escalated(ASKED_FOR_PERSON))
    assert reply.ticket == number(TurnId("t9"))


async def test_a_ticket_does_not_stand_for_everything_for_ever() -> None:
    """Asking about it does not make it younger."""
    old = escalated(UNANSWERED, when=NOON - UNDER_WAY - timedelta(minutes=1))
    asked_again = escalated(UNANSWERED, name="t2", when=NOON - timedelta(hours=1), ticket=number(TurnId("t1")))
    assert (await call(UNANSWERED, old, asked_again)).ticket == number(TurnId("t9"))
    young = escalated(UNANSWERED, when=NOON - UNDER_WAY + timedelta(minutes=1))
    assert (await call(UNANSWERED, young)).ticket == number(TurnId("t1"))


@given(st.text(max_size=40), st.text(max_size=40))
def test_numbers_can_be_read_out_and_tell_turns_apart(one: str, other: str) -> None:
    first, second = (number(TurnId(name)) for name in (one, other))
    assert len(first) == 9
    assert not set(first) & set("01OILU")
    assert (first == second) == (one == other)
