"""What people at the desk said, as part of the conversation: for the assistant when it has it back, and for people who
take it. Pure.

The words of colleagues stand in the turns of the conversation, as messages with a notice. The assistant is told of a
whole stretch that people had as one exchange: the question that began it, and what was said until its end.
"""

from collections.abc import Sequence
from dataclasses import replace

from bridge.brain.route import ASKED_FOR_PERSON
from bridge.brain.routing.rules import ruling
from bridge.desk.parcels import SAID, TOLD
from bridge.types import Conversation, Inbound, Outcome, Reply, Turn, without_marks

RUNG = "desk"
"""The rung of replies that the desk gave, and of what people said."""
STRETCH_CHARS_MAX = 6_000
"""Of what people said, as the assistant is told it: its end counts."""
LINE_CHARS_MAX = 1_500
FILE_LINES_MAX = 2_000


def told(conversation: Conversation) -> Conversation:
    """The conversation as the assistant is told it."""
    turns: list[Turn] = []
    stretch: list[Turn] = []
    for turn in conversation.turns:
        if of_people(turn):
            stretch.append(turn)
            continue
        if notices := [inbound for inbound in turn.inbounds if inbound.notice]:
            # What colleagues said just before the assistant had it back, in the turn that it answered.
            stretch.append(replace(turn, inbounds=tuple(notices)))
            turn = replace(turn, inbounds=tuple(each for each in turn.inbounds if not each.notice))
        turns += [*_exchange(stretch), turn]
        stretch = []
    return replace(conversation, turns=(*turns, *_exchange(stretch)))


def of_people(turn: Turn) -> bool:
    """The assistant had no part in the turn."""
    reply = turn.reply
    return reply is not None and (reply.outcome is Outcome.RELAYED or reply.rung == RUNG)


def _exchange(stretch: Sequence[Turn]) -> Sequence[Turn]:
    inbounds = [inbound for turn in stretch for inbound in turn.inbounds if inbound.text and not _only_told(inbound)]
    if not inbounds:
        return ()
    began = next((n for n, inbound in enumerate(inbounds) if inbound.notice), len(inbounds))
    asked, lines = inbounds[:began], [_line(inbound) for inbound in inbounds[began:]]
    question = "\n\n".join(inbound.text for inbound in asked)
    # As of whoever wrote first: what an earlier message left open is known by its turn.
    first = replace(inbounds[0], text=question, notice="", attachments=(), answer="", retry_of=None)
    outcome = Outcome.ANSWERED if lines else Outcome.RELAYED
    reply = Reply(text=_clipped("\n\n".join(lines)), outcome=outcome, rung=RUNG)
    return (replace(stretch[0], inbounds=(first,), reply=reply, messages=()),)


def _only_told(inbound: Inbound) -> bool:
    """A notice without words of a colleague's."""
    return inbound.notice.startswith(f"{TOLD}:") and not inbound.text


def _line(inbound: Inbound) -> str:
    text = inbound.text if len(inbound.text) <= LINE_CHARS_MAX else f"{inbound.text[:LINE_CHARS_MAX]}…"
    name = inbound.sender.name or "A colleague"
    if inbound.notice.startswith(f"{SAID}:"):
        return f"**{name}** (of the team): {text}"
    if inbound.notice:
        return f"({name} of the team to the assistant: {text})"
    # Set apart from what colleagues said, whatever stands in it.
    return "\n".join(f"> {line}" for line in f"Customer: {text}".splitlines())


def _clipped(text: str) -> str:
    return text if len(text) <= STRETCH_CHARS_MAX else f"…{text[-STRETCH_CHARS_MAX:]}"


def lines(turns: Sequence[Turn]) -> list[str]:
    """Who said what, in plain text, for people."""
    said: list[str] = []
    for turn in turns:
        for inbound in turn.inbounds:
            words = inbound.text or (f"({len(inbound.attachments)} file(s))" if inbound.attachments else "")
            if words and inbound.notice:
                said.append(f"{inbound.sender.name or 'Colleague'}: {words}")
            elif words:
                said.append(f"{inbound.sender.name or 'Customer'}: {words}")
        if turn.reply and turn.reply.text:
            said.append(f"Assistant: {without_marks(turn.reply.text)}")
    return said


def as_file(turns: Sequence[Turn]) -> str:
    """The whole of it, the newest lines when there are too many."""
    said = lines(turns)
    return "\n\n".join(said[-FILE_LINES_MAX:])


def calls(text: str) -> bool:
    """It asks for a person."""
    ruled = ruling(text)
    return ruled is not None and ruled.reason == ASKED_FOR_PERSON


def unanswered(turns: Sequence[Turn]) -> str:
    """What the customer wrote since somebody last answered, or their newest words, besides the call for a person."""
    newest: list[str] = []
    for turn in reversed(turns):
        for inbound in reversed(turn.inbounds):
            if inbound.notice.startswith(f"{SAID}:") and newest:
                return "\n\n".join(reversed(newest))
            if inbound.text and not (inbound.notice or calls(inbound.text)):
                newest.append(inbound.text)
        if newest and not of_people(turn):
            break
    return "\n\n".join(reversed(newest))
