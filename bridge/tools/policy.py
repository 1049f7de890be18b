"""Who may do what: decided from the tool, its arguments and the identity that is proven, from nothing else. Pure."""

from dataclasses import dataclass
from typing import Literal

from bridge.tools.settings import ToolsSettings
from bridge.tools.tool import AnyTool, Tier, higher
from bridge.types import Identity

RESTRICTED = frozenset({"delete_account", "process_payment", "modify_billing"})
"""Named so that nobody adds a tool of this name by mistake: never offered, and refused like any unknown name."""
CALLS_MAX = 20
"""Calls of one turn, whoever allowed them."""
SAME_MAX = 3
"""Calls of one turn with the same tool and arguments."""

Verdict = Literal["allowed", "identity", "approval", "restricted"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the policy says of a call."""

    verdict: Verdict
    tier: Tier
    level: int
    """The identity it takes."""


def offered(tool: AnyTool, settings: ToolsSettings, operations: frozenset[str]) -> bool:
    """Whether models are told of it at all."""
    named = tool.name in RESTRICTED or tool.name in settings.off
    return settings.enabled and not named and tool.tier is not Tier.RESTRICTED and tool.needs <= operations


def judge(tool: AnyTool, args: object, identity: Identity, settings: ToolsSettings) -> Judgement:
    """What a call takes, and whether there is so much. Settings and arguments only ever ask for more."""
    tier = higher(tool.tier, tool.raises(args, settings))
    if wanted := settings.tiers.get(tool.name):
        tier = higher(tier, Tier(wanted))
    level = level_of(tool, tier, settings)
    if tier is Tier.RESTRICTED or tool.name in RESTRICTED:
        return Judgement("restricted", Tier.RESTRICTED, level)
    proven = identity.level if identity.customer_id else 0
    if proven < level:
        return Judgement("identity", tier, level)
    return Judgement("approval" if tier is Tier.HIGH else "allowed", tier, level)


def level_of(tool: AnyTool, tier: Tier, settings: ToolsSettings) -> int:
    """The identity that a call takes."""
    least = 1 if tool.subject or tier is Tier.HIGH else 0
    own = tool.level if tier is not Tier.READ else 0
    return max(least, own, settings.identity.get(tool.name, 0))
