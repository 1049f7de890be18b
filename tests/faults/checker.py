"""Judges a history: did every accepted message get exactly one final answer, in order, and nothing else?

Knows nothing of the server but the events of the widget; what platforms show is judged in `platforms.py`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.faults.history import History, Seen, Stored

OF_A_TURN = ("status", "delta", "reset", "done", "error")
ANSWER_MAX_S = 120.0
"""Every accepted message has its final answer within that."""

Kind = Literal["lost", "doubled", "disordered", "partial", "foreign", "late"]


@dataclass(frozen=True, slots=True)
class Complaint:
    """A broken promise, of a kind that can be counted."""

    kind: Kind
    what: str


def complaints(history: History) -> list[str]:
    """Every broken promise in words; empty when all were kept. Call it when the server has come to rest."""
    return [complaint.what for complaint in judge(history)]


def judge(history: History) -> list[Complaint]:
    """Every broken promise of the widget."""
    found = list(_receipts(history.stored()))
    readers: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    for seen in history.seen():
        readers[seen.conversation, seen.reader].append(seen)
    stored: dict[str, list[Stored]] = defaultdict(list)
    for receipt in history.stored():
        stored[receipt.conversation].append(receipt)
    watched = {conversation for conversation, _ in readers}
    found += [
        Complaint("lost", f"{conversation}: nobody was sent anything")
        for conversation in stored
        if conversation not in watched
    ]
    for (conversation, reader), events in readers.items():
        found += [
            Complaint(problem.kind, f"{conversation} {reader}: {problem.what}")
            for problem in _stream(stored[conversation], events)
        ]
    found += _readers_differ(readers)
    return found


def _receipts(stored: Sequence[Stored]) -> Iterator[Complaint]:
    turns: dict[tuple[str, str], set[str]] = defaultdict(set)
    for receipt in stored:
        turns[receipt.conversation, receipt.client_msg_id].add(receipt.turn_id)
    for (conversation, message), ids in turns.items():
        if len(ids) > 1:
            yield Complaint("doubled", f"{conversation}: message {message} was given {len(ids)} turns")


def _stream(receipts: Sequence[Stored], events: Sequence[Seen]) -> Iterator[Complaint]:
    yield from _ids(events)
    yield from _answers(receipts, events)
    yield from _blocks(events)
    yield from _texts(events)
    yield from _questions(receipts, events)


def _ids(events: Sequence[Seen]) -> Iterator[Complaint]:
    ids = [seen.id for seen in events]
    if ids != list(range(1, len(ids) + 1)):
        wrong = next(place for place, number in enumerate(ids, start=1) if place != number)
        yield Complaint("partial", f"the id {ids[wrong - 1]} came where {wrong} was due")


def _answers(receipts: Sequence[Stored], events: Sequence[Seen]) -> Iterator[Complaint]:
    accepted = {receipt.turn_id: receipt.at for receipt in reversed(receipts)}
    done = Counter(seen.data["turn_id"] for seen in events if seen.kind == "done")
    for turn_id in dict.fromkeys(receipt.turn_id for receipt in receipts):
        if not done[turn_id]:
            yield Complaint("lost", f"turn {turn_id} was accepted and has no final answer")
    for turn_id, count in done.items():
        if count > 1:
            yield Complaint("doubled", f"turn {turn_id} has {count} final answers")
    for seen in events:
        if seen.kind == "done" and seen.reader == "live" and seen.data["turn_id"] in accepted:
            waited_s = seen.at - accepted[seen.data["turn_id"]]
            if waited_s > ANSWER_MAX_S:
                yield Complaint("late", f"turn {seen.data['turn_id']} ended {waited_s:.0f} s after it was accepted")
    visible = dict.fromkeys(seen.data["turn_id"] for seen in events if seen.kind in OF_A_TURN)
    for turn_id in visible:
        if turn_id not in accepted:
            yield Complaint("foreign", f"turn {turn_id} is visible and was never accepted")


def _blocks(events: Sequence[Seen]) -> Iterator[Complaint]:
    """One turn at a time, and nothing of a turn after its final answer."""
    over: set[str] = set()
    current = ""
    for seen in events:
        if seen.kind not in OF_A_TURN:
            continue
        turn_id = seen.data["turn_id"]
        if turn_id in over and seen.kind != "done":
            yield Complaint("doubled", f"{seen.kind} {seen.id} of turn {turn_id} came after its end")
        elif current not in ("", turn_id) and current not in over:
            what = f"turn {turn_id} began (event {seen.id}) before turn {current} had ended"
            yield Complaint("disordered", what)
        current = turn_id
        if seen.kind == "done":
            over.add(turn_id)


def _texts(events: Sequence[Seen]) -> Iterator[Complaint]:
    texts: dict[str, str] = defaultdict(str)
    for seen in events:
        match seen.kind:
            case "delta":
                texts[seen.data["turn_id"]] += seen.data["text"]
            case "reset":
                texts[seen.data["turn_id"]] = ""
            case "done" if texts[seen.data["turn_id"]] != seen.data["text"]:
                shown, final = texts[seen.data["turn_id"]], seen.data["text"]
                yield Complaint("partial", f"turn {seen.data['turn_id']} showed {shown!r} and ended as {final!r}")


def _questions(receipts: Sequence[Stored], events: Sequence[Seen]) -> Iterator[Complaint]:
    """Each message is answered by the turn of its receipt, in the order of the receipts."""
    due = {receipt.client_msg_id: receipt.turn_id for receipt in receipts}
    answered: dict[str, str] = {}
    asked: dict[str, list[str]] = {}
    for seen in events:
        if seen.kind == "status":
            asked[seen.data["turn_id"]] = [question["client_msg_id"] for question in seen.data.get("questions", [])]
        if seen.kind == "done":
            answered |= dict.fromkeys(asked.get(seen.data["turn_id"], []), seen.data["turn_id"])
    for message, turn_id in answered.items():
        if due.get(message) != turn_id:
            what = f"message {message} was answered by turn {turn_id}, its receipt says {due.get(message)}"
            yield Complaint("foreign", what)
    for message, turn_id in due.items():
        if turn_id in asked and message not in asked[turn_id]:
            yield Complaint("lost", f"message {message} was left out of its turn {turn_id}")
    order = [message for message in due if message in answered]
    if list(answered) != order:
        yield Complaint("disordered", f"the messages {order} were answered in the order {list(answered)}")


def _readers_differ(readers: dict[tuple[str, str], list[Seen]]) -> Iterator[Complaint]:
    """Whoever reads, and however often the connection broke: an id stands for one event."""
    kept: dict[tuple[str, int], tuple[str, object]] = {}
    for (conversation, reader), events in readers.items():
        for seen in events:
            if kept.setdefault((conversation, seen.id), (seen.kind, seen.data)) != (seen.kind, seen.data):
                yield Complaint("foreign", f"{conversation}: event {seen.id} is another one for {reader}")
