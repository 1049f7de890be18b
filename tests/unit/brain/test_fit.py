"""A request keeps its size: fewer passages first, then less of what was said, and passages outrank old turns."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bridge.brain.context import History, anew, key
from bridge.brain.fit import FULL, PASSAGES_MIN, fit
from bridge.brain.model_rung import ModelRung
from bridge.brain.settings import PromptSettings
from bridge.brain.tokens import estimate
from bridge.ports import Exchange
from bridge.types import Opening, Passage, Trace, Turn
from tests.fakes.scripted_model import ScriptedModel, line
from tests.unit.brain.made import VOICE, Events, conversation, passage, question, turn

LIMIT = 10_000
FIVE = tuple(passage("x" * 2_440, number=number) for number in range(5))
"""Of about a thousand tokens each, with their frame."""


def exchange(tokens: int, *passages: Passage) -> Exchange:
    return Exchange(question="q" * int(tokens * 2.5), answer="", passages=passages)


def told(*exchanges: Exchange) -> History:
    return History(exchanges=exchanges, tier="sonnet")


def closed(room: int) -> History:
    return replace(told(exchange(min(room, 500))), epoch=2, opening=Opening())


def total(passages: tuple[Passage, ...], history: History) -> int:
    new = [one for one in passages if key(one) not in history.sent]
    return history.tokens + sum(estimate(one.title, one.section, one.text) + 60 for one in new)


def test_what_has_room_goes_whole() -> None:
    history = told(exchange(500))
    assert fit(FIVE, history, closed, fixed=2_000, tokens_max=LIMIT) == (FIVE, history)


def test_first_the_worst_passages_stay_behind() -> None:
    history = told(exchange(1_500))
    assert fit(FIVE, history, closed, fixed=2_000, tokens_max=LIMIT) == (FIVE[:4], history)
    assert fit(FIVE, told(exchange(2_500)), closed, fixed=2_000, tokens_max=LIMIT)[0] == FIVE[:PASSAGES_MIN]


def test_the_worst_is_the_farthest_from_the_question_wherever_it_stands() -> None:
    """Whole documents come in their own order."""
    documents = tuple(replace(one, score=score) for one, score in zip(FIVE, (0.1, 0.9, 0.2, 0.8, 0.3), strict=True))
    kept, _ = fit(documents, told(exchange(2_500)), closed, fixed=2_000, tokens_max=LIMIT)
    assert kept == (documents[1], documents[3], documents[4])


def test_then_the_epoch_is_closed_and_passages_come_back() -> None:
    kept, history = fit(FIVE, told(exchange(4_000)), closed, fixed=2_000, tokens_max=LIMIT)
    assert history.epoch == 2
    assert kept == FIVE


def test_a_passage_that_the_model_has_already_takes_no_room_and_stays() -> None:
    history = told(exchange(1_500, *FIVE[3:]))
    kept, _ = fit(FIVE, history, closed, fixed=2_000, tokens_max=LIMIT)
    assert kept == FIVE


def test_only_then_go_the_rest_of_the_passages() -> None:
    kept, history = fit(FIVE, told(exchange(4_000)), closed, fixed=8_500, tokens_max=LIMIT)
    assert history.tokens == 0
    assert kept == FIVE[:1]


@given(
    said=st.lists(st.integers(0, 4_000), max_size=6),
    sizes=st.lists(st.integers(1, 5_000), max_size=8),
    fixed=st.integers(0, 9_000),
    had=st.integers(0, 3),
)
def test_a_request_is_never_too_large_and_passages_outrank_old_turns(
    said: list[int], sizes: list[int], fixed: int, had: int
) -> None:
    passages = tuple(passage("x" * size, number=number) for number, size in enumerate(sizes))
    history = told(*(exchange(tokens, *(passages[:had] if not n else ())) for n, tokens in enumerate(said)))
    kept, left = fit(passages, history, closed, fixed=fixed, tokens_max=LIMIT)
    assert fixed + total(kept, left) <= LIMIT
    assert [one for one in passages if one in kept] == list(kept), "the best stay, in their order"
    if left.tokens:
        assert len(kept) >= min(PASSAGES_MIN, len(passages))
    if fixed + total(passages, history) <= FULL * LIMIT:
        assert (kept, left) == (passages, history)


async def test_a_rung_keeps_requests_small_and_its_trace_tells_what_was_sent() -> None:
    settings = PromptSettings(request_tokens_max=6_000, question_tokens_max=1_000)
    earlier = [turn("q" * 2_000, answered="a" * 2_000, name=f"t{number}") for number in range(3)]
    epoch = Trace(epoch=1, opening=Opening(), tier="sonnet", prompt_version="1")
    turns: list[Turn] = []
    for past in earlier:
        assert past.reply
        turns.append(replace(past, reply=replace(past.reply, trace=epoch)))
    standing = History(exchanges=tuple(exchange(1_600) for _ in turns), tier="sonnet")
    asking = replace(question(turn("How long?"), *FIVE, told=standing), conversation=conversation(*turns))
    model = ScriptedModel([line("Thirty days.")])
    rung = ModelRung("claude", {"sonnet": model}, settings, VOICE)
    reply = await rung.answer(asking, Events().append)
    [sent] = model.asked
    assert sent.passages == FIVE[: len(sent.passages)]
    assert 0 < len(sent.passages) < 5
    assert reply.trace.sent == sent.passages
    assert (reply.trace.epoch, reply.trace.opening) == (2, Opening(summary=reply.trace.opening.summary))  # type: ignore[union-attr]
    assert anew(turns, settings, tokens_max=0).summary == ""
