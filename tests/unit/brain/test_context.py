"""What of a conversation is told: append-only within an epoch, and nothing lost between two."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.brain import prompt
from bridge.brain.context import TIERS, VERBATIM_TURNS, History, anew, history, key
from bridge.brain.settings import PromptSettings
from bridge.ports import Exchange
from bridge.types import Opening, Outcome, Passage, Reply, Trace, Turn, TurnId
from tests.unit.brain.made import NOON, passage, turn

SETTINGS = PromptSettings()
FACTS = "It is Friday."


@dataclass
class Talk:
    """A conversation that goes on as the brain would let it."""

    settings: PromptSettings = SETTINGS
    turns: list[Turn] = field(default_factory=list)
    now_s: float = 0.0
    version: str = "v1"
    stale: set[str] = field(default_factory=set)
    lost: bool = False
    """Only the newest turns that must be loaded are."""

    def told(self, *, tier: str = "sonnet", retry_of: str | None = None) -> History:
        loaded = self.turns[-self.settings.turns_loaded :] if self.lost else self.turns
        return history(
            prompt.standing(loaded, turn("?", retry_of=retry_of)),
            now=NOON + timedelta(seconds=self.now_s),
            tier=tier,
            version=self.version,
            settings=self.settings,
            current=lambda passage: key(passage) not in self.stale,
        )

    def say(
        self,
        question: str = "",
        answer: str = "",
        *,
        tier: str = "sonnet",
        found: Sequence[Passage] = (),
        asked_a_model: bool = True,
        summary: str | None = None,
        outcome: Outcome = Outcome.ANSWERED,
        retry_of: str | None = None,
    ) -> History:
        """One more turn. `summary` is what is written of what is due; None when nothing is."""
        self.now_s += 5.0
        before = self.told(tier=tier, retry_of=retry_of)
        name = f"t{len(self.turns) + 1}"
        asking = turn(question or f"Question {name}?", name=name, retry_of=retry_of)
        received = NOON + timedelta(seconds=self.now_s)
        asking = replace(asking, inbounds=(replace(asking.inbounds[0], received_at=received),))
        trace = Trace(tier=max(tier, before.tier, key=TIERS.index))
        if asked_a_model:
            trace = replace(
                trace,
                epoch=before.epoch,
                opening=before.opening,
                prompt_version=self.version,
                sent=tuple(one for one in found if key(one) not in before.sent),
                facts=f"{FACTS} {name}",
            )
        if summary is not None and before.to_summarise:
            trace = replace(trace, summary=summary)
        reply = Reply(text=answer or f"Answer {name}.", outcome=outcome, trace=trace)
        self.turns.append(replace(asking, reply=reply))
        return before


def names(told: History) -> list[str]:
    return [re.sub(r"\D", "", exchange.question) for exchange in told.exchanges]


def test_the_first_question_opens_the_first_epoch() -> None:
    told = Talk().told()
    assert (told.epoch, told.opening, told.exchanges, told.to_summarise) == (1, Opening(), (), ())


def test_within_an_epoch_earlier_turns_are_told_as_they_were_sent() -> None:
    talk = Talk()
    here, there = passage("Thirty days."), passage("Five days.", number=2)
    talk.say("How long?", "Thirty days. [1]", found=[here, there])
    talk.say("And shipping?", "Five days.", found=[there])
    told = talk.told()
    assert (told.epoch, told.opening, told.tier) == (1, None, "sonnet")
    assert told.exchanges == (
        Exchange(question="How long?", answer="Thirty days.", passages=(here, there), facts=f"{FACTS} t1"),
        Exchange(question="And shipping?", answer="Five days.", facts=f"{FACTS} t2"),
    )
    assert told.sent == {key(here), key(there)}


def test_a_turn_that_no_model_saw_is_told_without_facts() -> None:
    talk = Talk()
    talk.say()
    talk.say("Hi", "Hello!", asked_a_model=False)
    told = talk.told()
    assert told.epoch == 1
    assert told.exchanges[1] == Exchange(question="Hi", answer="Hello!")
    talk = Talk()
    talk.say("Hi", "Hello!", asked_a_model=False)
    assert talk.told().opening == Opening(turns=(TurnId("t1"),)), "it stands before the first epoch"


@pytest.mark.parametrize(
    "boundary", ["idle", "tier", "version", "chunk", "summary", "not loaded", "opening retried", "too many tokens"]
)
def test_an_epoch_ends(boundary: str) -> None:
    talk = Talk()
    source = passage("Thirty days.")
    for number in range(9):
        talk.say(found=[source] if number == 0 else ())
    assert talk.told().epoch == 1
    tier, retry_of = "sonnet", None
    match boundary:
        case "idle":
            talk.now_s += SETTINGS.epoch_idle_s + 1
        case "tier":
            tier = "opus"
        case "version":
            talk.version = "v2"
        case "chunk":
            talk.stale.add(key(source))
        case "summary":
            talk.say(summary="They talked.")
        case "not loaded":
            del talk.turns[0]
        case "opening retried":
            retry_of = "t1"
        case "too many tokens":
            talk.say("x" * 19_000, "y" * 19_000)
    told = talk.told(tier=tier, retry_of=retry_of)
    assert told.opening is not None
    assert not told.sent, "no passage stays behind"
    assert told.tier == ""
    assert told.epoch == 2


@pytest.mark.parametrize("retried", ["t6", "t9"])
def test_an_epoch_ends_with_a_turn_that_it_began_with(retried: str) -> None:
    talk = Talk()
    for _ in range(10):
        talk.say(summary="They talked.")
    assert (talk.told().epoch, talk.told().opening) == (2, None)
    told = talk.told(retry_of=retried)
    assert (told.epoch, told.summary) == (3, "They talked.")
    assert retried[1:] not in names(told)


@pytest.mark.parametrize("event", ["short pause", "lower tier", "same tier", "other chunk", "cache said opus"])
def test_an_epoch_goes_on(event: str) -> None:
    talk = Talk()
    talk.say(found=[passage("Thirty days.")])
    tier = "sonnet"
    match event:
        case "short pause":
            talk.now_s += SETTINGS.epoch_idle_s - 1
        case "lower tier":
            tier = "haiku"
        case "other chunk":
            talk.stale.add(key(passage("Other.")))
        case "cache said opus":
            talk.say(tier="opus", asked_a_model=False)
            talk.say()
    told = talk.told(tier=tier)
    assert (told.epoch, told.opening, told.tier) == (1, None, "sonnet")


def test_a_tier_that_only_a_cache_answered_for_is_not_reached() -> None:
    """Else the next question would be asked of a dearer model for no reason."""
    talk = Talk()
    talk.say()
    talk.turns.append(replace(turn("q", answered="a", name="t2")))
    reply = talk.turns[-1].reply
    assert reply
    talk.turns[-1] = replace(talk.turns[-1], reply=replace(reply, trace=Trace(tier="opus")))
    assert talk.told().tier == "sonnet"


def test_a_new_epoch_begins_with_the_summary_and_what_came_after_it() -> None:
    talk = Talk()
    for _ in range(8):
        assert talk.say(summary="unasked").to_summarise == ()
    before = talk.say(summary="Eight turns.")
    assert [turn.id for turn in before.to_summarise] == [f"t{n}" for n in range(1, 9)]
    told = talk.told()
    assert (told.epoch, told.summary) == (2, "Eight turns.")
    assert names(told) == ["6", "7", "8", "9"]
    assert told.opening == Opening(summary="Eight turns.", turns=tuple(TurnId(f"t{n}") for n in range(6, 10)))
    assert all(not exchange.passages and not exchange.facts for exchange in told.exchanges)
    talk.say()
    standing = talk.told()
    assert (standing.epoch, standing.summary, standing.opening) == (2, "Eight turns.", None)
    assert standing.exchanges[:4] == told.exchanges


def test_a_summary_is_made_anew_only_after_as_many_turns_again() -> None:
    talk = Talk()
    due = [bool(talk.say(summary="They talked.").to_summarise) for _ in range(40)]
    assert [number for number, is_due in enumerate(due) if is_due] == [8, 16, 24, 32]


def test_a_summary_that_failed_is_tried_again_at_the_next_turn() -> None:
    talk = Talk()
    for _ in range(9):
        talk.say()
    assert len(talk.told().to_summarise) == 9
    talk.say()
    assert len(talk.told().to_summarise) == 10


def test_a_crowded_epoch_is_summarised_early() -> None:
    talk = Talk()
    for number in range(6):
        talk.say("x" * 2_000, "y" * 2_000, found=[passage("z" * 250, number=number)])
    told = talk.told()
    assert told.tokens > 0.7 * SETTINGS.history_tokens_max
    assert len(told.to_summarise) == 6


def test_a_few_huge_turns_are_not_summarised_since_they_are_told_anyway() -> None:
    talk = Talk()
    for _ in range(VERBATIM_TURNS):
        talk.say("x" * 6_000)
    assert talk.told().tokens > 0.6 * SETTINGS.history_tokens_max
    talk.turns[0] = replace(talk.turns[0], inbounds=turn("x" * 8_000).inbounds)
    assert talk.told().tokens > 0.7 * SETTINGS.history_tokens_max
    assert talk.told().to_summarise == ()


def test_what_falls_out_without_a_summary_is_told_in_brief() -> None:
    talk = Talk()
    for number in range(14):
        talk.say(f"Question {number}? " + "x" * 500, f"Answer {number}. " + "y" * 500)
    told = anew(talk.turns, SETTINGS, tokens_max=14_000)
    assert names(told) == [str(n) for n in range(4, 14)]
    assert [line[:12] for line in told.summary.splitlines()[::2]] == ["Asked: Quest"] * 4
    assert "Answered: Answer 3." in told.summary
    assert len(told.summary) < 4 * 500
    assert [turn.id for turn in talk.told().to_summarise] == [f"t{n}" for n in range(1, 15)]
    assert anew(talk.turns, SETTINGS, tokens_max=1_000).tokens <= 1_000
    assert anew(talk.turns, SETTINGS, tokens_max=0) == History(opening=Opening(), epoch=2)


def test_what_is_told_in_brief_holds_no_secrets_and_no_approvals() -> None:
    talk = Talk()
    talk.say("My password is Hunter2secret and my code is 482913.", "Your refund of 300 was approved.")
    for number in range(13):
        talk.say(f"Question {number}?", f"Answer {number}.")
    summary = anew(talk.turns, SETTINGS, tokens_max=14_000).summary
    assert "My password is (left out)" in summary
    for secret in ("Hunter2secret", "482913", "approved"):
        assert secret not in summary


def test_no_turn_is_told_that_says_nothing_to_build_on() -> None:
    talk = Talk(settings=PromptSettings(history_tokens_max=60_000))
    talk.say(outcome=Outcome.FAILED)
    talk.say("字" * 9_000, "Please say it shorter.", asked_a_model=False)
    talk.say("\u200b", "I can only read text.", asked_a_model=False)
    assert talk.told().exchanges == ()


def test_none_is_none() -> None:
    talk = Talk(settings=PromptSettings(history_turns_max=0))
    for _ in range(12):
        talk.say(found=[passage("Thirty days.")])
    told = talk.told()
    assert (told.exchanges, told.summary, told.to_summarise) == ((), "", ())


def test_a_retried_answer_is_not_told_and_its_passages_are_sent_again() -> None:
    talk = Talk()
    source = passage("Thirty days.")
    talk.say()
    talk.say(found=[source])
    told = talk.told(retry_of="t2")
    assert names(told) == ["1"]
    assert not told.sent
    assert told.epoch == 1


# ---------------------------------------------------------------- whatever happens


@dataclass(frozen=True)
class Step:
    tier: str = "sonnet"
    found: tuple[int, ...] = ()
    pause_s: float = 5.0
    asked_a_model: bool = True
    summarised: bool = True
    outcome: Outcome = Outcome.ANSWERED
    retry: bool = False
    version: str = "v1"
    stale: bool = False
    words: int = 1


def seldom(usual: object, *rare: object) -> st.SearchStrategy[object]:
    return st.sampled_from([usual] * 5 + list(rare))


STEPS = st.lists(
    st.builds(
        Step,
        tier=seldom("sonnet", "haiku", "opus"),
        found=seldom((), (0,), (0, 1), (1, 2, 3), (4, 2), (5, 6, 0)),
        pause_s=seldom(5.0, 400.0),
        asked_a_model=seldom(True, False),
        summarised=st.booleans(),
        outcome=seldom(Outcome.ANSWERED, Outcome.FAILED),
        retry=seldom(False, True),
        version=seldom("v1", "v2"),
        stale=seldom(False, True),
        words=seldom(1, 200, 2_000),
    ),
    max_size=30,
)
SMALL = PromptSettings(history_tokens_max=6_000, history_turns_max=6, summary_turns=5)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, tight=st.booleans(), lost=st.booleans())
def test_epochs_only_grow_and_nothing_is_lost_between_them(steps: list[Step], tight: bool, lost: bool) -> None:
    talk = Talk(settings=SMALL if tight else SETTINGS, lost=lost)
    mentioned: list[str] = []
    grown: dict[int, History] = {}
    for number, step in enumerate(steps):
        talk.version = step.version
        talk.now_s += step.pause_s
        talk.stale |= {key(_chunk(2))} if step.stale else set()
        retried = talk.turns[-1].id if step.retry and talk.turns else None
        if retried and mentioned and mentioned[-1] == _mark(number - 1):
            mentioned.pop()
        told = talk.say(
            f"{_mark(number)} {'w ' * step.words}",
            f"yes {'w ' * step.words}",
            tier=step.tier,
            found=[_chunk(n) for n in step.found],
            asked_a_model=step.asked_a_model,
            outcome=step.outcome,
            retry_of=retried,
        )
        everything = " ".join([told.summary, *(exchange.question for exchange in told.exchanges)])
        assert not [mark for mark in mentioned if mark not in everything], "something is lost"
        keys = [key(passage) for exchange in told.exchanges for passage in exchange.passages]
        assert len(keys) == len(set(keys)), "a passage is told twice"
        assert told.tokens <= talk.settings.history_tokens_max
        if told.opening is None and not retried:
            earlier = grown[told.epoch]
            assert told.summary == earlier.summary
            assert told.exchanges[: len(earlier.exchanges)] == earlier.exchanges, "what was told was changed"
            assert TIERS.index(step.tier) <= TIERS.index(told.tier)
        if step.summarised:
            _write_summary(talk, told)
        if step.outcome is not Outcome.FAILED:
            mentioned.append(_mark(number))
        grown[told.epoch] = told


def _write_summary(talk: Talk, told: History) -> None:
    """A writer that keeps every mark."""
    reply = talk.turns[-1].reply
    if not (reply and told.to_summarise):
        return
    texts = [told.summary, *(turn.question for turn in told.to_summarise)]
    summary = " ".join(re.findall(r"m\d+x", " ".join(texts)))
    talk.turns[-1] = replace(talk.turns[-1], reply=replace(reply, trace=replace(reply.trace, summary=summary)))


def _mark(number: int) -> str:
    return f"m{number}x"


def _chunk(number: int) -> Passage:
    return passage(f"Chunk {number}. " + "z" * 200, number=number)


def test_the_newest_turns_are_always_among_those_told() -> None:
    assert min(SETTINGS.history_turns_max, SETTINGS.summary_turns) >= VERBATIM_TURNS
