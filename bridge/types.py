"""The vocabulary: the values that packages which may not import each other both name.

Everything here is frozen and knows nothing of platforms, stores or models.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, NewType

ConversationId = NewType("ConversationId", str)
TurnId = NewType("TurnId", str)


def new_id() -> str:
    """A random 128-bit id in 32 hexadecimal digits: not guessable, never reused."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a conversation lives. `key` and `hints` are opaque outside their own channel."""

    channel: str
    key: str
    hints: Mapping[str, str] = field(default_factory=dict)

    @property
    def conversation_id(self) -> ConversationId:
        return ConversationId(f"{self.channel}:{self.key}")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote, as the channel knows them."""

    id: str
    name: str = ""
    vouched: Mapping[str, str] = field(default_factory=dict)
    """What the channel itself vouches for, by kind: "phone" (+4479...), "email", "customer" (the business's own id).
    Never what somebody wrote."""
    shared: bool = False
    """Several people may write under this id, as those do who write in a group's name: nobody can be known by it."""


IdentityLevel = Literal[0, 1, 2]
"""0: anybody. 1: who the channel says they are. 2: confirmed by a code that was sent to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who is asking, as far as that is proven; never as a model or a message says."""

    level: IdentityLevel = 0
    customer_id: str = ""
    """Of the business's own records; "" when they know nobody like this."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message; `url` is the platform's own name for it, fetched only by the channel."""

    url: str
    media_type: str
    """As the platform says; what it is shows when it is read."""
    name: str = ""
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class File:
    """What an attachment held, for as long as its turn runs: it is stored nowhere."""

    name: str
    media_type: Literal["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"]
    """What it is, whatever it was called."""
    data: bytes = field(repr=False)
    pages: int = 0
    """Of a PDF, as far as it tells; 0 for a picture."""


@dataclass(frozen=True, slots=True)
class Unread:
    """An attachment that could not be read."""

    name: str
    why: Literal["kind", "size", "number", "gone", "voice"]
    """Of a kind nobody reads; too large; one too many; cannot be fetched; spoken, and nothing here listens."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody wrote where a question was asked, and not to us."""

    sender: Sender
    text: str


CONTACT = "identity:contact"
"""The notice of a message in which somebody shared what the channel now vouches for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One message from a person, the same shape on every channel."""

    event_id: str
    """The dedupe key: the platform's own id of the delivery, prefixed by the channel."""
    address: Address
    sender: Sender
    text: str
    received_at: datetime
    attachments: tuple[Attachment, ...] = ()
    retry_of: TurnId | None = None
    """Set when the person asks for the answer of an earlier turn again."""
    answer: str = ""
    """Set when the channel itself knows what to say, to a command such as /help: the brain is not asked."""
    begins: bool = False
    """A new conversation begins here: what was said before counts no more."""
    more_within_s: float = 0.0
    """More messages that belong to this one may follow within this time (an album): its turn waits so long."""
    overheard: tuple[Remark, ...] | None = None
    """What others wrote before it in the same thread, oldest first; None while nobody has looked."""
    notice: str = ""
    """Set when nobody wrote it: something happened that the conversation has to hear of, such as a decision about an
    approval. "kind:id", read by the desk. Its text, if any, was written by a colleague there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A chunk of a document, found for a question."""

    chunk_id: str
    doc_id: str
    """The document's path below the knowledge folder, with forward slashes."""
    title: str
    section: str
    """The heading path inside the document, joined by " > "; for a FAQ entry, the question."""
    url: str
    updated: str
    """ISO date."""
    language: str
    text: str
    kind: Literal["article", "faq"] = "article"
    score: float = 0.0
    """Raw cosine of question and chunk (0 to 1); comparable between questions."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one or more model calls, as the provider counted them."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    """Into the cache of five minutes."""
    cache_write_1h_tokens: int = 0

    @property
    def prompt_tokens(self) -> int:
        """Everything that was read, from wherever."""
        return self.input_tokens + self.cache_read_tokens + self.cache_write_tokens + self.cache_write_1h_tokens

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
            self.cache_write_1h_tokens + other.cache_write_1h_tokens,
        )


class Outcome(StrEnum):
    """How a turn ended."""

    ANSWERED = "answered"
    DEGRADED = "degraded"
    """Answered, by a lower rung of the cascade than the first."""
    UNKNOWN = "unknown"
    """Nothing in the knowledge base; said so and offered a person."""
    ESCALATED = "escalated"
    STOPPED = "stopped"
    """The person stopped it; what was shown stays."""
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    """The person took the question back before it was answered; nothing is shown."""
    RELAYED = "relayed"
    """Passed on between a customer and the people at the desk; nothing of ours is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What an epoch of a conversation began with."""

    summary: str = ""
    turns: tuple[TurnId, ...] = ()
    """Earlier turns that are told word for word, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What a tool was asked to do in a turn, and what came of it; kept with the turn."""

    tool: str
    outcome: Literal["done", "failed", "denied", "identity", "approval", "unknown"]
    """Done; failed safely; not allowed; only for somebody we know; waits for a person; nobody knows whether it was
    done."""
    digest: str = ""
    """One line of what it told, for later turns; no secrets."""
    does: tuple[str, ...] = ()
    """Kinds of promises that are true because it was done, as the checks name them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """How a reply came about, kept with its turn: what later turns build on, and the answer to "why?"."""

    category: str = ""
    routed_by: str = ""
    """What chose the category: rule, local, model, conversation or default."""
    confidence: float = 0.0
    tier: str = ""
    """The tier that was asked for; the model that answered is the reply's."""
    review: bool = False
    """A person should read this turn afterwards."""
    epoch: int = 0
    """From 1; 0 when no model was given the turn."""
    opening: Opening | None = None
    """Of the first turn of an epoch."""
    prompt_version: str = ""
    sent: tuple[Passage, ...] = ()
    """What went to the model along with the question, besides what it already had in this epoch."""
    facts: str = ""
    """What the model was told of this turn only."""
    subject: str = ""
    """The id of the earlier turn whose question this one leans on; "" when it stands by itself."""
    context: str = ""
    """The size of what went along: focused, extended, catalogue or full."""
    actions: tuple[Action, ...] = ()
    """What was done for the turn, in order."""
    summary: str = ""
    """Of everything before this turn; the next epoch begins with it."""
    cost_nano: int = 0
    """All model calls for the turn, in nano-dollars."""
    failed: tuple[str, ...] = ()
    """What was tried before, as "rung:error", and checks that drafts did not pass, as "check:name"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The final answer of a turn."""

    text: str
    """Canonical Markdown. `[1]` refers to `citations[0]`."""
    outcome: Outcome
    citations: tuple[Passage, ...] = ()
    rung: str = ""
    """The rung of the cascade that answered."""
    model: str = ""
    usage: Usage = Usage()
    escalation_reason: str = ""
    """Why a person is called."""
    ticket: str = ""
    """The number under which people find what is asked of them, as the customer was told it."""
    trace: Trace = Trace()


@dataclass(frozen=True, slots=True)
class Progress:
    """What is being done before or between text, in words for a person."""

    label: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More text of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class TextReset:
    """Forget the text so far: a fallback starts again."""


ReplyEvent = Progress | TextDelta | TextReset


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message we posted and may still edit."""

    address: Address
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The inbounds answered together, and their reply (None while not finished)."""

    id: TurnId
    conversation_id: ConversationId
    inbounds: tuple[Inbound, ...]
    reply: Reply | None = None
    messages: tuple[MessageRef, ...] = ()

    @property
    def address(self) -> Address:
        """Where the answer goes: the newest message's address carries the freshest hints."""
        return self.inbounds[-1].address

    @property
    def question(self) -> str:
        """Everything the person wrote, in order."""
        return "\n\n".join(inbound.text for inbound in self.inbounds if inbound.text and not inbound.notice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The latest finished turns at one address, oldest first."""

    id: ConversationId
    turns: tuple[Turn, ...] = ()


CITATION_MARK = re.compile(r"\[(\d{1,3})\]")
"""`[1]` in a reply's text: the first of its citations."""

_CODE_OR_MARK = re.compile(
    r"(?P<code>^ {0,3}(?P<fence>`{3,}|~{3,}).*?(?:^ {0,3}(?P=fence)|\Z)|`[^`\n]+`)| ?\[\d{1,3}\]",
    re.MULTILINE | re.DOTALL,
)


def without_marks(text: str) -> str:
    """An answer's text without its citation marks; `[1]` inside code is none and stays."""
    return _CODE_OR_MARK.sub(lambda match: match["code"] or "", text)
