"""The error tree: one class per decision that some handler takes.

    BridgeError
    ├─ ConfigError               cli prints every problem, exit 2
    │  └─ StoreTaken             check asks the bridge that has it
    ├─ InboundError              web: 4xx and a counter, no traceback
    │  ├─ BadSignature    401
    │  ├─ BadPayload      400
    │  ├─ NotFound        404
    │  └─ TooMany         429    retry_after_s
    ├─ ChannelError              delivery decides
    │  ├─ RateLimited            wait retry_after_s, then show the newest draft
    │  ├─ ChannelUnavailable     it was not done: back off, do it again
    │  ├─ Unconfirmed            it may have been done: look for it before it is done again
    │  ├─ MessageGone            post anew instead of editing
    │  └─ Undeliverable          record outcome failed; do not retry
    ├─ ModelError                cascade: next rung
    │  ├─ ModelOverloaded        429, 529: also opens the breaker for that model; retry_after_s when named
    │  ├─ ModelUnavailable       5xx, network, stall, a stream that breaks off, an empty answer: try again, then go down
    │  │  ├─ ModelPaused         its breaker is open: do not try again, go down at once
    │  │  └─ ModelWordless       the output limit came before the first word: ask once with a higher one
    │  ├─ ModelRejected          credentials, spend limit: no retry until a person acts
    │  ├─ ModelOverflow          the request is too long for the model: shorten, then next rung
    │  ├─ ModelUnreadable        refused because of its files, it seems: ask again without them
    │  ├─ ModelRefused           the model declined: next rung is a person, not a bigger model
    │  └─ OverBudget             a cap has no room for the call: only what costs nothing may answer
    ├─ CheckFailed               a draft must not be shown: written anew once, then we say that we do not know
    ├─ KnowledgeError            a document or index that cannot be used; ingest reports it, serving goes on
    │  └─ IndexBusy              another process builds the index: what it makes is waited for
    ├─ SenderError               a code cannot be sent or checked now: the customer is told, and offered a person
    ├─ EmbedderError             the embedder does not answer: retrieval goes on with words alone
    └─ StoreError
       ├─ StoreUnavailable       web: 503, so the platform sends again
       └─ LeaseLost              turn: stop at once, post nothing more

A 400 from Claude is our bug and is not a `ModelError`: the next rung still answers the person, and the bug is logged
with its traceback and counted, so that no fallback hides it.
"""

from bridge.types import Usage


class BridgeError(Exception):
    """Everything bridge raises on purpose."""


class ConfigError(BridgeError):
    """The configuration cannot be used; `problems` holds every mistake with its key and the fix."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class StoreTaken(ConfigError):
    """A bridge that runs has the store to itself."""


class InboundError(BridgeError):
    """A request from outside that we refuse. The message is for the operator, never for the sender."""


class BadSignature(InboundError):
    """The sender is not who they should be."""


class BadPayload(InboundError):
    """The body cannot be read."""


class NotFound(InboundError):
    """There is no such thing, or it belongs to someone else."""


class TooMany(InboundError):
    """A limit is used up; free again in `retry_after_s` seconds."""

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ChannelError(BridgeError):
    """A platform did not do what we asked."""


class RateLimited(ChannelError):
    """The platform says to wait `retry_after_s` seconds. `ours`: it is a quota that the channel keeps by itself, and
    only this turn waits."""

    def __init__(self, message: str, *, retry_after_s: float, ours: bool = False) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.ours = ours


class ChannelUnavailable(ChannelError):
    """The platform cannot be reached or is broken for now; it did not do what we asked."""


class Unconfirmed(ChannelError):
    """The platform's answer to a post was lost: the message may be there or not."""


class MessageGone(ChannelError):
    """The message to edit does not exist any more."""


class Undeliverable(ChannelError):
    """The platform will never take this message."""


class WindowClosed(Undeliverable):
    """The platform takes free words only for some time after the person has written: what a colleague wrote is not
    sent. A KnockingChannel can ask the person to write again."""


class ModelError(BridgeError):
    """A model did not answer. `usage` is what the provider had counted until then: nothing when it surely did no work,
    None when nobody knows."""

    def __init__(self, message: str = "", *, usage: Usage | None = None) -> None:
        super().__init__(message)
        self.usage = usage


class ModelOverloaded(ModelError):
    """The model asks us to slow down; `retry_after_s` when it says for how long."""

    def __init__(self, message: str, *, retry_after_s: float | None = None, usage: Usage | None = None) -> None:
        super().__init__(message, usage=usage)
        self.retry_after_s = retry_after_s


class ModelUnavailable(ModelError):
    """The model failed, stalled, broke off or said nothing."""


class ModelPaused(ModelUnavailable):
    """The model was not asked: it failed too often just now."""


class ModelWordless(ModelUnavailable):
    """The output limit came before the first word: thinking took all of it."""


class ModelRejected(ModelError):
    """The account is not allowed to ask: key, permission, payment or spend limit."""


class ModelOverflow(ModelError):
    """The request is longer than the model takes."""


class ModelUnreadable(ModelError):
    """The API calls a request with files wrong: one of them is broken, or the request is."""


class ModelRefused(ModelError):
    """The model declined to answer this question."""


class OverBudget(ModelError):
    """A call would spend more than a cap allows."""


class ToolError(BridgeError):
    """A tool could not do it, and has not done it; the message is a safe sentence for the model."""


class BackendError(BridgeError):
    """The business's own system; a tool decides."""


class BackendRefused(BackendError):
    """It said no, and did nothing. `reason` is a safe sentence: "the order was sent already"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BackendMissing(BackendRefused):
    """There is no such order, customer, product or slot, or it is somebody else's: both look the same."""


class BackendUnavailable(BackendError):
    """It did not answer, or not in a way that can be read. With `unknown` nobody knows whether it
    did what it was asked; else it has done nothing."""

    def __init__(self, message: str, *, unknown: bool) -> None:
        super().__init__(message)
        self.unknown = unknown


class CheckFailed(BridgeError):
    """What a model writes must not be shown. `check` names what it did not pass; `hint` tells a model what to mend."""

    def __init__(self, check: str, hint: str) -> None:
        super().__init__(f"the draft did not pass {check}: {hint}")
        self.check = check
        self.hint = hint


class KnowledgeError(BridgeError):
    """A document or an index that cannot be used. `line` is the document's line, where known."""

    def __init__(self, message: str, *, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class IndexBusy(KnowledgeError):
    """Another process is building the index in the same folder."""


class SenderError(BridgeError):
    """Codes cannot be sent or checked now. The message is for the operator and names nobody."""


class EmbedderError(BridgeError):
    """The embedder does not answer."""


class StoreError(BridgeError):
    """The store cannot do what we asked."""


class StoreUnavailable(StoreError):
    """The store does not answer or cannot write for now."""


class LeaseLost(StoreError):
    """Someone else owns this conversation now: a newer fencing number exists."""
