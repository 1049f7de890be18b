"""What people at the desk see: cards, forms and their words. Pure. What customers and models wrote is quoted."""

import json
from collections.abc import Sequence
from datetime import datetime

from bridge.desk import transcript
from bridge.desk.handoff import WAITS, Handoff
from bridge.desk.parcels import name
from bridge.ports import Approval, Button, Card, Form, FormField
from bridge.types import Passage, Turn

LAST_TURNS = 4
TEXT_CHARS_MAX = 2_400
"""Of what a card quotes."""
LINE_CHARS_MAX = 400
NAME_CHARS_MAX = 60
FACT_CHARS_MAX = 300
SOURCES_MAX = 4
ARGS_CHARS_MAX = 2_400
FORM_LINES = 6

REASONS = {
    "asked_for_person": "asked for a person",
    "model": "the assistant asked for a person",
    "model_refused": "the assistant declined to answer",
    "unanswered": "nothing could answer",
    "identity": "could not prove who they are",
    "failed_checks": "the assistant's drafts did not pass its checks",
    "unresolved": "several answers in a row did not help",
    "emotion": "strong anger",
    "billing_dispute": "disputes a bill",
    "sensitive": "a sensitive matter",
    "self_harm": "may harm themselves",
    "legal": "a legal matter",
    "chargeback": "wants a payment taken back",
    "fraud": "reports fraud",
    "takeover": "somebody else may be in their account",
    "abuse": "reports or shows abuse",
    "safety": "something may be dangerous",
    "data_protection": "asks about their personal data",
    "death": "somebody has died",
    "press": "asks for the press",
    "minor": "may be a child",
    "medical": "a medical matter",
    "tool_unknown": "nobody knows whether something was done",
    "unknown_write": "nobody knows whether something was done",
    "callback": "wants to be called back",
    "support_request": "asked the assistant to pass something on",
    "approval_failed": "something that was approved could not be done",
    "approval_unknown": "nobody knows whether something that was approved was done",
}
"""In words; any other reason reads as it is named."""
MOODS = {
    "abuse": "angry",
    "self_harm": "in distress",
    "death": "grieving",
    "legal": "threatens legal action",
    "chargeback": "disputes a payment",
    "press": "from the press",
    "emotion": "angry",
}
"""What the reasons of sensitive matters say of somebody's mood."""
_STATES = {
    "pending": "waiting for somebody",
    "callback": "waiting for a callback",
    "human": "with",
    "bot": "handed back to the assistant",
    "closed": "closed",
}
LEVELS = ("not known", "known by the channel", "confirmed by a code")


def reason(it: str) -> str:
    return REASONS.get(it, it.replace("_", " "))


def handoff(it: Handoff, turns: Sequence[Turn], *, zone: str, when: datetime) -> Card:
    """A conversation's card. `turns` are those up to the one that called, oldest first."""
    proven = f"{LEVELS[it.level]}{f', customer {it.customer_id}' if it.customer_id else ''}"
    who = it.name[:NAME_CHARS_MAX] or "Somebody"
    facts = [
        ("Reason", ", ".join(map(reason, it.reasons))),
        ("Ticket", it.ticket),
        ("Customer", it.name or "unnamed"),
        ("Identity", proven),
        ("Channel", it.customer.channel),
        ("Mood", it.mood or "nothing noticed"),
        ("About", it.category.replace("_", " ")),
        ("Tried", ", ".join(it.tried)),
        ("Since", f"{when:%d %b %H:%M} {zone}"),
        ("Now", state(it)),
    ]
    return Card(
        id=name("handoff", it.conversation_id, str(it.number)),
        heading=f"{who} needs a person" if it.active else f"{who}: {state(it)}",
        fields=tuple((label, value[:FACT_CHARS_MAX]) for label, value in facts if value),
        text=_summary(turns),
        buttons=_buttons(it),
        notify=it.state in WAITS,
    )


def state(it: Handoff) -> str:
    words = _STATES[it.state]
    if it.colleague and it.state == "human":
        words = f"{words} {it.colleague.name or it.colleague.id}"
    elif it.colleague and it.state in ("bot", "closed"):
        words = f"{words} by {it.colleague.name or it.colleague.id}"
    return f"{words}, snoozed" if it.snoozed else words


def value(it: Handoff) -> str:
    """What a button on its card carries."""
    return f"{it.number} {it.conversation_id}"


def _buttons(it: Handoff) -> tuple[Button, ...]:
    carried = value(it)
    take = Button(action="claim", label="Claim", value=carried, style="primary")
    if it.state in WAITS:
        first: tuple[Button, ...] = (take,)
    elif it.state == "human":
        first = (Button(action="take_over", label="Take over", value=carried, confirm="Take this conversation over?"),)
    else:
        return (Button(action="claim", label="Take back", value=carried),)
    return (
        *first,
        Button(action="suggest", label="Suggest reply", value=carried),
        Button(action="return", label="Hand back", value=carried),
        Button(action="snooze", label="Snooze", value=carried),
        Button(action="close", label="Close", value=carried, style="danger", confirm="Close this conversation?"),
    )


def _summary(turns: Sequence[Turn]) -> str:
    """The conversation's own summary, if it has one, the last turns, and what they rest on."""
    summaries = [turn.reply.trace.summary for turn in turns if turn.reply and turn.reply.trace.summary]
    parts = [_quoted(summaries[-1])] if summaries else []
    parts.append("\n".join(_quoted(_short(line)) for line in transcript.lines(turns[-LAST_TURNS:])))
    if used := sources(turns[-LAST_TURNS:]):
        parts.append("Sources: " + "; ".join(used))
    text = "\n\n".join(part for part in parts if part)
    return text if len(text) <= TEXT_CHARS_MAX else f"…{text[-TEXT_CHARS_MAX:]}"


def sources(turns: Sequence[Turn]) -> list[str]:
    """The pages that answers named, newest last, each once."""
    found: dict[str, Passage] = {}
    for turn in turns:
        for passage in turn.reply.citations if turn.reply else ():
            found[passage.doc_id] = passage
    return [passage.title for passage in found.values()][-SOURCES_MAX:]


def _short(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= LINE_CHARS_MAX else f"{line[:LINE_CHARS_MAX]}…"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def reminder(it: Handoff, id: str, why: str) -> Card:
    """Calls everybody below a card."""
    take = Button(action="claim", label="Claim", value=value(it), style="primary")
    return Card(
        id=id,
        heading=why,
        fields=(("Customer", it.name[:NAME_CHARS_MAX] or "unnamed"), ("Ticket", it.ticket or "none")),
        buttons=(take,) if it.state in WAITS else (),
        notify=True,
    )


# ---------------------------------------------------------------- approvals


_VERDICTS = {
    "pending": "waits for a decision",
    "approved": "approved",
    "executing": "approved, being done",
    "denied": "denied",
    "expired": "expired: nothing was done",
    "done": "approved and done",
    "failed": "approved, and failed: nothing was done",
    "unknown": "approved; nobody knows whether it was done",
}


def approval(it: Approval, *, when: datetime, until: datetime, decided: datetime, zone: str) -> Card:
    """Exactly what would be done, and who decides."""
    facts = [
        ("Reference", it.reference),
        ("Tool", it.tool),
        ("Customer", it.customer_id or "not known"),
        ("Identity", LEVELS[it.identity_level]),
        ("Asked", f"{when:%d %b %H:%M} {zone}"),
        ("State", verdict(it, decided)),
    ]
    open_ = it.state == "pending"
    if open_:
        facts.append(("Valid until", f"{until:%d %b %H:%M} {zone}"))
    what = it.title or f"a call of the tool {it.tool}"
    question = f"Approve {what}?"
    exact = json.dumps(dict(it.args), ensure_ascii=False, indent=2, sort_keys=True)
    buttons = (
        Button(action="approve", label="Approve", value=it.id, style="primary", confirm=question),
        Button(action="deny", label="Deny", value=it.id, style="danger"),
        Button(action="edit_approval", label="Edit and approve", value=it.id),
    )
    return Card(
        id=name("approval", it.id),
        heading=question if open_ else f"{what[:1].upper()}{what[1:]}",
        fields=tuple(facts),
        text=_fenced(exact),
        buttons=buttons if open_ else (),
        notify=open_,
    )


def verdict(it: Approval, decided: datetime) -> str:
    words = _VERDICTS[it.state]
    if it.decided_by and it.state != "pending":
        by = it.decided_by.name or it.decided_by.id
        words = f"{words} (by {by}, {decided:%d %b %H:%M}{', changed' if it.edited else ''})"
    return words


def _fenced(text: str) -> str:
    """In a fence longer than any in it."""
    cut = text if len(text) <= ARGS_CHARS_MAX else f"{text[:ARGS_CHARS_MAX]}\n… (shown in full in the form)"
    fence = "```"
    while fence in cut:
        fence += "`"
    return f"{fence}\n{cut}\n{fence}"


# ---------------------------------------------------------------- forms


def return_form(it: Handoff) -> Form:
    field = FormField(name="note", label="What the assistant should know", lines=FORM_LINES)
    return Form(name="return", value=value(it), title="Hand back", fields=(field,), submit="Hand back")


def snooze_form(it: Handoff, minutes: int) -> Form:
    field = FormField(name="minutes", label="For how many minutes", value=str(minutes))
    return Form(name="snooze", value=value(it), title="Snooze", fields=(field,), submit="Snooze")


def edit_form(it: Approval) -> Form:
    fields = tuple(
        FormField(name=key, label=key, value=arg if isinstance(arg, str) else json.dumps(arg, ensure_ascii=False))
        for key, arg in sorted(it.args.items())
    )
    return Form(name="edit_approval", value=it.id, title="Edit and approve", fields=fields, submit="Approve")


def suggestion_form(id: str, text: str) -> Form:
    field = FormField(name="text", label="Reply to the customer", value=text, lines=FORM_LINES)
    return Form(name="suggestion", value=id, title="Edit the reply", fields=(field,), submit="Send")


# ---------------------------------------------------------------- drafts and windows


def suggestion(id: str, text: str, became: str) -> Card:
    """What the assistant would write; not seen by the customer."""
    buttons = (
        Button(action="send", label="Send", value=id, style="primary"),
        Button(action="edit", label="Edit and send", value=id),
        Button(action="discard", label="Discard", value=id),
    )
    return Card(
        id=name("suggestion", id),
        heading="Suggested reply (the customer does not see it)",
        fields=(("State", became),) if became else (),
        text=_quoted(text),
        buttons=() if became else buttons,
    )


def window(it: Handoff, said: str) -> Card:
    """The customer's platform takes only a template now."""
    return Card(
        id=name("window", said),
        heading="Not delivered: too long since the customer wrote",
        text="The platform takes free words only for some time after the customer wrote. A template asks them to write"
        " again, and your message follows as soon as they do.",
        buttons=(Button(action="template", label="Send the template", value=said, style="primary"),),
    )
