"""What of a conversation goes with a question. Pure.

A conversation is told in epochs. Within an epoch the telling only grows: what went to a model once goes to it again
byte for byte, so that its cache knows it, and a passage is sent once. When an epoch ends, the next begins with a
summary and the newest turns word for word; what neither holds is told in brief, so that nothing is lost while nobody
writes summaries. Everything is read from the traces of the turns: nothing else is kept.

Only a retried answer leaves the telling of an epoch: from there on a model's cache has to read it anew.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.brain import prompt
from bridge.brain.discreet import LEFT_OUT, approves, without_secrets
from bridge.brain.done import acted, done, of_one
from bridge.brain.settings import PromptSettings
from bridge.brain.tokens import CHAR_TOKENS_MAX, estimate
from bridge.ports import Exchange
from bridge.types import Opening, Outcome, Passage, Trace, Turn

VERBATIM_TURNS = 4
"""Turns that a new epoch tells word for word although its summary holds them."""

CROWDED = 0.7
"""Of the room for what was said before: with so much of it taken, a summary is due."""

BRIEF_QUESTION_CHARS_MAX = 150
BRIEF_ANSWER_CHARS_MAX = 250
BRIEF_DONE_CHARS_MAX = 250
"""Of a turn that is told in brief."""
LIGHT_CHARS_MAX = 4_000
"""Of a conversation that is told in brief as a whole."""

TIERS = ("", "haiku", "sonnet", "opus")
"""From the least to the most able."""

_NO_TRACE = Trace()


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a model is told of a conversation, and where its epoch stands."""

    epoch: int = 1
    opening: Opening | None = None
    """Set when the epoch begins with this question."""
    tier: str = ""
    """The most able tier that was asked in this epoch."""
    summary: str = ""
    exchanges: tuple[Exchange, ...] = ()
    to_summarise: tuple[Turn, ...] = ()
    """Set when it is time for a summary: the turns that it shall hold, besides the summary there is."""

    @property
    def sent(self) -> frozenset[str]:
        """Keys of the passages that the model has already, in this epoch."""
        return frozenset(key(passage) for exchange in self.exchanges for passage in exchange.passages)

    @property
    def tokens(self) -> int:
        """Of all of it, estimated."""
        return estimate(self.summary) + sum(map(_tokens, self.exchanges))


def key(passage: Passage) -> str:
    """Names a passage together with what it says."""
    return hashlib.blake2b(f"{passage.chunk_id}\n{passage.text}".encode(errors="replace"), digest_size=12).hexdigest()


def history(
    turns: Sequence[Turn],
    *,
    now: datetime,
    tier: str,
    version: str,
    settings: PromptSettings,
    current: Callable[[Passage], bool] = lambda _: True,
    asker: str = "",
) -> History:
    """How to tell `turns` (finished ones, oldest first) to a model of this tier, with a prompt of this version.
    `current` says whether a passage is still what the knowledge base says. What tools found in the matters of anybody
    but `asker`, an id, is left out: within an epoch the telling is the same for as long as the same person asks."""
    told = _told(turns, settings)
    standing = _goes_on(told, now=now, tier=tier, version=version, settings=settings, current=current, asker=asker)
    standing = standing or _begins(told, settings, asker)
    return replace(standing, to_summarise=_due(told, standing, settings))


def anew(turns: Sequence[Turn], settings: PromptSettings, *, tokens_max: int, asker: str = "") -> History:
    """How to tell `turns` (finished ones, oldest first) in at most so many tokens when the epoch has to end, whatever
    stands."""
    tight = settings.model_copy(update={"history_tokens_max": min(settings.history_tokens_max, tokens_max)})
    return _begins(_told(turns, settings), tight, asker)


def lighter(history: History) -> History:
    """The same in a new epoch, with nothing told word for word: for a model that says that it was too much."""
    lines = [history.summary, *(_in_brief(one.question, one.answer, one.done) for one in history.exchanges)]
    summary = _clipped("\n".join(filter(None, lines)), LIGHT_CHARS_MAX)
    return History(
        epoch=history.epoch if history.opening else history.epoch + 1,
        opening=Opening(summary=summary),
        tier=history.tier,
        summary=summary,
    )


def tells(turn: Turn, settings: PromptSettings) -> bool:
    """The turn says something that a later answer may build on; an apology does not, nor what nobody read. What was
    done for it counts whatever became of the answer: else it would be done again."""
    if turn.reply is None or prompt.too_long(turn, settings):
        return False
    if acted(turn):
        return True
    if turn.reply.outcome is Outcome.FAILED:
        return False
    return bool(prompt.said(turn)) and (prompt.asks(turn) or prompt.by_people(turn))


def _told(turns: Sequence[Turn], settings: PromptSettings) -> Sequence[Turn]:
    return [turn for turn in turns if tells(turn, settings)] if settings.history_turns_max else []


def _trace(turn: Turn) -> Trace:
    return turn.reply.trace if turn.reply else _NO_TRACE


def _epoch(turns: Sequence[Turn]) -> int:
    """The newest epoch; 0 when no model was asked yet."""
    return max((_trace(turn).epoch for turn in turns), default=0)


def _goes_on(
    turns: Sequence[Turn],
    *,
    now: datetime,
    tier: str,
    version: str,
    settings: PromptSettings,
    current: Callable[[Passage], bool],
    asker: str,
) -> History | None:
    """The epoch as it stands, None when there is none or it has to end."""
    epoch = _epoch(turns)
    started = next((n for n, turn in enumerate(turns) if epoch and _trace(turn).epoch == epoch), len(turns))
    members = turns[started:]
    traces = [trace for turn in members if (trace := _trace(turn)).epoch == epoch]
    if not traces or (opening := traces[0].opening) is None:
        return None
    reached = max((trace.tier for trace in traces), key=TIERS.index)
    before = {turn.id: turn for turn in turns[:started]}
    if (
        any(trace.prompt_version != version for trace in traces)
        or TIERS.index(tier) > TIERS.index(reached)
        or (now - _newest_at(members, now)).total_seconds() > settings.epoch_idle_s
        or any(_trace(turn).summary for turn in members)
        or not all(current(passage) for trace in traces for passage in trace.sent)
        or not all(turn_id in before for turn_id in opening.turns)
        # Else it would outgrow the turns that are loaded while nobody writes summaries.
        or len(opening.turns) + len(members) > settings.history_turns_max + settings.summary_turns
    ):
        return None
    exchanges = [_plain(before[turn_id], settings, asker) for turn_id in opening.turns]
    exchanges += [_as_sent(turn, settings, asker) for turn in members]
    standing = History(epoch=epoch, tier=reached, summary=opening.summary, exchanges=tuple(exchanges))
    return standing if standing.tokens <= settings.history_tokens_max else None


def _newest_at(turns: Sequence[Turn], now: datetime) -> datetime:
    """When the newest message came; some turns have none, since something happened in them that nobody wrote."""
    return max((inbound.received_at for turn in turns for inbound in turn.inbounds), default=now)


def _begins(turns: Sequence[Turn], settings: PromptSettings, asker: str) -> History:
    summary, held = _base(turns)
    verbatim = _newest(turns[min(held, max(0, len(turns) - VERBATIM_TURNS)) :], settings, asker)
    # A summary is told to whoever asks later.
    own = of_one(turns, asker)
    lines = [summary, *(_brief(turn, own=own) for turn in turns[held : len(turns) - len(verbatim)])]
    summary = _clipped("\n".join(filter(None, lines)), settings.history_tokens_max // (2 * CHAR_TOKENS_MAX))
    return History(
        epoch=_epoch(turns) + 1,
        opening=Opening(summary=summary, turns=tuple(turn.id for turn in verbatim)),
        summary=summary,
        exchanges=tuple(_plain(turn, settings, asker) for turn in verbatim),
    )


def _base(turns: Sequence[Turn]) -> tuple[str, int]:
    """The newest summary, and how many of the turns it holds."""
    made = next((n for n in range(len(turns) - 1, -1, -1) if _trace(turns[n]).summary), None)
    opened = next((n for n in range(len(turns) - 1, -1, -1) if _trace(turns[n]).opening), None)
    opening = (_trace(turns[opened]).opening if opened is not None else None) or Opening()
    if made is not None and (opened is None or made >= opened or _trace(turns[made]).summary == opening.summary):
        return _trace(turns[made]).summary, made
    if opened is None:
        return "", 0
    # It was told in brief, or the turn that made the summary is too old to be loaded: all that came before the
    # opening is held by what it began with.
    places = {turn.id: n for n, turn in enumerate(turns)}
    return opening.summary, min((places[name] for name in opening.turns if name in places), default=opened)


def _newest(turns: Sequence[Turn], settings: PromptSettings, asker: str) -> Sequence[Turn]:
    """The newest turns that fit, oldest first, whole or not at all. Half of the room stays free for what follows."""
    kept: list[Turn] = []
    left = settings.history_tokens_max // 2
    for turn in reversed(turns[-settings.history_turns_max :] if settings.history_turns_max else ()):
        left -= _tokens(_plain(turn, settings, asker))
        if left < 0:
            break
        kept.append(turn)
    return kept[::-1]


def _brief(turn: Turn, *, own: bool) -> str:
    return _in_brief(turn.question, _answer(turn), done(turn, own=own))


def _in_brief(question: str, answer: str, done: str) -> str:
    question, answer = (without_secrets(" ".join(text.split())) for text in (question, answer))
    if approves(answer):
        answer = LEFT_OUT
    lines = [
        f"Asked: {prompt.clip(question, BRIEF_QUESTION_CHARS_MAX)}",
        f"Answered: {prompt.clip(answer, BRIEF_ANSWER_CHARS_MAX)}",
    ]
    if done:
        lines.append(f"Tools: {prompt.clip('; '.join(done.splitlines()), BRIEF_DONE_CHARS_MAX)}")
    return "\n".join(lines)


def _clipped(summary: str, chars_max: int) -> str:
    """What has to go is neither its beginning, where a summary stands, nor what is new."""
    if len(summary) <= chars_max:
        return summary
    head = chars_max // 3
    tail = chars_max - head - len(_CUT)
    return f"{summary[:head]}{_CUT}{summary[-tail:]}" if tail > 0 else ""


_CUT = "\n…\n"


def _due(turns: Sequence[Turn], standing: History, settings: PromptSettings) -> tuple[Turn, ...]:
    """The turns to summarise while the next answer is being given; none when it is too early."""
    _, held = _base(turns)
    new = turns[held:]
    crowded = standing.tokens > CROWDED * settings.history_tokens_max
    return tuple(new) if len(new) > VERBATIM_TURNS and (crowded or len(new) >= settings.summary_turns) else ()


def _plain(turn: Turn, settings: PromptSettings, asker: str) -> Exchange:
    called = done(turn, own=of_one([turn], asker))
    return Exchange(question=prompt.question(turn, settings), answer=_answer(turn), done=called)


def _answer(turn: Turn) -> str:
    """What we said, as far as anybody could read it."""
    failed = turn.reply is not None and turn.reply.outcome is Outcome.FAILED
    return ("" if failed else prompt.said(turn)) or prompt.UNSEEN


def _as_sent(turn: Turn, settings: PromptSettings, asker: str) -> Exchange:
    trace = _trace(turn)
    return replace(_plain(turn, settings, asker), passages=trace.sent, facts=trace.facts)


def _tokens(exchange: Exchange) -> int:
    texts = [text for passage in exchange.passages for text in (passage.title, passage.section, passage.text)]
    return estimate(exchange.question, exchange.answer, exchange.facts, exchange.done, *texts)
