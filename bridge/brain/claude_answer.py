"""Reads what the Messages API streams or answers: events in; text, citations and our own errors out. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bridge.errors import (
    BridgeError,
    ModelOverflow,
    ModelOverloaded,
    ModelRefused,
    ModelRejected,
    ModelUnavailable,
)
from bridge.ports import ModelReply, Writer
from bridge.retry_after import seconds
from bridge.types import Passage, Usage


class InvalidRequest(BridgeError):
    """The API calls our request wrong. A bug of ours and not a ModelError: asking another model would hide it."""


class StreamedAnswer:
    """One answer, event by event. While events come nothing is raised but what the writer raises: what went wrong is
    told by `reply`."""

    def __init__(self, passages: Sequence[Passage], writer: Writer) -> None:
        self._passages = passages
        self._writer = writer
        self._wrote = False
        self._cited: list[Passage] = []
        self._stop_reason: str | None = None
        self._stop_details: dict[str, Any] = {}
        self._tokens: dict[str, int] = {}
        self._failure: BridgeError | None = None
        self._stopped = False

    @property
    def over(self) -> bool:
        """Nothing that matters can follow."""
        return self._stopped or self._failure is not None

    def feed(self, data: str) -> bool:
        """Take the data of one server-sent event. True when it brought text. Unknown types are ignored: the API may
        add some at any time."""
        if self.over:
            return False
        try:
            event = json.loads(data)
            text, ended = self._take(event["type"], event)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self._failure = ModelUnavailable(f"the stream holds an event that cannot be read: {error!r}")
            return False
        if text:
            self._wrote = self._wrote or bool(text.strip())
            self._writer.write(text)
        if ended:
            cited, self._cited = self._cited, []
            self._writer.cite(cited)
        return bool(text)

    def _take(self, kind: str, event: dict[str, Any]) -> tuple[str, bool]:
        """New text, and whether a block of the answer ends."""
        match kind:
            case "message_start":
                self._count(event["message"]["usage"])
            case "content_block_start":
                self._cited = []
                return _string(event["content_block"].get("text", "")), False
            case "content_block_delta":
                return self._delta(event["delta"]), False
            case "content_block_stop":
                return "", True
            case "message_delta":
                self._stop_reason = event["delta"]["stop_reason"]
                self._stop_details = event["delta"].get("stop_details") or {}
                self._count(event["usage"])
            case "message_stop":
                self._stopped = True
            case "error":
                error = event["error"]
                self._failure = failure(status=200, kind=error.get("type"), message=error.get("message") or "")
        return "", False

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
        written = usage.get("cache_creation")
        for counts in (usage, written if isinstance(written, Mapping) else {}):
            self._tokens |= {name: count for name, count in counts.items() if isinstance(count, int)}

    def reply(self, model: str) -> ModelReply:
        """How the answer ended. May raise any ModelError, InvalidRequest."""
        if self._failure is not None:
            raise self._failure
        if not self._stopped or self._stop_reason is None:
            raise ModelUnavailable("the stream ended in the middle of the answer")
        if self._stop_reason == "refusal":
            raise ModelRefused(f"the model declined, category {self._stop_details.get('category')!r}")
        if self._stop_reason == "model_context_window_exceeded":
            raise ModelOverflow("the conversation is longer than the model's context window")
        if not self._wrote:
            raise ModelUnavailable(f"the answer is empty, stop reason {self._stop_reason!r}")
        return ModelReply(model=model, usage=self.usage, truncated=self._stop_reason == "max_tokens")

    @property
    def usage(self) -> Usage:
        """The tokens counted so far."""
        hour = self._tokens.get("ephemeral_1h_input_tokens", 0)
        return Usage(
            input_tokens=self._tokens.get("input_tokens", 0),
            output_tokens=self._tokens.get("output_tokens", 0),
            cache_read_tokens=self._tokens.get("cache_read_input_tokens", 0),
            cache_write_tokens=self._tokens.get("cache_creation_input_tokens", 0) - hour,
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
_NOT_ALLOWED = frozenset({"authentication_error", "billing_error", "permission_error", "not_found_error"})
_BUSY = frozenset({"overloaded_error", "rate_limit_error"})


def failure(
    *, status: int, kind: str | None, message: str, error_code: str | None = None, retry_after: str | None = None
) -> BridgeError:
    """What an error of the API means to us. Inside a stream the status is 200 and only `kind` tells."""
    said = f"the API says {status} {kind or 'without a type'}: {message}"
    if status in (401, 402, 403, 404) or kind in _NOT_ALLOWED or error_code in _SPEND_LIMITS:
        return ModelRejected(said)
    if status in (429, 529) or kind in _BUSY:
        return ModelOverloaded(said, retry_after_s=seconds(retry_after))
    if status == 413 or (kind == "invalid_request_error" and "prompt is too long" in message.lower()):
        return ModelOverflow(said)
    if kind == "invalid_request_error" and "credit balance is too low" in message.lower():
        return ModelRejected(said)
    if kind == "invalid_request_error" or (400 <= status < 500 and status not in (408, 409)):
        return InvalidRequest(said)
    return ModelUnavailable(said)
