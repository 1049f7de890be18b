"""Which tools there are: ours, and those of servers, as far as the settings and the business's system allow."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.ports import ToolSpec
from bridge.tools import policy
from bridge.tools.execution import Executor
from bridge.tools.tool import AnyTool, Tier, ToolList


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The tools that are offered; there is nothing else."""

    tools: Sequence[AnyTool]
    """Ours."""
    executor: Executor
    more: ToolList = tuple
    """Those of servers, as they are now; none of them takes the place of one of ours."""

    def find(self, name: str) -> AnyTool | None:
        """The tool of exactly this name."""
        return self._offered().get(name)

    @property
    def specs(self) -> Sequence[ToolSpec]:
        """What models are told of, by name."""
        return tuple(
            ToolSpec(
                name=name,
                description=tool.description,
                schema=tool.arguments.schema,
                reads=tool.tier is Tier.READ,
                strict=tool.strict,
            )
            for name, tool in sorted(self._offered().items())
        )

    def _offered(self) -> Mapping[str, AnyTool]:
        operations, settings = self.executor.operations, self.executor.settings
        known: dict[str, AnyTool] = {}
        for tool in itertools.chain(self.tools, self.more()):
            if policy.offered(tool, settings, operations):
                known.setdefault(tool.name, tool)
        return known
