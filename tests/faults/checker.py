"""Judges a history: did every accepted message get exactly one final answer, in order, and nothing else?

Knows nothing of the server but the events of the widget.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from tests.faults.history import History, Seen, Stored

OF_A_TURN = ("status", "delta", "reset", "done", "error")


def complaints(history: History) -> list[str]:
    """Every broken promise in words; empty when all were kept. Call it when the server has come to rest."""
    found = list(_receipts(history.stored()))
    readers: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    for seen in history.seen():
        readers[seen.conversation, seen.reader].append(seen)
    conversations = dict.fromkeys(stored.conversation for stored in history.stored())
    watched = {conversation for conversation, _ in readers}
    found += [
        f"{conversation}: nobody was sent anything" for conversation in conversations if conversation not in watched
    ]
    for (conversation, reader), events in readers.items():
        receipts = [stored for stored in history.stored() if stored.conversation == conversation]
        found += [f"{conversation} {reader}: {problem}" for problem in _stream(receipts, events)]
    found += _readers_differ(readers)
    return found


def _receipts(stored: Sequence[Stored]) -> Iterator[str]:
    turns: dict[tuple[str, str], set[str]] = defaultdict(set)
    for receipt in stored:
        turns[receipt.conversation, receipt.client_msg_id].add(receipt.turn_id)
    for (conversation, message), ids in turns.items():
        if len(ids) > 1:
            yield f"{conversation}: message {message} was given {len(ids)} turns"


def _stream(receipts: Sequence[Stored], events: Sequence[Seen]) -> Iterator[str]:
    yield from _ids(events)
    yield from _answers(receipts, events)
    yield from _blocks(events)
    yield from _texts(events)
    yield from _questions(receipts, events)


def _ids(events: Sequence[Seen]) -> Iterator[str]:
    ids = [seen.id for seen in events]
    if ids != list(range(1, len(ids) + 1)):
        wrong = next(place for place, number in enumerate(ids, start=1) if place != number)
        yield f"the id {ids[wrong - 1]} came where {wrong} was due"


def _answers(receipts: Sequence[Stored], events: Sequence[Seen]) -> Iterator[str]:
    accepted = {receipt.turn_id for receipt in receipts}
    done = Counter(seen.data["turn_id"] for seen in events if seen.kind == "done")
    for turn_id in dict.fromkeys(receipt.turn_id for receipt in receipts):
        if not done[turn_id]:
            yield f"turn {turn_id} was accepted and has no final answer"
    for turn_id, count in done.items():
        if count > 1:
            yield f"turn {turn_id} has {count} final answers"
    visible = dict.fromkeys(seen.data["turn_id"] for seen in events if seen.kind in OF_A_TURN)
    yield from (f"turn {turn_id} is visible and was never accepted" for turn_id in visible if turn_id not in accepted)


def _blocks(events: Sequence[Seen]) -> Iterator[str]:
    """One turn at a time, and nothing of a turn after its final answer."""
    over: set[str] = set()
    current = ""
    for seen in events:
        if seen.kind not in OF_A_TURN:
            continue
        turn_id = seen.data["turn_id"]
        if turn_id in over and seen.kind != "done":
            yield f"{seen.kind} {seen.id} of turn {turn_id} came after its end"
        elif current not in ("", turn_id) and current not in over:
            yield f"turn {turn_id} began (event {seen.id}) before turn {current} had ended"
        current = turn_id
        if seen.kind == "done":
            over.add(turn_id)


def _texts(events: Sequence[Seen]) -> Iterator[str]:
    texts: dict[str, str] = defaultdict(str)
    for seen in events:
        match seen.kind:
            case "delta":
                texts[seen.data["turn_id"]] += seen.data["text"]
            case "reset":
                texts[seen.data["turn_id"]] = ""
            case "done" if texts[seen.data["turn_id"]] != seen.data["text"]:
                shown, final = texts[seen.data["turn_id"]], seen.data["text"]
                yield f"turn {seen.data['turn_id']} showed {shown!r} and ended as {final!r}"


def _questions(receipts: Sequence[Stored], events: Sequence[Seen]) -> Iterator[str]:
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
            yield f"message {message} was answered by turn {turn_id}, its receipt says {due.get(message)}"
    for message, turn_id in due.items():
        if turn_id in asked and message not in asked[turn_id]:
            yield f"message {message} was left out of its turn {turn_id}"
    order = [message for message in due if message in answered]
    if list(answered) != order:
        yield f"the messages {order} were answered in the order {list(answered)}"


def _readers_differ(readers: dict[tuple[str, str], list[Seen]]) -> Iterator[str]:
    """Whoever reads, and however often the connection broke: an id stands for one event."""
    kept: dict[tuple[str, int], tuple[str, object]] = {}
    for (conversation, reader), events in readers.items():
        for seen in events:
            if kept.setdefault((conversation, seen.id), (seen.kind, seen.data)) != (seen.kind, seen.data):
                yield f"{conversation}: event {seen.id} is another one for {reader}"
