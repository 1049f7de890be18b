"""The seams: what the core needs from channels, models, retrieval, embedders and stores, and the values only they use.

A method's docstring names the errors it may raise, and nothing else. Times are seconds.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from aiohttp.web import AbstractRouteDef, RequestKey
from numpy.typing import NDArray
from pydantic import SecretStr

from bridge.types import (
    Action,
    Address,
    Attachment,
    Conversation,
    ConversationId,
    File,
    Identity,
    Inbound,
    MessageRef,
    Outcome,
    Passage,
    Remark,
    Reply,
    ReplyEvent,
    Turn,
    TurnId,
    Unread,
    Usage,
)

# ---------------------------------------------------------------- channels


@dataclass(frozen=True, slots=True)
class Bucket:
    """A token bucket of a platform's quota: `capacity` tokens, `refill_per_s` coming back. In any window of W seconds
    at most capacity + W * refill_per_s tokens are spent, and so many calls arrive that were told to be under way,
    however long each of them takes."""

    key: str
    """As the platform keys its limit, the same for every conversation and process that shares it."""
    capacity: float
    refill_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one message at an address can carry, and how often it may change."""

    size_max: int
    size: Callable[[str], int] = len
    """How much of `size_max` a page of Markdown takes, in the platform's own unit, written in its dialect."""
    edit_interval_s: float = 0.5
    """Shortest time between the beginnings of two edits of a message, when nothing else is going on."""
    first_chars: int = 1
    """A first draft that is shorter waits for more, unless a sentence is complete ..."""
    first_wait_s: float = 0.0
    """... but not longer than this."""
    typing_s: float = 0.0
    """How often the typing status must be shown again while there is no text; 0: it stays."""
    post: tuple[Bucket, ...] = ()
    """What each post spends a token of."""
    edit: tuple[Bucket, ...] = ()
    """What each edit spends a token of."""
    sources_below: bool = False
    """True where sources have no place of their own: delivery writes them below the text."""
    disclosure_above: bool = False
    """True where people see nothing of the business before they write: what it says of itself stands above its first
    answer to a person."""
    bubbles_max: int = 1
    """Where messages cannot change: how many an answer may be sent in while it is written. A long one takes as many as
    it needs, at its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One platform message of a turn, as it should look right now. A long answer has several, each whole Markdown."""

    claim: "Claim"
    """The right under which it is shown. A channel whose platform is our own store checks it in the same write."""
    text: str
    """Markdown; of a draft (`final` is false) it may end anywhere, and the channel shows it healed."""
    number: int = 0
    """Its place among the messages of its turn, from 0."""
    last: bool = True
    """Nothing follows below it: here stand buttons, sources and notes."""
    final: bool = False
    outcome: Outcome | None = None
    citations: tuple[Passage, ...] = ()
    author: str = ""
    """The name of the person at the desk who wrote it; "" when it is ours."""
    rating: bool = False
    """It asks how it was: 1 to 5 may be offered to press. The answer comes as a message that is the digit alone."""
    identity: bool = False
    """It asks who the customer is: a channel may offer a way of its own to say so."""


Routes = Sequence[AbstractRouteDef]

ANSWER_HEADERS = RequestKey("answer_headers", dict[str, str])
"""Where a route puts headers that every answer to its request must carry, also a refusal."""

SENDER_ADDRESS = RequestKey("sender_address", str)
"""Where a route finds the network address of whoever sent the request, also when a proxy passed it on."""


class Channel(Protocol):
    """A messaging platform, as we speak it."""

    @property
    def name(self) -> str: ...

    def limits(self, to: Address) -> Limits:
        """What messages at an address can do."""

    def routes(self) -> Routes:
        """The HTTP routes it needs."""

    async def run(self) -> None:
        """What it does beside its routes (a socket, polling, a sweep), until cancelled: that is, until the server
        begins to shut down. One process of all that share a store does it at a time; the next begins where the last one
        was cut short. Returns when there is nothing to do. Fails only by mistake: it is begun again."""

    async def close(self) -> None:
        """Let go of what is open; the last call."""

    async def check(self) -> str:
        """Ask the platform who we are there: one line for the operator. May raise ChannelUnavailable, and Undeliverable
        with what is wrong and the fix."""

    async def typing(self, to: Address, claim: "Claim", label: str) -> None:
        """Show that an answer is being made. May raise ChannelError, StoreError; nobody minds when it is lost."""

    async def post(self, to: Address, page: Page) -> MessageRef:
        """Show a new message. May raise RateLimited, ChannelUnavailable, Unconfirmed, Undeliverable,
        StoreUnavailable."""

    async def find(self, to: Address, page: Page) -> MessageRef | None:
        """The message of this turn and page number that is there although its post was never confirmed; None when
        there is none or nobody can tell. May raise RateLimited, ChannelUnavailable, StoreUnavailable."""

    async def fetch(self, attachment: Attachment, to: Address, *, bytes_max: int) -> bytes:
        """What a file that came from this address holds. Reads no more than `bytes_max` + 1 bytes.
        May raise RateLimited, ChannelUnavailable, Undeliverable (it is not there, or not ours to read)."""


@runtime_checkable
class EditableChannel(Channel, Protocol):
    """A channel whose messages can change after they are posted."""

    async def edit(self, ref: MessageRef, page: Page) -> None:
        """Make the message show `page`. May raise RateLimited, ChannelUnavailable, MessageGone, Undeliverable,
        StoreUnavailable. Doing it twice is harmless, so an edit whose answer is lost counts as not done."""

    async def delete(self, ref: MessageRef) -> None:
        """Take the message away; harmless when it is gone. May raise RateLimited, ChannelUnavailable,
        StoreUnavailable."""


@runtime_checkable
class ListeningChannel(Channel, Protocol):
    """A channel where people also write to each other, and call us in between."""

    async def overheard(self, turn: Turn, earlier: Sequence[Turn]) -> Sequence[Remark]:
        """What others wrote before the newest message of `turn`, and after what was overheard in the `earlier` turns;
        oldest first, without what those turns hold. Within limits of its own. May raise ChannelError,
        StoreUnavailable."""


@runtime_checkable
class LearningChannel(Channel, Protocol):
    """A channel that has to find something out about its platform in every process, also where another one does what
    `run` does."""

    async def learn(self) -> None:
        """Find it out, however long that takes; harmless when it is known. Fails only by mistake."""


Receive = Callable[[Inbound], Awaitable["Accepted"]]
"""What a channel hands its messages to: returns once the message is stored. May raise StoreUnavailable."""

Stop = Callable[[TurnId], Awaitable[None]]
"""Asks a turn to stop generating; harmless when it is over. May raise StoreUnavailable."""

StopAll = Callable[[ConversationId], Awaitable[int]]
"""Stops every unfinished turn of a conversation; returns how many there were. May raise StoreUnavailable."""

Amend = Callable[[Inbound, bool], Awaitable[None]]
"""The person changed a message, or (True) took it back: the same `event_id` with its new text. Before its answer is
complete that answer is made anew, or not at all; afterwards nothing happens. Also when the message itself comes
later. May raise StoreUnavailable."""

Rate = Callable[[Turn, Literal["up", "down"], str], Awaitable[None]]
"""Keeps a thumb and a comment on a turn; sent again it is kept once. May raise StoreUnavailable."""

Say = Callable[[str, str], str]
"""A fixed sentence by its name in `[phrases]`, in the language of the text given with it."""

SendLater = Callable[[Turn, str, float], Awaitable[None]]
"""Puts a text (Markdown) for the address of a turn into the outbox, due in so many seconds: it is posted until it
lands, also after a restart. May raise StoreUnavailable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelContext:
    """What a channel is built with, besides its settings."""

    receive: Receive
    stop: Stop
    stop_all: StopAll
    amend: Amend
    rate: Rate
    say: Say
    is_stop: Callable[[str], bool]
    """True for a message that is nothing but the word stop."""
    is_help: Callable[[str], bool]
    """The same of the word help."""
    send_later: SendLater
    store: "Store"
    public_url: str
    """As the platforms see us, without a slash at the end."""
    origins: tuple[str, ...]
    """Origins that are our own."""
    secrets: Mapping[str, SecretStr]
    """The values of the channel's `SECRETS` that are set."""
    business: Mapping[str, Any]
    """How the business presents itself: name, disclosure, greeting, suggestions, link_hosts."""
    desk: "DeskEars | None" = None
    """Where the desk's room tells what people do there."""
    desk_channel: str = ""
    """Where on this platform the people at the desk are, as it names the place; "" when they are not here."""

    def welcome(self) -> str:
        """What a business says first, and that it is no person who says it."""
        greeting = self.business.get("greeting") or self.say("greeting", "")
        return "\n\n".join(words for words in (greeting, self.business.get("disclosure")) if words)


# ---------------------------------------------------------------- the brain and what it stands on


Emit = Callable[[ReplyEvent], None]


class Brain(Protocol):
    """Answers a turn."""

    async def answer(
        self,
        turn: Turn,
        conversation: Conversation,
        emit: Emit,
        files: Sequence[File | Unread] = (),
        *,
        claim: "Claim | None" = None,
    ) -> Reply:
        """Emit what is being done and said, and return the final reply. `files` came with the
        question; `claim` is the right under which tools act: without one none does. Expected failures of models,
        retrieval and tools never leave; when it returns or is cancelled nothing it started is still running.
        May raise LeaseLost."""


@runtime_checkable
class ActingBrain(Brain, Protocol):
    """A brain that has things done."""

    def acted(self, turn_id: TurnId) -> Sequence[Action]:
        """What was called for an answer that was cut off and is wanted no more; told once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """An earlier question with its answer, as it goes to a model again."""

    question: str
    answer: str
    passages: tuple[Passage, ...] = ()
    """What went along with the question; resent as it was, while its epoch lasts."""
    facts: str = ""
    """What was true of that turn only."""
    done: str = ""
    """What was looked up or done for the answer, in brief."""


@dataclass(slots=True)
class Bill:
    """What the model calls for one turn came to so far. Mutable: every call adds its own."""

    nano: int = 0
    """Nano-dollars."""
    usage: Usage = field(default_factory=Usage)

    def add(self, nano: int, usage: Usage) -> None:
        self.nano += nano
        self.usage += usage


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """A tool as a model is told of it: the same for everybody, whatever they may do with it."""

    name: str
    description: str
    schema: Mapping[str, Any]
    """JSON Schema of the arguments, closed (`additionalProperties: false`)."""
    reads: bool = True
    """It changes nothing."""
    strict: bool = True
    """The provider is to hold the model to the schema. Not for schemas that others write: those of one request share a
    limit, and a request beyond it is refused whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """What a model wants done. Nothing in it is to be believed."""

    id: str
    """The provider's; unique within the turn."""
    name: str
    args: Mapping[str, Any] | None
    """None when what it wrote is no JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What a model hears of a call."""

    call_id: str
    text: str
    """JSON or a sentence; safe to be told on."""
    failed: bool = False
    passages: tuple[Passage, ...] = ()
    """What a search found, instead of the text: a model may cite these."""
    action: Action | None = None
    """What is kept of it."""
    ends: Literal["", "person", "approval", "identity"] = ""
    """The turn is over: a person takes over; somebody has to approve; the customer has to prove who they are. No model
    is asked again."""
    reference: str = ""
    """With "approval": what the customer is told to call it by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRound:
    """One round of a tool loop: what the model said and called, and what it heard."""

    said: tuple[Mapping[str, Any], ...]
    """The blocks of its message as the provider sent them: they go back unchanged. Opaque to everyone else."""
    calls: tuple[ToolCall, ...]
    results: tuple[ToolResult, ...]
    """In the order of the calls."""


@dataclass(slots=True, kw_only=True)
class ToolSession:
    """For whom tools act, in one turn. Everything in it was found out by us. Mutable: keeps what was called."""

    claim: "Claim"
    conversation: Conversation
    language: str
    identity: Identity = field(default_factory=Identity)
    made: list[ToolCall] = field(default_factory=list)
    """Every call of the turn so far, also those that were not allowed, in order."""
    steps: dict[str, "Step"] = field(default_factory=dict)
    """What was written down of it since the claim, by key; the claim has what was there before."""


class Tools(Protocol):
    """What a model may have done. Who may do what is decided here, and nowhere else."""

    @property
    def specs(self) -> Sequence[ToolSpec]:
        """All of them, by name; the same in every request."""

    def label(self, call: ToolCall, language: str) -> str:
        """What is being done, for whoever waits: "Looking up order 1042"; "" for nothing to say."""

    async def run(self, calls: Sequence[ToolCall], session: "ToolSession") -> Sequence[ToolResult]:
        """Do one round of calls as far as they are allowed: those that only read side by side, the others one after the
        other. A result for each, in order. May raise LeaseLost, StoreUnavailable."""


@dataclass(frozen=True, slots=True)
class Spender:
    """On whose accounts a call to a model is put; ids, never names."""

    turn: str
    conversation: str
    user: str
    bill: Bill = field(default_factory=Bill)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """One question to a model."""

    system: str
    summary: str = ""
    """Of what was said before `history`."""
    history: tuple[Exchange, ...] = ()
    """Oldest first."""
    question: str
    passages: tuple[Passage, ...] = ()
    """What goes along with the question, besides those of the history."""
    facts: str = ""
    """What is true of this turn only: date, channel, language."""
    files: tuple[File, ...] = ()
    """What the person sent along."""
    tools: tuple[ToolSpec, ...] = ()
    """Sorted by name, the same for everybody."""
    rounds: tuple[ToolRound, ...] = ()
    """What was called for this question so far, and what came of it."""
    written: str = ""
    """The beginning of an answer that hit the output limit: only the rest is wanted."""
    schema: Mapping[str, Any] | None = None
    """The JSON Schema of the answer; None for an answer in words."""
    output_tokens_max: int | None = None
    """The longest visible answer, when it must be shorter than the tier's own limit."""
    roomier: bool = False
    """Thinking took all of the output before: the model gets twice as much."""
    spender: Spender | None = None
    first_text_by: float | None = None
    """The event loop's time after which nobody waits for the first word any more."""
    follow_up_likely: bool = False
    """Another request with this beginning is likely within minutes, so that caching all of it pays."""

    @property
    def sources(self) -> tuple[Passage, ...]:
        """Every passage of the request, in the order in which it is sent; citations count them so."""
        before = (passage for exchange in self.history for passage in exchange.passages)
        found = (passage for each in self.rounds for result in each.results for passage in result.passages)
        return (*before, *self.passages, *found)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReply:
    """How a model's answer ended; the answer itself went to the writer."""

    model: str
    usage: Usage
    truncated: bool = False
    """The answer hit the output limit."""
    calls: tuple[ToolCall, ...] = ()
    """What it wants done before it goes on; only when that is how it stopped."""
    said: tuple[Mapping[str, Any], ...] = ()
    """With `calls`: the blocks of its message, see ToolRound."""


class Writer(Protocol):
    """Takes an answer down while a model gives it. May refuse to go on: what it raises leaves `complete`."""

    def write(self, text: str) -> None:
        """More text."""

    def cite(self, passages: Sequence[Passage]) -> None:
        """A block ends here: what was written since the last one rests on these passages, or on none."""


class Model(Protocol):
    """A language model."""

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        """Answer, block by block, as it comes. May raise any ModelError, also after something was written."""


class Identities(Protocol):
    """Knows who is asking."""

    async def of(self, turn: Turn) -> Identity:
        """Who wrote the newest message, as far as that is proven. A customer that cannot be looked up now is not known.
        May raise StoreUnavailable."""


class Backend(Protocol):
    """The business's own system: customers, orders, products, subscriptions, appointments."""

    @property
    def operations(self) -> frozenset[str]:
        """Names of what it can do, as in `bridge.backends.operations`."""

    async def call(self, operation: str, args: Mapping[str, Any], *, key: str = "") -> Mapping[str, Any]:
        """Do one operation. `args` are checked by its own type; "customer_id" in them is whom the session proves.
        With the same `key` a writing one is done once, where the system can tell. May raise BackendError."""

    async def check(self) -> str:
        """Ask it whether it is there: one line for the operator. May raise BackendError, with the fix."""

    async def aclose(self) -> None:
        """Let go of what is open."""


class Transcriber(Protocol):
    """Writes down what is said in a recording."""

    async def transcribe(self, data: bytes, media_type: str, name: str) -> str:
        """What is said. May raise ModelError."""


class Retriever(Protocol):
    """Finds what the knowledge base says."""

    async def search(self, query: str, limit: int, under: Sequence[str] = ()) -> Sequence[Passage]:
        """The passages that matter for the query: the best of each document, best first, then more of the same
        documents; empty when nothing in the knowledge base is near enough. With `under`, only of documents whose path
        matches one of these patterns: `*` is any part of a name, `**` any folders. Takes any text."""

    async def whole(self, passages: Sequence[Passage], chunks_max: int) -> Sequence[Passage]:
        """The documents that these passages (best first) are from, with all they say, each in its own order: at most
        `chunks_max` chunks, the passages themselves and then what stands nearest to them in the best documents."""

    def current(self, passage: Passage) -> bool:
        """The knowledge base still says exactly this, below the same title and address."""


Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors."""

    @property
    def id(self) -> str:
        """Names model and version: vectors of different ids are never compared."""

    @property
    def dimensions(self) -> int: ...

    async def embed(self, texts: Sequence[str], kind: Literal["query", "document"]) -> Vectors:
        """Unit rows of shape (len(texts), dimensions); an empty text gives a row of zeros, never NaN.
        May raise EmbedderError."""

    def coverage(self, text: str) -> float:
        """The share (0 to 1) of the text's tokens that the model knows; low means its vector is noise."""


# ---------------------------------------------------------------- the desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """Something that people at the desk can press. Its value names a record, and nothing else."""

    action: str
    label: str
    value: str
    style: Literal["", "primary", "danger"] = ""
    confirm: str = ""
    """Asked before it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A message to the people at the desk; a view of a record, never the record itself."""

    id: str
    """Names it on the platform, so that it is found again."""
    heading: str
    fields: tuple[tuple[str, str], ...] = ()
    """Short facts: a label and its value, plain text."""
    text: str = ""
    """Markdown; what customers and models wrote in it is quoted, never live."""
    buttons: tuple[Button, ...] = ()
    notify: bool = False
    """Call everybody who is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    name: str
    label: str
    value: str = ""
    lines: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Asks one person at the desk for something."""

    name: str
    value: str
    """Names a record; comes back with what was filled in."""
    title: str
    fields: tuple[FormField, ...]
    submit: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody at the desk, as the platform's signature proves them."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """Somebody at the desk pressed a button."""

    action: str
    value: str
    by: Colleague
    at: MessageRef
    """The message that the button is on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Somebody at the desk filled in a form."""

    form: str
    value: str
    by: Colleague
    fields: Mapping[str, str]


Mark = Literal["pending", "delivered", "failed"]


class DeskEars(Protocol):
    """What the desk's room tells the desk. What people write in a thread comes as an Inbound like everything else."""

    async def clicked(self, click: Click) -> Form | str | None:
        """A form to be opened, or words for whoever clicked alone. On return it is decided and stored.
        May raise StoreUnavailable."""

    async def submitted(self, submission: Submission) -> Mapping[str, str]:
        """What is wrong, by field; empty when it is stored. May raise StoreUnavailable."""

    async def command(self, text: str, by: Colleague) -> str:
        """Answers `/bridge ...`, in Markdown. May raise StoreUnavailable."""

    async def changed(self, inbound: Inbound, deleted: bool) -> None:
        """Somebody at the desk changed a message that was relayed, or took it away. May raise StoreUnavailable."""

    async def writing(self, thread: Address) -> None:
        """Somebody at the desk is writing there. Nobody minds when it is lost."""


@runtime_checkable
class DeskRoom(Channel, Protocol):
    """A channel in which the people at the desk can be reached. All may raise ChannelError, StoreUnavailable.

    The address of a card on its own is that of the thread below it. What people write there comes as Inbounds with that
    address; `hints["message"]` is the `message_id` of their message, `hints["called"]` is "1" when they called us by
    name in it, and `sender.name` is theirs."""

    async def is_desk(self, address: Address) -> bool:
        """Whether people of the desk write at this address."""

    async def show_card(self, card: Card, *, below: MessageRef | None, ref: MessageRef | None) -> MessageRef:
        """Post a card, below another message or on its own; or, with `ref`, make that message show it. One that was
        posted without anybody hearing of it is found again by its id."""

    async def add_note(
        self, below: MessageRef, id: str, text: str, author: str, files: Sequence["OutFile"]
    ) -> MessageRef:
        """Write below a card: what a customer says (`author` is their name), or what is to be known (""). Once for
        each id."""

    async def set_mark(self, message: MessageRef, mark: Mark, why: str = "") -> None:
        """Show at somebody's message what became of it."""

    async def link(self, message: MessageRef) -> str:
        """A link to a message, "" when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutFile:
    """A file that goes to somebody."""

    name: str
    media_type: str
    """What it is by its first bytes; application/octet-stream when that is nothing we know."""
    data: bytes = field(repr=False)


@runtime_checkable
class RelayingChannel(Channel, Protocol):
    """A channel on which people wait for an answer to each message, until they are told otherwise."""

    async def relayed(self, to: Address, claim: "Claim") -> None:
        """The turn was passed on to people: nothing of ours follows. May raise what `typing` may."""


@runtime_checkable
class KnockingChannel(Channel, Protocol):
    """A channel where `post` may raise WindowClosed for what a colleague wrote."""

    async def knock(self, to: Address, page: Page) -> MessageRef:
        """Send what the platform takes at any time, a template, and keep the page until the person writes again. May
        raise what `post` may."""


@runtime_checkable
class FileChannel(Channel, Protocol):
    """A channel that can show files of ours."""

    async def post_file(self, to: Address, page: Page, file: OutFile) -> MessageRef:
        """Show a file, with the page's text as its caption. May raise what `post` may."""


class Gate(Protocol):
    """Sees every turn before the brain does. It may be asked again about a turn that was cut short."""

    async def admits(self, claim: "Claim", turn: Turn, conversation: Conversation) -> Turn | Reply:
        """A reply ends the turn. A turn is how everybody sees it from now on, the store too: with something removed;
        with messages that have their `answer`, which is said above the brain's, or alone when all have one; or with its
        `reply`, which ends it. May raise LeaseLost, StoreUnavailable."""


class Desk(Gate, Protocol):
    """People who answer, beside the brain."""

    async def called(self, claim: "Claim", turn: Turn, reply: Reply) -> None:
        """A reply calls people: keep its ticket, the handoff and the card, all or none, and once.
        May raise LeaseLost, StoreUnavailable."""


class Carrier(Protocol):
    """Brings parcels of one kind where they belong. `body` is a parcel's own, read."""

    async def carry(self, parcel: "Parcel", body: Mapping[str, Any]) -> None:
        """One try; `attempts` above 1 says that an earlier one may have worked. May raise StoreUnavailable and
        ChannelError: what is RateLimited, ChannelUnavailable or Unconfirmed is tried again, anything else given up."""

    async def gave_up(self, parcel: "Parcel", body: Mapping[str, Any], why: str) -> None:
        """Nobody tries it again. May raise StoreUnavailable."""


# ---------------------------------------------------------------- approvals


ApprovalState = Literal["pending", "approved", "denied", "expired", "executing", "done", "failed", "unknown"]
"""Pending until somebody decides or its time is over; approved until it is carried out, which is once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Something that a tool would do once a person has said yes."""

    id: str
    """128 random bits: all that a button carries."""
    reference: str
    """What the customer is told, and people call it by."""
    conversation_id: ConversationId
    turn_id: TurnId
    address: Address
    """The customer's."""
    language: str
    tool: str
    title: str
    """What would be done, as it follows "Approve": "a return from order 1042"."""
    args: Mapping[str, Any]
    """Exactly what would be done; shown in full."""
    digest: str
    """SHA-256 of tool, arguments and customer."""
    customer_id: str
    identity_level: int
    requesters: tuple[str, ...]
    """Ids of those who asked for it: none of them may approve it."""
    asked_at: float
    """Wall-clock seconds, as all times here."""
    expires_at: float
    state: ApprovalState = "pending"
    decided_by: Colleague | None = None
    decided_at: float = 0.0
    edited: bool = False
    """What was approved is not what was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What became of a click on an approval."""

    approval: Approval | None
    """As it is now; None when there is none."""
    counts: bool
    """This click decided it: the conversation has to hear of it."""
    why_not: Literal["", "missing", "decided", "expired", "stranger", "requester", "invalid"] = ""
    problems: Mapping[str, str] = field(default_factory=dict)
    """With "invalid": what is wrong, by argument."""


ApprovalCards = Callable[[Approval], Sequence["Parcel"]]
"""What shows an approval to the people who may decide: put into the outbox with it. Without anything nobody could
decide, and a person is called instead."""


class Approvals(Protocol):
    """What waits for a person's yes. Nothing but a click of somebody who may approve decides, the first one for good;
    what was approved is done exactly so, once."""

    async def load(self, id: str) -> Approval | None:
        """As it is now. May raise StoreUnavailable."""

    async def decide(
        self, id: str, by: Colleague, verdict: Literal["approve", "deny"], args: Mapping[str, str] | None = None
    ) -> Decision:
        """Decide, once. `args` are other arguments to approve, as somebody filled them in: what is not text is written
        as JSON; one that is left out stays as it was. On return it is stored, and `due` tells of it until it is
        carried out. May raise StoreUnavailable."""

    async def due(self) -> Sequence[Approval]:
        """Those that a conversation has not heard of: decided, or just expired. Handed out again after a while, until
        `carry_out` was asked. May raise StoreUnavailable."""

    async def carry_out(self, claim: "Claim", id: str) -> Reply:
        """Do what was approved, and what the customer is told of it, also when it was denied or came too late. Its
        ticket, when there is one, must be opened. Outcome RELAYED: there is nothing to tell.
        May raise LeaseLost, StoreUnavailable."""


# ---------------------------------------------------------------- the store


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receipt of a stored message."""

    turn_id: TurnId
    """The turn that will answer it; the same when the same message comes again."""
    fresh: bool
    """False when the message was already here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a turn, written down before (`intent`) and after (`done`) it happens, so that a turn cut short
    goes on where it was. A step is identified by its `key` within the turn; writing it again replaces it."""

    key: str
    kind: Literal["reply", "post", "model", "tool"]
    state: Literal["intent", "done", "unknown"]
    result: str = ""
    """JSON, by kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to work on the oldest unfinished turn of a conversation, until the lease runs out."""

    turn: Turn
    fence: int
    """Rises with every claim of a conversation; a store refuses writes with an older number."""
    attempts: int
    """How often this turn was begun, this time included."""
    steps: Mapping[str, Step] = field(default_factory=dict)
    """What earlier attempts wrote down, by key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A text that must still land after its turn has ended."""

    id: str
    conversation_id: ConversationId
    body: str
    """JSON. Its "kind" says who carries it; what has none is a text for where a turn was answered."""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a log; ids rise by one within a log, from 1."""

    id: int
    body: str


@dataclass(frozen=True, slots=True)
class Gauges:
    """How full the store is."""

    turns_waiting: int
    turns_running: int
    oldest_waiting_s: float
    parcels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A small document that changes: a handoff, an approval, a ticket, a code that was sent. Each kind has one writer
    in the code, which alone reads its `body`."""

    kind: str
    id: str
    body: str
    """JSON."""
    version: int = 0
    """As it was read; 0 for one that is not there yet."""
    open: bool = True
    """`open_records` lists it."""
    due_at: float | None = None
    """Wall-clock seconds: from then on `due_records` hands it out."""
    forget_at: float | None = None
    """Wall-clock seconds: from then on it is not there any more."""


CHANGES_MAX = 20
"""Tries at a change of a record while others change the same."""


class Records(Protocol):
    """Small documents, changed by whoever read the newest version."""

    async def load_record(self, kind: str, id: str) -> Record | None:
        """As it is now. May raise StoreUnavailable."""

    async def save_records(self, *records: Record, parcels: Sequence[Parcel] = (), claim: Claim | None = None) -> bool:
        """Save records and enqueue parcels, all or none: each record only if its `version` is still the one that is
        stored (0: there is none), which rises by one. False: somebody else was faster, and nothing was written. With a
        `claim`, only its owner may. Parcels with an id that is there already are kept once.
        May raise LeaseLost, StoreUnavailable."""

    async def open_records(self, kind: str, *, limit: int) -> Sequence[Record]:
        """Those that are open, oldest first. May raise StoreUnavailable."""

    async def due_records(self, kind: str, *, limit: int) -> Sequence[Record]:
        """Those whose time has come, the longest due first; they are handed out until somebody saves them with another
        `due_at`. May raise StoreUnavailable."""


class Inbox(Protocol):
    """Messages in, turns out: one mailbox per conversation, one owner at a time.

    A turn is formed while it waits: messages of a conversation join its newest turn until that is claimed (or
    holds `inbounds_max`); then a new one begins. A claimed turn keeps its messages whatever happens.
    """

    async def accept(self, inbound: Inbound) -> Accepted:
        """Keep the message for good, once: on return it survives a crash. The same `event_id` again, also after
        its turn has ended, changes nothing. May raise StoreUnavailable."""

    async def claim(self, *, lease_s: float, wait_s: float) -> Claim | None:
        """Take the oldest unfinished turn of the conversation that has waited longest and that nobody owns;
        wait up to `wait_s` for one. May raise StoreUnavailable."""

    async def renew(self, claim: Claim, *, lease_s: float) -> None:
        """Keep the claim for another `lease_s`; also the check before an effect outside the store.
        May raise LeaseLost, StoreUnavailable."""

    async def record(self, claim: Claim, step: Step) -> None:
        """Write a step of the turn down. May raise LeaseLost, StoreUnavailable."""

    async def finish(self, claim: Claim, turn: Turn) -> None:
        """Close the turn and its inbounds, keep `turn` in the conversation, forget its steps and give the
        conversation back, all or nothing. May raise LeaseLost, StoreUnavailable."""

    async def park(self, claim: Claim, *, delay_s: float, blame: bool = True) -> None:
        """Give the conversation back unfinished; nobody gets it before `delay_s` is over. With `blame=False` the
        attempt does not count. May raise LeaseLost, StoreUnavailable."""


class Conversations(Protocol):
    """What was said."""

    async def conversation(self, conversation_id: ConversationId, *, turns_max: int) -> Conversation:
        """The newest `turns_max` finished turns, oldest first. May raise StoreUnavailable."""

    async def turn(self, turn_id: TurnId) -> Turn | None:
        """One turn in any state. May raise StoreUnavailable."""

    async def unfinished(self, conversation_id: ConversationId) -> Sequence[TurnId]:
        """Its turns that have not ended, oldest first. May raise StoreUnavailable."""


class Outbox(Protocol):
    """Parcels in order: within a conversation the next is handed out only when the one before it is settled."""

    async def enqueue(self, *parcels: Parcel, delay_s: float = 0.0) -> None:
        """Keep parcels, all or none, due in `delay_s`; those with the same id are kept once.
        May raise StoreUnavailable."""

    async def take(self, *, lease_s: float, limit: int) -> Sequence[Parcel]:
        """Parcels that are due, each for `lease_s`. `attempts` counts this one. May raise StoreUnavailable."""

    async def settle(self, parcel: Parcel, *, retry_in_s: float | None) -> None:
        """It landed (None), or is due again in `retry_in_s`. May raise StoreUnavailable."""


class Quotas(Protocol):
    """Shared platform limits. All waiting times are those until it would work if nobody else took anything."""

    async def spend(
        self, bucket: Bucket, *, tokens: float = 1.0, reserve: float = 0.0, holder: str = "", call_s: float = 0.0
    ) -> float:
        """Take tokens if at least `reserve` are left afterwards, besides those that others hold, and return 0; else
        take nothing and return the seconds until it would work. A `holder` with a place takes it: only what was held
        before it comes first, and the place is given up with the token. With `call_s` a call is under way from now
        until `ended`, or for so long: until then the bucket fills to one token less. May raise StoreUnavailable."""

    async def ended(self, bucket: Bucket) -> None:
        """A call that was under way has ended; harmless when none is. May raise StoreUnavailable."""

    async def hold(self, bucket: Bucket, holder: str, *, ttl_s: float, reserve: float | None = None) -> float:
        """Set one token aside for `holder`, for at most `ttl_s`, in the order of asking: 0 when done. With a `reserve`
        only if that much is left besides (else the seconds until it would work); without one also in advance, as a
        place in the queue. Holding again prolongs. May raise StoreUnavailable."""

    async def release(self, bucket: Bucket, holder: str) -> None:
        """Give a place up; harmless without one. May raise StoreUnavailable."""

    async def pause(self, bucket: Bucket, wait_s: float) -> None:
        """The platform says to wait: nobody gets a token for `wait_s`, also after a restart.
        May raise StoreUnavailable."""


class KeyValue(Protocol):
    """Small values by key, with expiry."""

    async def put(self, key: str, value: str, *, ttl_s: float | None = None, if_absent: bool = False) -> bool:
        """Keep a value; with `if_absent` only when there is none. True when kept. May raise StoreUnavailable."""

    async def get(self, key: str) -> str | None:
        """The value, None when there is none or it has expired. May raise StoreUnavailable."""

    async def delete(self, key: str) -> bool:
        """True when there was a value. May raise StoreUnavailable."""


@dataclass(frozen=True, slots=True)
class Cap:
    """The limit of one account. Amounts are nano-dollars (a billionth)."""

    account: str
    """Whose money and when, such as "day:2026-11-22"."""
    limit: int
    ttl_s: float
    """How long after the end of its newest lease the account is remembered."""


class Ledger(Protocol):
    """Money in integers: set aside before it is spent, booked when the bill is known. Times are the wall clock's, so
    that accounts and leases outlive a crash."""

    async def set_aside(self, reservation: str, amount: int, caps: Sequence[Cap], *, lease_s: float) -> Cap | None:
        """Set `amount` aside in every account, each named once, or in none: then the first cap without room is
        returned. What is not booked within `lease_s` counts as spent. A reservation that is still open is not made
        again. May raise StoreUnavailable."""

    async def book(self, reservation: str, amount: int) -> None:
        """Book what it really cost, also when that is more, and give the rest back; once. Harmless when there is no
        such reservation, or its lease has ended. May raise StoreUnavailable."""

    async def booked(self, accounts: Sequence[str]) -> Sequence[int]:
        """What is booked or set aside, account by account; 0 in one that nobody knows. May raise StoreUnavailable."""


class Log(Protocol):
    """Append-only logs by name, readable by cursor from every process."""

    async def append(self, log: str, *bodies: str, key: str | None = None, claim: Claim | None = None) -> int:
        """Add entries, all or none, and return the id of the last once they are durable. While an entry added
        with `key` is kept, nothing is added and its id is returned. With a `claim`, only its owner may
        write. Logs keep their newest `entries_max`. May raise LeaseLost, StoreUnavailable."""

    async def read(self, log: str, *, after: int, limit: int, wait_s: float = 0.0) -> Sequence[Entry]:
        """Entries with ids above `after`, in order; when there are none, wait up to `wait_s` for one.
        May raise StoreUnavailable."""


class Store(Inbox, Conversations, Outbox, Quotas, KeyValue, Ledger, Log, Records, Protocol):
    """Everything that must outlive a crash. The contract suite is the specification."""

    async def gauges(self) -> Gauges:
        """May raise StoreUnavailable."""

    async def check(self) -> None:
        """Write and read something. May raise StoreUnavailable."""
