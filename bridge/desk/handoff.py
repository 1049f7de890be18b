"""A conversation at the desk: what state it is in, and what may happen to it. Pure; `now` is the wall clock.

    (bot) -> pending -> human -> bot | closed         bot | closed -> pending (called again) | human (taken back)
                pending -> callback -> human          nobody came: the bot answers again, people still owe something

While it is pending or human the bot is silent. Each change is made by a function here and saved by compare-and-set:
of two people who do something at the same time, one does, and the other is told so.
"""

from dataclasses import dataclass, replace
from typing import Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from bridge.desk.settings import DeskSettings
from bridge.ports import Colleague, Record
from bridge.types import Address, ConversationId, MessageRef

KIND = "handoff"
"""Of the records; their id is the conversation's."""
KEPT_S = 90 * 24 * 3600.0
"""For so long a conversation that is over can be taken back from its card."""
REASONS_MAX = 12
CHECK_S = 15 * 60.0
"""How often it is looked whether people are back, while a callback is owed."""

State = Literal["pending", "human", "callback", "bot", "closed"]
Rating = Literal["", "asked", "1", "2", "3", "4", "5"]
SILENT = ("pending", "human")
"""In these the bot does not answer."""
WAITS = ("pending", "callback")
"""In these nobody at the desk has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """What is known of a conversation at the desk. It is found by its conversation."""

    conversation_id: ConversationId
    customer: Address
    """As their newest message had it."""
    name: str
    """Theirs, as their platform tells it."""
    language: str
    state: State
    number: int
    """How many cases this conversation had, with this one: a case has one card, and one thread."""
    reasons: tuple[str, ...]
    """Why people were called, each once."""
    ticket: str
    turn_id: str
    """The turn that called people last: whoever does it again after a crash finds it done."""
    opened_at: float
    waits_since: float
    """Since when it is pending; kept until somebody comes."""
    called_at: float
    """When the desk was last called."""
    customer_at: float
    """When the customer last wrote."""
    level: int = 0
    """Of the customer's identity, when people were called."""
    customer_id: str = ""
    category: str = ""
    """What the question was about, as it was routed."""
    mood: str = ""
    """What the words show of it, by rule."""
    tried: tuple[str, ...] = ()
    """Rungs that failed and tools that were called."""
    colleague: Colleague | None = None
    """Who has it, or had it last."""
    colleague_at: float = 0.0
    """When anybody at the desk last did something with it."""
    told: int = 0
    """How far its waiting has got: 1 once the customer was told that it takes longer."""
    reminded: bool = False
    """The desk was reminded since the customer last wrote, or of the callback since people are back."""
    snoozed_until: float | None = None
    relayed: str = ""
    """The newest turn of the customer's that was passed on."""
    heard: str = ""
    """The newest turn of the desk's thread that was passed on."""
    news: int = 0
    """What the conversation was told of, counted: each is told once."""
    card: MessageRef | None = None
    """Where its card is; None until it is there."""
    rating: Rating = ""
    """How the customer says it was; asked when it was closed."""

    @property
    def silent(self) -> bool:
        return self.state in SILENT

    @property
    def active(self) -> bool:
        """What the customer writes goes to the desk."""
        return self.state in (*SILENT, "callback")

    @property
    def snoozed(self) -> bool:
        return self.snoozed_until is not None


_HANDOFF = TypeAdapter[Handoff | None](Handoff | None, config=ConfigDict(hide_input_in_errors=True))
"""A choice, because a dataclass alone takes no configuration."""


def read(record: Record) -> Handoff | None:
    """None when the record is damaged."""
    try:
        return _HANDOFF.validate_json(record.body)
    except ValidationError:
        return None


def record(handoff: Handoff, settings: DeskSettings, *, version: int) -> Record:
    """The record that holds it, read with this version."""
    over = not handoff.active
    newest = max(handoff.opened_at, handoff.customer_at, handoff.colleague_at)
    return Record(
        kind=KIND,
        id=handoff.conversation_id,
        body=_HANDOFF.dump_json(handoff).decode(),
        version=version,
        open=not over,
        due_at=due_at(handoff, settings),
        # A callback that nobody cared for is not kept for ever either: its ticket is.
        forget_at=newest + KEPT_S if over or handoff.state == "callback" else None,
    )


def due_at(handoff: Handoff, settings: DeskSettings) -> float | None:
    """When something has to happen by itself; None for never."""
    times = _times(handoff, settings)
    return min(times.values()) if times else None


Due = Literal["told", "callback", "back", "reminder", "idle", "awake"]
"""What a time brings: the customer is told that it takes longer; is offered a callback; people are back and are told
whom they owe one; a customer waits for the one who has it; nobody has written for long; it was snoozed until now."""


def _times(handoff: Handoff, settings: DeskSettings) -> dict[Due, float]:
    """What comes by itself, and when. A snooze spares the desk, never the customer."""
    times: dict[Due, float] = {}
    if handoff.snoozed_until is not None and handoff.active:
        times["awake"] = handoff.snoozed_until
    if handoff.state == "pending" and not handoff.told:
        times["told"] = handoff.waits_since + settings.wait_s
    elif handoff.state == "pending":
        times["callback"] = handoff.waits_since + settings.callback_s
    elif handoff.state == "callback" and not handoff.reminded and not handoff.snoozed:
        times["back"] = handoff.called_at + CHECK_S
    elif handoff.state == "human":
        times["idle"] = max(handoff.customer_at, handoff.colleague_at) + settings.idle_s
        if handoff.customer_at > handoff.colleague_at and not handoff.reminded and not handoff.snoozed:
            times["reminder"] = handoff.customer_at + settings.reminder_s
    return times


# ---------------------------------------------------------------- what happens to it


def called_again(handoff: Handoff, *, reason: str, ticket: str, turn_id: str, now: float) -> Handoff:
    """People are called once more. A case that was closed is a new one; every other goes on in its thread."""
    reasons = handoff.reasons if handoff.state != "closed" else ()
    known = reasons if reason in reasons or not reason else (*reasons, reason)[-REASONS_MAX:]
    again = replace(
        handoff,
        reasons=known,
        ticket=ticket or handoff.ticket,
        turn_id=turn_id,
        customer_at=now,
        called_at=now,
        snoozed_until=None,
        reminded=False,
    )
    if handoff.state in SILENT:
        return again
    again = replace(again, state="pending", waits_since=now, told=0)
    if handoff.active:
        return again
    again = replace(again, opened_at=now, colleague=None)
    return replace(again, number=handoff.number + 1, card=None, rating="") if handoff.state == "closed" else again


def customer_wrote(handoff: Handoff, *, customer: Address, turn_id: str, now: float) -> Handoff:
    """What the customer wrote is passed on."""
    waits = handoff.customer_at > handoff.colleague_at
    return replace(
        handoff,
        customer=customer,
        relayed=turn_id,
        # Since when they wait counts, not when they last said so.
        customer_at=handoff.customer_at if waits and handoff.state == "human" else now,
        reminded=handoff.reminded if waits or handoff.state == "callback" else False,
    )


def taken(handoff: Handoff, by: Colleague, *, now: float, over: bool = False) -> Handoff | None:
    """Somebody takes it; None when somebody else has it, and it is not taken over on purpose."""
    if handoff.state == "human" and not over:
        return None
    return replace(handoff, state="human", colleague=by, colleague_at=now, snoozed_until=None, reminded=False)


def colleague_wrote(handoff: Handoff, by: Colleague, *, now: float) -> Handoff | None:
    """What a colleague wrote goes to the customer. Whoever writes while nobody has it, takes it. None when the bot
    has it, or it is closed: nobody takes a conversation without meaning to."""
    if not handoff.active:
        return None
    if handoff.state != "human":
        return taken(handoff, by, now=now)
    return replace(handoff, colleague_at=now, reminded=False, snoozed_until=None)


def returned(handoff: Handoff, by: Colleague | None, *, now: float) -> Handoff | None:
    """The bot has it again; None when it has it already."""
    if not handoff.active:
        return None
    return replace(handoff, state="bot", colleague=by or handoff.colleague, colleague_at=now, snoozed_until=None)


def closed(handoff: Handoff, by: Colleague, *, now: float) -> Handoff | None:
    """It is over; None when it is already."""
    if handoff.state == "closed":
        return None
    return replace(handoff, state="closed", colleague=by, colleague_at=now, snoozed_until=None)


def snoozed(handoff: Handoff, by: Colleague, *, until: float, now: float) -> Handoff | None:
    """Nobody is reminded before `until`; None when there is nothing to be reminded of."""
    return replace(handoff, snoozed_until=until, colleague_at=now) if handoff.active else None


def came_due(handoff: Handoff, settings: DeskSettings, *, now: float, there: bool | None) -> tuple[Handoff, Due | None]:
    """What has to happen by now, and how it stands then; `there` says whether people are there by the opening hours,
    None when nobody knows."""
    times = _times(handoff, settings)
    due = min((what for what in times if times[what] <= now), key=lambda what: times[what], default=None)
    if due == "told" and there is False:
        due = "callback"  # nobody will come before they are back
    if due is None or (due == "back" and there is False):
        return replace(handoff, called_at=now) if due else handoff, None
    called = replace(handoff, called_at=now)
    return {
        "told": replace(called, told=1),
        "callback": replace(called, state="callback", told=2, reminded=False),
        "back": replace(called, reminded=True),
        "reminder": replace(called, reminded=True),
        "idle": replace(handoff, state="bot", snoozed_until=None),
        "awake": replace(called, snoozed_until=None),
    }[due], due
