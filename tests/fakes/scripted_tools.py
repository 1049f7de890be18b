"""A Tools that answers calls as a test says, and refuses what it does not know; keeps what was called and how much of
it at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bridge.ports import Claim, ToolCall, ToolResult, ToolSession, ToolSpec
from bridge.types import Action, Conversation, Identity, Turn

Doing = Callable[[ToolCall], ToolResult | Awaitable[ToolResult]]
_CLOSED: Mapping[str, object] = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def spec(name: str, *, reads: bool = True) -> ToolSpec:
    return ToolSpec(name=name, description=f"Does {name}.", schema=_CLOSED, reads=reads)


def told(call: ToolCall, text: str, **other: object) -> ToolResult:
    """What a call found."""
    action = Action(tool=call.name, outcome="done", digest=text)
    return ToolResult(call_id=call.id, text=text, **({"action": action} | other))  # type: ignore[arg-type]


def call(name: str, id: str = "c1", **args: object) -> ToolCall:
    return ToolCall(id=id, name=name, args=args)


def session(turn: Turn, *, level: int = 1, language: str = "en") -> ToolSession:
    return ToolSession(
        claim=Claim(turn=turn, fence=1, attempts=1),
        conversation=Conversation(id=turn.conversation_id),
        language=language,
        identity=Identity(level=level, customer_id="cust-1" if level else ""),  # type: ignore[arg-type]
    )


@dataclass(slots=True)
class ScriptedTools:
    """`does` answers by name; what is in `writes` changes something and runs alone."""

    does: dict[str, Doing]
    writes: frozenset[str] = frozenset()
    error: Exception | None = None
    """Raised instead of any result."""
    called: list[ToolCall] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)

    @property
    def specs(self) -> Sequence[ToolSpec]:
        return [spec(name, reads=name not in self.writes) for name in reversed(self.does)]

    def label(self, call: ToolCall, language: str) -> str:
        return f"{language}: {call.name}" if call.name in self.does else ""

    async def run(self, calls: Sequence[ToolCall], session: ToolSession) -> Sequence[ToolResult]:
        assert calls, "nothing to do"
        self.called += calls
        session.made.extend(calls)
        if self.error:
            raise self.error
        return [await self._one(each) for each in calls]

    async def _one(self, each: ToolCall) -> ToolResult:
        if each.name not in self.does or each.args is None:
            action = Action(tool="", outcome="denied")
            return ToolResult(call_id=each.id, text="There is no such tool.", failed=True, action=action)
        await asyncio.sleep(0)
        result = self.does[each.name](each)
        result = result if isinstance(result, ToolResult) else await result
        self.finished.append(each.id)
        assert result.call_id == each.id
        return result
