"""JSON or text logs: the turn's id on every line of its work, secrets, telephone numbers and e-mail addresses removed,
never a message's text.

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
from urllib.parse import quote, quote_plus

_turn: ContextVar[str] = ContextVar("turn", default="")

KEY_SHAPED = re.compile(
    r"\b(?:sk-(?:ant-)?[\w-]{8,}|xox[abposr]-[\w-]{6,}|xapp-[\w-]{6,}|AC[0-9a-f]{32}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|Bearer\s+[\w.~+/=-]{8,})"
    # Telegram's stands behind "bot" in every address.
    r"|\d{8,20}:[\w-]{30,}"
)
PERSONAL = re.compile(
    r"(?:\+|%2B)[1-9]\d{6,14}(?!\d)|(?<![\w.+-])[\w.+-]{1,64}(?:@|%40)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+",
    re.IGNORECASE,
)
"""Telephone numbers, as in the name of a conversation on WhatsApp, and e-mail addresses, as in a server's refusal."""
_BREAKS = re.compile("[\x7f-\x9f\u2028\u2029]")
"""What JSON leaves as it is, and a terminal or a reader of lines does not."""
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
    """Replaces configured secret values, also as JSON, Python and URLs write them, key-shaped strings, and what
    reaches people."""

    def __init__(self, secrets: Sequence[str]) -> None:
        written = {form for secret in secrets if len(secret) >= _SECRET_CHARS_MIN for form in _forms(secret)}
        self._secrets = sorted(written, key=len, reverse=True)

    def clean(self, value: Any) -> Any:
        """The value without them: cleaned before it is written down, which may hide a secret behind escapes."""
        match value:
            case None | bool() | int() | float():
                return value
            case dict():
                return {str(self.clean(key)): self.clean(inner) for key, inner in value.items()}
            case list() | tuple():
                return [self.clean(inner) for inner in value]
        text = str(value)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return PERSONAL.sub("***", KEY_SHAPED.sub("***", text))


def _forms(secret: str) -> set[str]:
    as_json = {json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    return {secret, repr(secret)[1:-1], quote(secret, safe=""), quote_plus(secret), *as_json}


def _escaped(text: str) -> str:
    """On one line, and without what a terminal would obey."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


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
        return {key: self._redact.clean(value) for key, value in fields.items()}


class JsonFormatter(_Formatter):
    """One JSON object a line; control characters are escaped by JSON itself."""

    def format(self, record: logging.LogRecord) -> str:
        head = {"time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"), "level": record.levelname.lower()}
        line = json.dumps(head | self.fields(record), ensure_ascii=False, default=str)
        return _BREAKS.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


class TextFormatter(_Formatter):
    """For people: time, level, event, key=value; a traceback follows indented."""

    def format(self, record: logging.LogRecord) -> str:
        fields = self.fields(record)
        name, traceback = fields.pop("event"), fields.pop("traceback", "")
        fields.pop("logger")
        pairs = " ".join(f"{key}={_value(value)}" for key, value in fields.items())
        line = f"{self.formatTime(record, '%H:%M:%S')} {record.levelname.lower():7} {_escaped(name)} {pairs}".rstrip()
        return "\n    ".join([line, *map(_escaped, traceback.splitlines())])


def _value(value: object) -> str:
    """Quoted when it could be taken for more than one value."""
    text = str(value)
    return text if text.isprintable() and text and not set(text) & set(' ="') else json.dumps(_escaped(text))


def setup(*, style: Literal["json", "text"], level: str, secrets: Sequence[str] = ()) -> None:
    """Send every log line to standard error in one format. `secrets` are values that must never appear."""
    redact = _Redact(secrets)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(redact) if style == "json" else TextFormatter(redact))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # These log each request or job at info; our own canonical lines say it better.
    for noisy in ("aiohttp.access", "apscheduler", "httpx2", "httpcore2", "anthropic", "asyncio", "markdown_it"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
