"""What of a conversation goes with a question. Pure.

A conversation is told in epochs. Within an epoch the telling only grows: what went to a model once goes to it again
byte for byte, so that its cache knows it, and a passage is sent once. When an epoch ends, the next begins with a
summary and the newest turns word for word. Everything is read from the traces of the turns: nothing else is kept.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.brain import prompt
from bridge.brain.settings import PromptSettings
from bridge.brain.tokens import estimate
from bridge.ports import Exchange
from bridge.types import Opening, Outcome, Passage, Turn

VERBATIM_TURNS = 4
"""Turns that a new epoch tells word for word although its summary holds them."""

TIERS = ("", "haiku", "sonnet", "opus")
"""From the least to the most able."""


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
) -> History:
    """How to tell `turns` (finished ones, oldest first) to a model of this tier, with a prompt of this version.
    `current` says whether a passage is still what the knowledge base says."""
    told = [turn for turn in turns if tells(turn, settings)]
    epoch = _epoch(told)
    started = next((n for n, turn in enumerate(told) if _of_epoch(turn, epoch)), len(told))
    standing = _goes_on(told, started, now=now, tier=tier, version=version, settings=settings, current=current)
    if standing is None:
        standing = _begins(told, epoch + 1, settings)
    return replace(standing, to_summarise=_due(told, standing, settings))


def tells(turn: Turn, settings: PromptSettings) -> bool:
    """The turn says something that a later answer may build on; an apology does not."""
    answered = turn.reply is not None and turn.reply.outcome is not Outcome.FAILED
    return answered and bool(prompt.said(turn)) and bool(prompt.asked(turn, settings.question_chars_max))


def _epoch(turns: Sequence[Turn]) -> int:
    """The newest epoch; 0 when no model was asked yet."""
    return max((turn.reply.trace.epoch for turn in turns if turn.reply), default=0)


def _of_epoch(turn: Turn, epoch: int) -> bool:
    return epoch > 0 and turn.reply is not None and turn.reply.trace.epoch == epoch


def _goes_on(
    turns: Sequence[Turn],
    started: int,
    *,
    now: datetime,
    tier: str,
    version: str,
    settings: PromptSettings,
    current: Callable[[Passage], bool],
) -> History | None:
    """The epoch as it stands, None when there is none or it has to end."""
    members = turns[started:]
    traces = [turn.reply.trace for turn in members if turn.reply]
    if not traces or (opening := traces[0].opening) is None:
        return None
    reached = max((trace.tier for trace in traces), key=TIERS.index)
    if (
        any(trace.prompt_version != version for trace in traces if trace.epoch)
        or TIERS.index(tier) > TIERS.index(reached)
        or (now - members[-1].inbounds[-1].received_at).total_seconds() > settings.epoch_idle_s
        or any(trace.summary for trace in traces)
        or not all(current(passage) for trace in traces for passage in trace.sent)
    ):
        return None
    before = {turn.id: turn for turn in turns[:started]}
    if not all(turn_id in before for turn_id in opening.turns):
        return None  # too long ago to be loaded
    exchanges = [_plain(before[turn_id], settings) for turn_id in opening.turns]
    exchanges += [_as_sent(turn, settings) for turn in members]
    standing = History(epoch=traces[0].epoch, tier=reached, summary=opening.summary, exchanges=tuple(exchanges))
    return standing if standing.tokens <= settings.history_tokens_max else None


def _begins(turns: Sequence[Turn], epoch: int, settings: PromptSettings) -> History:
    summary, held = _latest_summary(turns)
    verbatim = _newest(turns[min(held, max(0, len(turns) - VERBATIM_TURNS)) :], settings)
    return History(
        epoch=epoch,
        opening=Opening(summary=summary, turns=tuple(turn.id for turn in verbatim)),
        summary=summary,
        exchanges=tuple(_plain(turn, settings) for turn in verbatim),
    )


def _latest_summary(turns: Sequence[Turn]) -> tuple[str, int]:
    """The newest summary, and how many of the turns it holds."""
    for n in range(len(turns) - 1, -1, -1):
        reply = turns[n].reply
        if reply and reply.trace.summary:
            return reply.trace.summary, n
    opened = [turn.reply.trace.opening for turn in turns if turn.reply and turn.reply.trace.opening]
    # The turn that made it may be too old to be loaded: what an epoch began with is as good.
    return (opened[-1].summary, 0) if opened and opened[-1] else ("", 0)


def _newest(turns: Sequence[Turn], settings: PromptSettings) -> Sequence[Turn]:
    """The newest turns that fit, oldest first, whole or not at all. Half of the room stays free for what follows."""
    kept: list[Turn] = []
    left = settings.history_tokens_max // 2
    for turn in reversed(turns[-settings.history_turns_max :] if settings.history_turns_max else ()):
        left -= _tokens(_plain(turn, settings))
        if left < 0:
            break
        kept.append(turn)
    return kept[::-1]


def _due(turns: Sequence[Turn], standing: History, settings: PromptSettings) -> tuple[Turn, ...]:
    """The turns to summarise while the next answer is being given; none when it is too early."""
    _, held = _latest_summary(turns)
    new = turns[held:]
    if len(new) < settings.summary_turns and standing.tokens <= settings.history_tokens_max // 2:
        return ()
    return tuple(new) if len(new) > VERBATIM_TURNS else ()


def _plain(turn: Turn, settings: PromptSettings) -> Exchange:
    return Exchange(question=prompt.question(turn, settings), answer=prompt.said(turn))


def _as_sent(turn: Turn, settings: PromptSettings) -> Exchange:
    trace = turn.reply.trace if turn.reply else None
    plain = _plain(turn, settings)
    return replace(plain, passages=trace.sent, facts=trace.facts) if trace else plain


def _tokens(exchange: Exchange) -> int:
    texts = [text for passage in exchange.passages for text in (passage.title, passage.section, passage.text)]
    return estimate(exchange.question, exchange.answer, exchange.facts, *texts)
