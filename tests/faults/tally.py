"""Figures of a history: what was accepted, what became of it, and how long each recovery took."""

from collections import Counter
from dataclasses import dataclass

from tests.faults.history import History, Seen

ANSWERED = ("answered", "unknown", "degraded", "stopped", "escalated", "relayed")


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn as its visitor saw it."""

    accepted_at: float
    events: tuple[float, ...]
    """When its events came, in order."""
    done_at: float | None
    outcome: str


def turns(history: History) -> dict[str, Turn]:
    """Every accepted turn of the widget, by id."""
    accepted: dict[str, float] = {}
    for receipt in history.stored():
        accepted.setdefault(receipt.turn_id, receipt.at)
    events: dict[str, list[Seen]] = {turn_id: [] for turn_id in accepted}
    for seen in history.seen():
        turn_id = seen.data.get("turn_id")
        if seen.reader == "live" and turn_id in events:
            events[turn_id].append(seen)
    made = {}
    for turn_id, at in accepted.items():
        done = next((seen for seen in events[turn_id] if seen.kind == "done"), None)
        times = tuple(seen.at for seen in events[turn_id])
        made[turn_id] = Turn(at, times, done.at if done else None, done.data["outcome"] if done else "")
    return made


def counts(history: History) -> dict[str, int]:
    """What was accepted and what became of it, on the widget and on platforms."""
    widget = turns(history)
    outcomes = Counter(turn.outcome for turn in widget.values())
    messages = {(receipt.conversation, receipt.client_msg_id) for receipt in history.stored()}
    asked = {(asked.channel, asked.conversation, asked.message) for asked in history.asked()}
    found = {
        "conversations": len({conversation for conversation, _ in messages}),
        "accepted": len(messages) + len(asked),
        "answered": sum(outcomes[outcome] for outcome in outcomes if outcome in ANSWERED),
        "apologised": outcomes["failed"],
        "refused": sum(refused.status in (429, 503) for refused in history.refused()),
        "shown_on_platforms": sum(shown.complete for shown in history.shown()),
    }
    return {name: count for name, count in found.items() if count}


def recoveries(history: History, *what: str) -> list[float]:
    """For each such strike, the seconds until every answer that had visibly begun by then went on. Turns that nobody
    had begun wait for their turn, whatever dies; `waits` tells of them."""
    widget = sorted(turns(history).values(), key=lambda turn: turn.accepted_at)
    found = []
    for strike in history.strikes():
        if what and strike.what not in what:
            continue
        silences = [0.0]
        for turn in widget:
            if turn.accepted_at > strike.at:
                break
            if (turn.done_at is None or turn.done_at > strike.at) and turn.events and turn.events[0] < strike.at:
                silences.append(next((at for at in turn.events if at > strike.at), float("inf")) - strike.at)
        found.append(max(silences))
    return found


def waits(history: History) -> list[float]:
    """From the acceptance of each turn to its final answer."""
    return sorted(turn.done_at - turn.accepted_at for turn in turns(history).values() if turn.done_at is not None)
