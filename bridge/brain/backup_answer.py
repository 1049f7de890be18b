"""Reads what POST /chat/completions streams or answers: chunks in; text, usage and our own errors out. Pure, but that
what the server counts is told to whoever pays for the call.

Servers differ in what they leave out and add, so nothing is relied on but the text and how it ended. What they say in
an error stays out of ours: it may quote the key, or what was said.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from bridge.brain.backup_calls import StreamedCalls
from bridge.brain.calls import tell, tell_besides
from bridge.brain.claude_answer import InvalidRequest
from bridge.brain.numbered import Numbered
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

_CALLED = frozenset({"tool_calls", "function_call"})
_ENDED = frozenset({"stop", "length", "content_filter"}) | _CALLED
_REFUSALS = frozenset({"content_filter", "content_policy_violation"})
_NO_CREDIT = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
_TOO_LONG = re.compile(
    r"context_length_exceeded|string_above_max_length|(?:maximum|exceeds?).{0,40}context|context (?:length|window|size)"
    r"|(?:input|prompt).{0,30}too (?:long|large)|token count.{0,60}exceed",
    re.IGNORECASE,
)
_NO_TOOLS = re.compile(r"\btools?\b|tool[_ -]?(?:choice|use|call)|function[_ -]?call", re.IGNORECASE)
_CODE = re.compile(r"[A-Za-z0-9_.\-]{1,60}")
_COUNT_MAX = 100_000_000
"""No call has so many tokens: what says so is no count."""


class ToolsRefused(InvalidRequest):
    """The server takes no tools, it seems: ask again without."""


class StreamedChat:
    """One answer, chunk by chunk. While chunks come nothing is raised but what the writer raises: what went wrong is
    told by `reply`."""

    def __init__(self, sources: Sequence[Passage], writer: Writer, written: str = "") -> None:
        """`written` is the beginning of an answer that this one goes on with."""
        self._text = Numbered(sources, writer)
        self._said = [written]
        self._calls = StreamedCalls()
        self._ended = ""
        self._failure: BridgeError | None = None
        self._usage: Usage | None = None
        self._done = False

    @property
    def over(self) -> bool:
        """Nothing that matters can follow."""
        return self._done or self._failure is not None

    @property
    def complete(self) -> bool:
        """The answer has ended, well or not, even if the stream has not."""
        return self.over or bool(self._ended)

    @property
    def usage(self) -> Usage | None:
        """The tokens as the server counted them; None while it has not told, or told only zeros."""
        return self._usage

    def feed(self, data: str) -> bool:
        """Take the data of one server-sent event. True when it brought something of the answer: text, or more of a
        call."""
        if self.over:
            return False
        if data.strip() == "[DONE]":
            self._done = True
            return False
        try:
            text, called = self._take(json.loads(data))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            told = f"the stream holds a chunk that cannot be read: {type(error).__name__}"
            self._failure = ModelUnavailable(told, usage=self._usage)
            return False
        if text:
            self._said.append(text)
            self._text.write(text)
        if called:
            tell_besides(called)
        return bool(text or called)

    @property
    def wrote(self) -> bool:
        """There was text that can be read."""
        return self._text.wrote

    def _take(self, chunk: Any) -> tuple[str, str]:
        """New text, and more of a call."""
        if usage := chunk.get("usage"):
            self._count(_counted(usage))
        if error := chunk.get("error"):
            self._failure = failure(status=200, answer={"error": error}, usage=self._usage)
            return "", ""
        text = called = ""
        for choice in chunk.get("choices") or ():
            delta = choice.get("delta") or {}
            if delta.get("refusal"):
                self._failure = ModelRefused("the backup model declined", usage=self._usage)
            content = delta.get("content")
            if content is not None and not isinstance(content, str):
                raise TypeError("text is no text")
            text += content or ""
            called += "".join([self._calls.add(piece) for piece in delta.get("tool_calls") or ()])
            self._ended = choice.get("finish_reason") or self._ended
        return text, called

    def _count(self, counted: Usage) -> None:
        """Later counts are totals, not additions."""
        if counted != Usage():
            self._usage = counted
            tell(counted)

    def reply(self, model: str) -> ModelReply:
        """How the answer ended. May raise any ModelError, InvalidRequest, and what the writer raises."""
        if self._failure is not None:
            raise self._failure
        if not self._ended:
            raise ModelUnavailable("the stream ended in the middle of the answer", usage=self._usage)
        if self._ended in _REFUSALS:
            raise ModelRefused("the backup model's filter stopped the answer", usage=self._usage)
        if self._ended not in _ENDED:
            raise ModelUnavailable("the backup model did something else than answer", usage=self._usage)
        self._text.finish()
        # Not every server says that it stopped for a call.
        calls = tuple(self._calls.finish()) if self._ended in _CALLED | {"stop"} else ()
        if self._ended in _CALLED and not calls:
            raise ModelUnavailable("the backup model calls a tool, and nobody can read which", usage=self._usage)
        if not self._text.wrote and self._ended == "length":
            raise ModelWordless("the output limit was reached before the first word", usage=self._usage)
        if not self._text.wrote and not calls:
            raise ModelUnavailable("the answer is empty", usage=self._usage)
        return ModelReply(
            model=model,
            usage=self._usage or Usage(),
            truncated=self._ended == "length",
            calls=calls,
            said=(self._calls.said("".join(self._said)),) if calls else (),
        )


def _counted(usage: Mapping[str, Any]) -> Usage:
    """Cached tokens are counted among the prompt's, thinking among the completion's."""

    def count(value: Any) -> int:
        number = int(value or 0)
        return number if 0 <= number <= _COUNT_MAX else 0

    prompt, output = count(usage.get("prompt_tokens")), count(usage.get("completion_tokens"))
    cached = min(prompt, count((usage.get("prompt_tokens_details") or {}).get("cached_tokens")))
    return Usage(input_tokens=prompt - cached, output_tokens=output, cache_read_tokens=cached)


def refuses_tools(status: int, answer: object) -> bool:
    """The error is about the tools that were offered."""
    error = _error(answer)
    said = f"{error.get('param')} {error.get('message')}"
    return status in (400, 404, 422, 501) and bool(_NO_TOOLS.search(said))


def _error(answer: object) -> Mapping[str, Any]:
    # Google puts the error into a list.
    if isinstance(answer, list) and answer:
        answer = answer[0]
    found = answer.get("error") if isinstance(answer, Mapping) else None
    return found if isinstance(found, Mapping) else {"message": found}


def failure(*, status: int, answer: object, retry_after: str | None = None, usage: Usage | None = None) -> BridgeError:
    """What an error means to us. Inside a stream the status is 200 and only the error tells: then `usage` is what the
    server had counted before."""
    error = _error(answer)
    names = [error.get(name) for name in ("code", "type", "status")]
    codes = [str(code) for code in names if isinstance(code, (str, int)) and _CODE.fullmatch(str(code))]
    message = str(error.get("message") or "")
    if status != 200:
        usage = Usage()  # what is refused costs nothing; what broke off does, whatever code it names
    else:
        status = next((int(code) for code in codes if re.fullmatch(r"[45]\d\d", code)), 200)
    said = " ".join(["the backup model's server says", str(status), *codes])
    if status in (401, 402, 403, 404) or _NO_CREDIT & {*codes}:
        return ModelRejected(f"{said}; check [backup], OPENAI_API_KEY and the account behind it", usage=usage)
    if status == 413 or (status < 500 and _TOO_LONG.search(f"{' '.join(codes)} {message}")):
        return ModelOverflow(said, usage=usage)
    if _REFUSALS & {*codes}:
        return ModelRefused(said, usage=usage)
    if status in (429, 529) or "rate_limit_exceeded" in codes:
        return ModelOverloaded(said, retry_after_s=seconds(retry_after), usage=usage)
    if 400 <= status < 500 and status not in (408, 409):
        return InvalidRequest(f"{said}, parameter {_parameter(error)}; see limit_name and effort in [backup]")
    return ModelUnavailable(said, usage=usage)


def _parameter(error: Mapping[str, Any]) -> str:
    """What the server calls wrong, as far as it is a name of ours and no text."""
    named = error.get("param")
    return repr(named) if isinstance(named, str) and _CODE.fullmatch(named) else "unknown"
