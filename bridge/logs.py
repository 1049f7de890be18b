"""JSON or text logs: the turn's id on every line of its work, secrets removed, never a message's text.

Call sites log an event name and fields: `event(log, "turn", outcome=...)`.
"""

import json
import logging
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal

_turn: ContextVar[str] = ContextVar("turn", default="")

_KEY_SHAPED = re.compile(
    r"\b(?:sk-(?:ant-)?[\w-]{8,}|xox[abposr]-[\w-]{6,}|xapp-[\w-]{6,}|\d{8,10}:[\w-]{30,}|AC[0-9a-f]{32}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|Bearer\s+[\w.~+/=-]{8,})"
)
_SECRET_CHARS_MIN = 6
"""Shorter values would turn ordinary words into stars."""


@contextmanager
def turn_context(turn_id: str) -> Iterator[None]:
    """Put this turn's id on every line logged inside."""
    token = _turn.set(turn_id)
    try:
        yield
    finally:
        _turn.reset(token)


def event(log: logging.Logger, name: str, *, level: int = logging.INFO, exc_info: Any = None, **fields: Any) -> None:
    """Log one event with its fields."""
    log.log(level, name, extra={"fields": fields}, exc_info=exc_info)


class _Redact:
    """Replaces configured secret values and key-shaped strings wherever they stand in a line."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = [s for s in secrets if len(s) >= _SECRET_CHARS_MIN]

    def clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return _KEY_SHAPED.sub("***", text)


class _Formatter(logging.Formatter):
    def __init__(self, redact: _Redact) -> None:
        super().__init__()
        self._redact = redact

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        fields: dict[str, Any] = {"event": record.getMessage(), "logger": record.name}
        if turn := _turn.get():
            fields["turn"] = turn
        fields |= getattr(record, "fields", {})
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return fields


class JsonFormatter(_Formatter):
    """One JSON object a line; control characters are escaped by JSON itself."""

    def format(self, record: logging.LogRecord) -> str:
        head = {"time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"), "level": record.levelname.lower()}
        line = json.dumps(head | self.fields(record), ensure_ascii=False, default=str)
        return self._redact.clean(line)


class TextFormatter(_Formatter):
    """For people: time, level, event, key=value."""

    def format(self, record: logging.LogRecord) -> str:
        fields = self.fields(record)
        name, traceback = fields.pop("event"), fields.pop("traceback", "")
        fields.pop("logger")
        pairs = " ".join(f"{key}={self._plain(value)}" for key, value in fields.items())
        line = (
            f"{self.formatTime(record, '%H:%M:%S')} {record.levelname.lower():7} {self._plain(name)} {pairs}".rstrip()
        )
        return self._redact.clean(line + (f"\n{traceback}" if traceback else ""))

    @staticmethod
    def _plain(value: object) -> str:
        text = str(value)
        return text if text.isprintable() else json.dumps(text, ensure_ascii=False)


def setup(*, style: Literal["json", "text"], level: str, secrets: Sequence[str] = ()) -> None:
    """Send every log line to standard error in one format. `secrets` are values that must never appear."""
    redact = _Redact(secrets)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(redact) if style == "json" else TextFormatter(redact))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # These log each request or job at info; our own canonical lines say it better.
    for noisy in ("aiohttp.access", "apscheduler", "httpx2", "httpcore2", "anthropic", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
