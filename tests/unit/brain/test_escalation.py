"""People are called beside an answer where a rule says so, and where nothing was resolved; once for each reason."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from bridge.brain.brain import Brain
from bridge.brain.cascade import Question
from bridge.brain.escalating.escalation import FAILED_CHECKS, UNRESOLVED, Escalation
from bridge.brain.escalating.rules import reasons
from bridge.brain.escalating.settings import EscalationSettings
from bridge.brain.escalating.unresolved import same, unresolved
from bridge.brain.person import Person, number
from bridge.brain.route import Category, Route
from bridge.errors import StoreUnavailable
from bridge.ports import Emit, Spender
from bridge.types import Action, Outcome, Reply, TextDelta, Trace, Turn, TurnId
from tests.fakes.cpu import cheap
from tests.fakes.fake_retriever import FakeRetriever
from tests.unit.brain import made
from tests.unit.brain.made import VOICE, Events, conversation, question, turn

SETTINGS = EscalationSettings()
SENSITIVE = Route(category=Category.SENSITIVE_MATTER, tier="opus", by="rule", confidence=1.0)


def told(text: str, route: Route | None = None, language: str = "en", settings: EscalationSettings = SETTINGS) -> str:
    asked = replace(question(turn(text), language=language), route=route or Route())
    return " ".join(reasons(asked, settings))


DISPUTES = [
    ("en", "You charged me twice! £120.50 is gone from my account."),
    ("en", "I was overcharged by $150, please look at my bill."),
    ("de", "Sie haben mir 150 € doppelt abgebucht."),
    ("es", "Me han cobrado dos veces 120 €."),
    ("fr", "Vous m'avez débité deux fois de 130 €."),
    ("pt", "Fui cobrado duas vezes, 140 €."),
    ("it", "Mi avete addebitato due volte 150 €."),
    ("nl", "Er is 150 € dubbel afgeschreven."),
    ("ja", "15,000円が二重請求されています。"),
    ("ar", "تم خصم المبلغ مرتين، 150 €."),
]


@pytest.mark.parametrize(("language", "text"), DISPUTES)
def test_a_bill_that_is_disputed_over_an_amount_calls_people(language: str, text: str) -> None:
    assert "billing_dispute" in told(text, language=language)
    assert "billing_dispute" not in told(text, language=language, settings=EscalationSettings(dispute_from=1e6))
    assert "billing_dispute" not in told(text, language=language, settings=EscalationSettings(dispute_from=None))


@pytest.mark.parametrize(
    "text",
    [
        "You charged me twice for the £20 lock.",
        "Can I pay for a £1,200 bike in instalments?",
        "Is the £900 bike overpriced?",
        "The invoice of £500 is for my company, can you send it again?",
    ],
)
def test_small_amounts_and_other_questions_about_money_do_not(text: str) -> None:
    assert told(text) == ""


ANGER = [
    ("en", "I am absolutely furious about this."),
    ("en", "This is the worst service I have ever had."),
    ("en", "I WANT MY BIKE BACK RIGHT NOW PLEASE"),
    ("de", "Ich bin stinksauer. Das ist eine Frechheit!"),
    ("es", "Estoy harta, esto es inaceptable."),
    ("fr", "C'est scandaleux, j'en ai marre !"),
    ("pt", "Estou farto, isto é uma vergonha."),
    ("it", "Sono furioso, è inaccettabile."),
    ("nl", "Dit is echt schandalig, ik ben woedend."),
    ("ja", "最悪です。いい加減にしてください。"),
    ("ja", "ひどすぎます。"),
    ("ar", "أنا غاضب جدا، هذا غير مقبول."),
]


@pytest.mark.parametrize(("language", "text"), ANGER)
def test_strong_anger_calls_people(language: str, text: str) -> None:
    assert told(text, language=language) == "emotion"
    assert told(text, language=language, settings=EscalationSettings(emotion=False)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Where is my order?",
        "My bike is making an awful noise.",
        "Is this e-mail from you or a scam?",
        "I'm a bit disappointed with the saddle.",
        "WHERE IS IT?",
        "Do you have the XR-1000 BMX in NAVY BLUE (size XL)?",
        "Das Rad ist leider kaputt.",
        "返品できますか？",
    ],
)
def test_a_plain_question_calls_nobody(text: str) -> None:
    assert told(text) == ""


@pytest.mark.parametrize(
    ("route", "reason"),
    [
        (replace(SENSITIVE, reason="fraud"), "fraud"),
        (replace(SENSITIVE, reason="takeover"), "takeover"),
        (replace(SENSITIVE, reason="medical"), ""),
        (replace(SENSITIVE, by="model"), "sensitive"),
        (replace(SENSITIVE, by="local", confidence=0.9), "sensitive"),
        (replace(SENSITIVE, by="default", confidence=0.3), ""),
        (replace(SENSITIVE, by="conversation", confidence=0.3), ""),
        (Route(by="rule", reason="fraud"), ""),
    ],
)
def test_a_sensitive_matter_calls_people_where_it_is_sure_and_wanted(route: Route, reason: str) -> None:
    assert told("?", route) == reason
    assert told("?", route, settings=EscalationSettings(matters=())) == ""


def past(text: str, outcome: Outcome = Outcome.ANSWERED, name: str = "t0", **other: object) -> Turn:
    answered = turn(text, answered="Hm.", outcome=outcome, name=name)
    assert answered.reply
    reply = replace(answered.reply, rung="claude")
    return replace(answered, reply=replace(reply, **other))  # type: ignore[arg-type]


GOOD, BAD = past("How much is a helmet?"), past("And the blue one?", Outcome.UNKNOWN)
SAME = past("Where is my order?", name="s")


@pytest.mark.parametrize(
    ("before", "count"),
    [
        ([], 0),
        ([GOOD], 0),
        ([BAD], 1),
        ([BAD, BAD, BAD], 3),
        ([BAD, GOOD], 0),
        ([BAD, BAD, GOOD, BAD], 1),
        ([past("x", Outcome.FAILED), BAD], 2),
        ([SAME], 1),
        ([SAME, SAME], 2),
        ([past("Where  is my ORDER"), BAD], 1),
        ([past("Where is order 1042?"), past("Where is order 1043?", Outcome.UNKNOWN)], 1),
        ([BAD, past("x", Outcome.ESCALATED, ticket="T", escalation_reason="fraud"), BAD], 1),
        ([BAD, past("x", rung="desk")], 0),
        ([BAD, past("", Outcome.UNKNOWN, rung="phrase"), BAD], 2),
        ([past("disliked", name="down")], 1),
        ([past("Where is my order?", trace=Trace(actions=(Action(tool="look", outcome="identity"),)))], 0),
        ([past("Where is my order?", trace=Trace(actions=(Action(tool="look", outcome="failed"),)))], 1),
    ],
)
async def test_exchanges_that_resolved_nothing_are_counted_back(before: Sequence[Turn], count: int) -> None:
    async def disliked(turn_id: TurnId) -> bool:
        return turn_id == "down"

    assert await unresolved(before, turn("Where is my order?"), disliked) == count


async def test_an_answer_that_was_wanted_anew_resolved_nothing_and_a_store_that_is_away_knows_of_no_thumbs() -> None:
    async def away(turn_id: TurnId) -> bool:
        raise StoreUnavailable("full")

    again = turn("How much is a helmet?", retry_of="t0")
    assert await unresolved([past("Something else?", name="t0")], again, away) == 1
    assert await unresolved([GOOD], turn("?"), away) == 0


def test_the_same_question_is_known_by_its_letters_and_figures() -> None:
    assert same("Where is my order?", "where is my order")
    assert same("Where's my order please", "Where is my order, please?")
    assert not same("Where is order 1042?", "Where is order 1043?")
    assert not same("Where is my order?", "Can I return a helmet?")
    assert not same("", "")


@dataclass
class Says:
    """A rung that answers as a test says."""

    reply: Reply
    name: str = "claude"
    asked: int = 0

    async def answer(self, question: Question, emit: Emit) -> Reply:
        self.asked += 1
        emit(TextDelta(self.reply.text))
        return self.reply


@dataclass
class Sent:
    """Routes everything one way."""

    route_: Route = field(default_factory=Route)

    async def route(
        self, turn: Turn, earlier: Sequence[Turn], query: str, spender: Spender, *, subject: str | None = None
    ) -> Route:
        return self.route_

    def settled(self, route: Route, *, found: bool) -> Route:
        return route


ANSWERED = Reply(text="So it is.", outcome=Outcome.ANSWERED, rung="claude")
UNKNOWN = replace(ANSWERED, outcome=Outcome.UNKNOWN)


async def ask(
    reply: Reply, text: str = "Where is it?", *before: Turn, route: Route | None = None, person: bool = True
) -> tuple[Reply, Says]:
    says = Says(reply)
    brain: Brain = replace(
        made.brain(FakeRetriever(), [says]),
        person=Person(VOICE) if person else None,
        escalation=Escalation(settings=SETTINGS),
        routing=Sent(route or Route()),
    )
    events = Events()
    answered = await brain.answer(turn(text, name="t9"), conversation(*before), events.append)
    assert events.shown == answered.text
    return answered, says


async def test_people_are_called_below_the_answer() -> None:
    reply, _ = await ask(ANSWERED, route=replace(SENSITIVE, reason="fraud"))
    ticket = number(TurnId("t9"))
    assert reply.text == f"So it is.\n\nI have passed this on to our team. Your reference: **{ticket}**"
    assert (reply.outcome, reply.escalation_reason, reply.ticket) == (Outcome.ESCALATED, "fraud", ticket)


async def test_once_for_each_reason() -> None:
    first, _ = await ask(ANSWERED, route=replace(SENSITIVE, reason="fraud"))
    before = replace(turn("It was not me.", name="t9"), reply=first)
    again, _ = await ask(ANSWERED, "And now?", before, route=replace(SENSITIVE, reason="fraud"))
    assert (again.text, again.ticket, again.outcome) == ("So it is.", "", Outcome.ANSWERED)
    other, _ = await ask(ANSWERED, "I am furious!", before, route=replace(SENSITIVE, reason="fraud"))
    assert other.escalation_reason == "emotion"


async def test_who_has_called_people_already_calls_nobody_else() -> None:
    called = replace(ANSWERED, outcome=Outcome.ESCALATED, escalation_reason="unanswered", ticket="AB")
    reply, _ = await ask(called, "I am furious!")
    assert reply.ticket == "AB"


async def test_without_people_nobody_is_called() -> None:
    reply, _ = await ask(ANSWERED, route=replace(SENSITIVE, reason="fraud"), person=False)
    assert (reply.text, reply.ticket) == ("So it is.", "")


async def test_the_third_time_that_nothing_is_known_people_are_called() -> None:
    second, _ = await ask(UNKNOWN, "?", BAD)
    assert second.ticket == ""
    third, _ = await ask(UNKNOWN, "?", BAD, BAD)
    assert (third.escalation_reason, third.text[:9]) == (UNRESOLVED, "So it is.")
    resolved, _ = await ask(ANSWERED, "?", BAD, BAD)
    assert resolved.ticket == ""


async def test_after_three_exchanges_that_resolved_nothing_no_model_is_asked() -> None:
    reply, says = await ask(ANSWERED, "Where is my order?", SAME, SAME, SAME)
    assert (reply.rung, reply.escalation_reason, says.asked) == ("person", UNRESOLVED, 0)


async def test_two_drafts_that_failed_call_people() -> None:
    failed = replace(UNKNOWN, trace=Trace(failed=("check:facts", "check:promises")))
    assert (await ask(failed))[0].escalation_reason == FAILED_CHECKS
    assert (await ask(replace(failed, outcome=Outcome.ANSWERED)))[0].ticket == ""
    assert (await ask(replace(failed, trace=Trace(failed=("check:facts",)))))[0].ticket == ""


@pytest.mark.parametrize("sign", ["a", "a ", "not ", "charged ", "never buy ", "お", "A", "1 "])
def test_no_message_takes_long(sign: str) -> None:
    assert cheap(lambda: [told(sign * 20_000) for _ in range(20)], within_s=2.0)
