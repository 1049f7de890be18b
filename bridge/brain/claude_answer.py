"""Reads what the Messages API streams or answers: events in; text, citations and our own errors out. Pure, but
that what the API counts is told to whoever pays for the call."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bridge.brain.calls import tell, tell_besides
from bridge.brain.claude_blocks import Blocks
from bridge.errors import (
    BridgeError,
    ModelOverflow,
    ModelOverloaded,
    ModelRefused,
    ModelRejected,
    ModelUnavailable,
    ModelWordless,
)
from bridge.ports import ModelReply, Writer
from bridge.retry_after import seconds
from bridge.types import Passage, Usage


class InvalidRequest(BridgeError):
    """The API calls our request wrong. A bug of ours and not a ModelError: asking another model would hide it."""


class StreamedAnswer:
    """One answer, event by event. While events come nothing is raised but what the writer raises: what went wrong is
    told by `reply`."""

    def __init__(self, passages: Sequence[Passage], writer: Writer, written: str = "") -> None:
        """`written` is the beginning of an answer that this one goes on with."""
        self._passages = passages
        self._writer = writer
        self._written = written
        self._blocks = Blocks()
        self._wrote = False
        self._cited: list[Passage] = []
        self._stop_reason: str | None = None
        self._stop_details: dict[str, Any] = {}
        self._counts: dict[str, Any] = {}
        self._failure: BridgeError | None = None
        self._stopped = False

    @property
    def over(self) -> bool:
        """Nothing that matters can follow."""
        return self._stopped or self._failure is not None

    @property
    def wrote(self) -> bool:
        """There was text that can be read."""
        return self._wrote

    def feed(self, data: str) -> bool:
        """Take the data of one server-sent event. True when it brought something of the answer: text, or more of a
        call. Unknown types are ignored: the API may add some at any time."""
        if self.over:
            return False
        try:
            event = json.loads(data)
            text, called, ended = self._take(event["type"], event)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            told = f"the stream holds an event that cannot be read: {error!r}"
            self._failure = ModelUnavailable(told, usage=self.counted)
            return False
        if text:
            self._wrote = self._wrote or bool(text.strip())
            self._writer.write(text)
        if called:
            tell_besides(called)
        if ended:
            cited, self._cited = self._cited, []
            self._writer.cite(cited)
        return bool(text or called)

    def _take(self, kind: str, event: dict[str, Any]) -> tuple[str, str, bool]:
        """New text, more of a call, and whether a block of the answer ends."""
        match kind:
            case "message_start":
                self._count(event["message"]["usage"])
            case "content_block_start":
                self._cited = []
                self._blocks.begin(event)
                begun = event["content_block"]
                name = _string(begun.get("name", "")) if begun["type"] == "tool_use" else ""
                return _string(begun.get("text", "")), name, False
            case "content_block_delta":
                self._blocks.add(event)
                return self._delta(event["delta"]), _string(event["delta"].get("partial_json", "")), False
            case "content_block_stop":
                return "", "", self._blocks.end(event) != "tool_use"
            case "message_delta":
                self._stop_reason = event["delta"]["stop_reason"]
                self._stop_details = event["delta"].get("stop_details") or {}
                self._count(event["usage"])
            case "message_stop":
                self._stopped = True
            case "error":
                error = event["error"]
                kind, message = error.get("type"), error.get("message") or ""
                self._failure = failure(status=200, kind=kind, message=message, usage=self.counted)
        return "", "", False

    def _delta(self, delta: dict[str, Any]) -> str:
        match delta["type"]:
            case "text_delta":
                return _string(delta["text"])
            case "citations_delta":
                index = delta["citation"].get("search_result_index")
                if isinstance(index, int) and 0 <= index < len(self._passages):
                    self._cited.append(self._passages[index])
        return ""

    def _count(self, usage: Mapping[str, Any]) -> None:
        """The counts of later events are totals, not additions."""
        self._counts |= {name: count for name, count in usage.items() if count is not None}
        tell(self.counted)

    def reply(self, model: str) -> ModelReply:
        """How the answer ended. May raise any ModelError, InvalidRequest."""
        if self._failure is not None:
            raise self._failure
        spent = self.counted
        if not self._stopped or self._stop_reason is None:
            raise ModelUnavailable("the stream ended in the middle of the answer", usage=spent)
        if self._stop_reason == "refusal":
            category = self._stop_details.get("category")
            raise ModelRefused(f"the model declined, category {category!r}", usage=spent)
        if self._stop_reason == "model_context_window_exceeded":
            raise ModelOverflow("the conversation is longer than the model's context window", usage=spent)
        calls = tuple(self._blocks.calls) if self._stop_reason == "tool_use" else ()
        if self._stop_reason == "tool_use" and not calls:
            raise ModelUnavailable("the model calls a tool, and nobody can read which", usage=spent)
        if not self._wrote and self._stop_reason == "max_tokens":
            raise ModelWordless("the output limit was reached before the first word", usage=spent)
        if not self._wrote and not calls:
            raise ModelUnavailable(f"the answer is empty, stop reason {self._stop_reason!r}", usage=spent)
        return ModelReply(
            model=model,
            usage=spent or Usage(),
            truncated=self._stop_reason == "max_tokens",
            calls=calls,
            said=self._blocks.said(self._written) if calls else (),
        )

    @property
    def counted(self) -> Usage | None:
        """The tokens counted so far; None while the API has told nothing, or only zeros, as some servers between do."""
        counted = tokens(self._counts)
        return None if counted == Usage() else counted


def tokens(usage: Mapping[str, Any]) -> Usage:
    """What the API counted; what is no number counts nothing."""

    def count(name: str, among: Any = usage) -> int:
        value = among.get(name) if isinstance(among, Mapping) else None
        return max(0, value) if isinstance(value, int) else 0

    hour = count("ephemeral_1h_input_tokens", usage.get("cache_creation"))
    return Usage(
        input_tokens=count("input_tokens"),
        output_tokens=count("output_tokens"),
        cache_read_tokens=count("cache_read_input_tokens"),
        cache_write_tokens=max(0, count("cache_creation_input_tokens") - hour),
        cache_write_1h_tokens=hour,
    )


def _string(text: object) -> str:
    """May raise TypeError: what is no text must not reach the writer."""
    if not isinstance(text, str):
        raise TypeError(f"text is {type(text).__name__}")
    return text


_SPEND_LIMITS = frozenset(
    {
        "enforced_spend_limit_reached",
        "contract_spend_limit_reached",
        "linked_organization_spend_limit_reached",
        "linked_organization_billing_unavailable",
        "organization_on_hold",
    }
)
_BUSY = frozenset({"overloaded_error", "rate_limit_error"})


def failure(
    *,
    status: int,
    kind: str | None,
    message: str,
    error_code: str | None = None,
    retry_after: str | None = None,
    usage: Usage | None = None,
) -> BridgeError:
    """What an error of the API means to us. Inside a stream the status is 200 and only `kind` tells."""
    said = f"the API says {status} {kind or 'without a type'}: {message}"
    if status != 200:
        usage = Usage()  # what is refused costs nothing
    if fix := _fix(status, kind, message, error_code):
        return ModelRejected(f"{said}; {fix}", usage=usage)
    if status in (429, 529) or kind in _BUSY:
        return ModelOverloaded(said, retry_after_s=seconds(retry_after), usage=usage)
    if status == 413 or (kind == "invalid_request_error" and "prompt is too long" in message.lower()):
        return ModelOverflow(said, usage=usage)
    if kind == "invalid_request_error" or (400 <= status < 500 and status not in (408, 409)):
        return InvalidRequest(said)
    return ModelUnavailable(said, usage=usage)


def _fix(status: int, kind: str | None, message: str, error_code: str | None) -> str:
    """What a person has to do before this account is answered again; "" when that is not it."""
    if error_code in _SPEND_LIMITS:
        return f"raise the spend limit of the account, or wait for the next period ({error_code})"
    if status == 401 or kind == "authentication_error":
        return "set a valid key"
    no_credit = kind == "invalid_request_error" and "credit balance is too low" in message.lower()
    if status == 402 or kind == "billing_error" or no_credit:
        return "add credit to the account or correct its means of payment"
    if status == 403 or kind == "permission_error":
        return "allow the key to use this model"
    if status == 404 or kind == "not_found_error":
        return "correct the model's id in claude.tiers, or claude.base_url"
    return ""
