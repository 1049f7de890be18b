"""The prompt cache of the Claude API, as it is billed: which part of a request is read, written or neither."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes import claude_rules

TOOLS_TOKENS = 346
"""What the API tells its model of calling, before the tools."""
LOOKBACK_BLOCKS = 20
"""So far back from a breakpoint an entry is found."""
TTL_S = {"5m": 300.0, "1h": 3_600.0}


@dataclass(frozen=True, slots=True)
class Prefix:
    """A request from its beginning to the end of one block."""

    name: str
    """The same for the same bytes to the same model, and for nothing else."""
    tokens: int
    ttl: str
    """Of the breakpoint at its end; "" without one."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the cache has of a request, and what it will have."""

    total: int
    read: int
    written: Mapping[str, int]
    """Tokens by TTL."""

    def usage(self) -> dict[str, Any]:
        """As it stands in a message."""
        created = sum(self.written.values())
        return {
            "input_tokens": self.total - self.read - created,
            "cache_read_input_tokens": self.read,
            "cache_creation_input_tokens": created,
            "cache_creation": {f"ephemeral_{ttl}_input_tokens": self.written.get(ttl, 0) for ttl in TTL_S},
        }


@dataclass(slots=True)
class PromptCache:
    """Mutable. `look` changes nothing: what a request writes can be read once its answer begins, and then `keep` has
    been called. So requests side by side all pay."""

    _until: dict[str, float] = field(default_factory=dict)

    def look(self, body: Mapping[str, Any], now: float) -> Found:
        """What is read and written for a request."""
        prefixes = list(_prefixes(body))
        marked = _marked(prefixes, body)
        hit = self._hit(prefixes, marked, now)
        read = prefixes[hit].tokens if hit >= 0 else 0
        written: dict[str, int] = {}
        at = read
        for place in (place for place in marked if place > hit):
            prefix = prefixes[place]
            written[prefix.ttl] = written.get(prefix.ttl, 0) + prefix.tokens - at
            at = prefix.tokens
        return Found(prefixes[-1].tokens if prefixes else 0, read, written)

    def keep(self, body: Mapping[str, Any], now: float) -> None:
        """The answer begins: what was written can be read, and what was read lives on."""
        prefixes = list(_prefixes(body))
        marked = _marked(prefixes, body)
        hit = self._hit(prefixes, marked, now)
        if hit >= 0:
            ttl = prefixes[hit].ttl or "5m"
            self._until[prefixes[hit].name] = max(self._until[prefixes[hit].name], now + TTL_S[ttl])
        for place in marked:
            self._until[prefixes[place].name] = now + TTL_S[prefixes[place].ttl]

    def _hit(self, prefixes: Sequence[Prefix], marked: Sequence[int], now: float) -> int:
        """The longest prefix that the cache has, -1 without one."""
        places = {place for end in marked for place in range(max(0, end - LOOKBACK_BLOCKS + 1), end + 1)}
        return max((place for place in places if self._until.get(prefixes[place].name, 0.0) > now), default=-1)


def _marked(prefixes: Sequence[Prefix], body: Mapping[str, Any]) -> list[int]:
    """The places of the breakpoints that do something: a prefix that is too short is silently not cached."""
    least = claude_rules.MODELS[body["model"]].cached_tokens_min if body["model"] in claude_rules.MODELS else 512
    return [place for place, prefix in enumerate(prefixes) if prefix.ttl and prefix.tokens >= least]


def _prefixes(body: Mapping[str, Any]) -> Iterator[Prefix]:
    """A request block by block, in the order in which it is cached: tools, system, messages."""
    name, tokens = _mixed("", body["model"]), 0
    for part, mixed, blocks in _parts(body):
        name = _mixed(name, [part, mixed])
        tokens += TOOLS_TOKENS if part == "tools" and blocks else 0
        for block in blocks:
            kept = block.get("cache_control") or {}
            plain = {key: value for key, value in block.items() if key != "cache_control"}
            name = _mixed(name, plain)
            # Of a tool its names are read too, not only its texts.
            tokens += claude_rules.count_tokens(json.dumps(plain) if part == "tools" else plain)
            yield Prefix(name, tokens, kept.get("ttl", "5m") if kept else "")


def _parts(body: Mapping[str, Any]) -> Iterator[tuple[str, Any, Sequence[dict[str, Any]]]]:
    """Each with the settings that drop it, and all after it, from the cache when they change."""
    config = body.get("output_config") or {}
    cites = any(block.get("citations", {}).get("enabled") for block in claude_rules.sources(body))
    yield "tools", None, body.get("tools") or []
    yield "system", [cites, config.get("format")], _blocks(body.get("system") or [])
    thinking = [body.get("thinking"), body.get("tool_choice"), config.get("effort")]
    for number, message in enumerate(body.get("messages") or []):
        yield message["role"], thinking if number == 0 else None, _blocks(message["content"])


def _blocks(content: Any) -> Sequence[dict[str, Any]]:
    """A string is kept apart from a block of the same text: the API does not promise that they are one."""
    return [{"text": content}] if isinstance(content, str) else content


def _mixed(name: str, value: Any) -> str:
    return hashlib.sha256(f"{name}{json.dumps(value, sort_keys=False)}".encode()).hexdigest()
