"""What a tool is: a name, arguments, what it does, and what it takes to be allowed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, Literal, Protocol, TypeVar

from bridge.ports import Backend, Retriever, ToolSession
from bridge.tools.arguments import Arguments
from bridge.tools.settings import ToolsSettings
from bridge.types import Identity, IdentityLevel, Passage

A = TypeVar("A")


class Tier(StrEnum):
    """What a call takes to be allowed."""

    READ = "read"
    """Nothing, or the session's own customer."""
    LOW = "low"
    """A write for a customer we know."""
    HIGH = "high"
    """A write that a person approves first."""
    RESTRICTED = "restricted"
    """Nothing makes it allowed."""


_ORDER = (Tier.READ, Tier.LOW, Tier.HIGH, Tier.RESTRICTED)


def higher(one: Tier, other: Tier) -> Tier:
    """The one that takes more."""
    return max(one, other, key=_ORDER.index)


class Tickets(Protocol):
    """Opens tickets for people to look after."""

    async def open(self, session: ToolSession, *, reason: str, subject: str, text: str, key: str) -> str:
        """Keep a ticket and return its number; with the same `key` it is the same ticket.
        May raise LeaseLost, StoreUnavailable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext:
    """What a tool works with. Whom it acts for was found out by us."""

    identity: Identity
    language: str
    session: ToolSession
    settings: ToolsSettings
    key: str = ""
    """Of a write: the same key is the same write, also after a crash."""
    backend: Backend | None = None
    retriever: Retriever | None = None
    tickets: Tickets | None = None
    business: Mapping[str, Any] = field(default_factory=dict)
    """`time_zone` and `opening_hours`."""

    @property
    def customer_id(self) -> str:
        """Whose matters these are; the gateway lets no tool that has a subject run without."""
        return self.identity.customer_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a tool found or did."""

    data: Mapping[str, Any] | str
    """What the model is told: fields, or a sentence."""
    digest: str = ""
    """One line for later turns; no secrets."""
    passages: tuple[Passage, ...] = ()
    ends: Literal["", "person"] = ""
    """A person takes over."""
    does: tuple[str, ...] = ()
    """Promises that are true now, besides those of the tool."""


def _nothing(_: Any) -> str:
    return ""


def _no_amount(_: ToolsSettings) -> int:
    return 0


def _as_it_is(_: Any, __: ToolsSettings) -> Tier:
    return Tier.READ


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool(Generic[A]):
    """Something a model may have done."""

    name: str
    description: str
    arguments: Arguments[A]
    run: Callable[[A, ToolContext], Awaitable[Done]]
    """Does it. May raise ToolError (nothing was done), BackendError, LeaseLost, StoreUnavailable."""
    tier: Tier = Tier.READ
    """The least it takes, whatever the arguments."""
    raises: Callable[[A, ToolsSettings], Tier] = _as_it_is
    """What these arguments take; counts where that is more."""
    check: Callable[[A, ToolContext], Awaitable[Tier]] | None = None
    """Before a write is done or asked for: looks whether it could be, and what it takes as far as that shows only then;
    changes nothing. Raises what `run` does."""
    gives: Callable[[A], int] | None = None
    """What it gives away; amounts that the same customer was given without a person's approval count together."""
    gives_most: Callable[[ToolsSettings], int] = _no_amount
    """So much in all takes no person."""
    subject: bool = True
    """It concerns the session's own customer."""
    level: IdentityLevel = 1
    """The identity a write needs, unless the settings want more; a tool without a subject may need none."""
    needs: frozenset[str] = frozenset()
    """Operations of the backend; without them it is not offered."""
    label: str = ""
    """The phrase that says what is being done; "" for none."""
    about: Callable[[A], str] = _nothing
    """What stands behind the label: an order's number."""
    asks: Callable[[A, ToolsSettings], str] | None = None
    """What people are asked to approve, as it follows "Approve": "a discount of 12.50 GBP on order 1042"."""
    does: tuple[str, ...] = ()
    """Promises that are true once it is done, as the checks name them."""
    facts: tuple[str, ...] = ()
    """Fields of the result that a customer is shown when it was done after a person's approval: numbers, codes."""
    strict: bool = True
    """The provider is to hold the model to the schema; see ToolSpec."""
    again: bool = False
    """A write that is harmless when it is made twice: the same key leads to the same thing in our own store."""


AnyTool = Tool[Any]


def asked_for(tool: AnyTool, args: Any, settings: ToolsSettings) -> str:
    """What people at the desk decide about, in English as everything there."""
    return tool.asks(args, settings) if tool.asks else f"a call of the tool {tool.name}"


ToolList = Callable[[], Sequence[AnyTool]]
"""Tools as they are now: those of servers come and change."""
