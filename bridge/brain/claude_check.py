"""Whether a model takes what the settings of its tier ask of it. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from bridge.brain.settings import TierSettings


def problems(info: Mapping[str, Any], tier: TierSettings, key: str) -> Iterator[str]:
    """What is wrong with a tier, each with the fix, by what the API says about its model. `key` is the tier's table."""
    model = info["id"]
    if info.get("lifecycle") == "retired":
        yield f"{model!r} is retired: set {key}.model to a current model"
    capabilities = info.get("capabilities") or {}
    kinds = capabilities.get("thinking", {}).get("types", {})
    if _refused(kinds, tier.thinking):
        yield f"{model!r} refuses {key}.thinking = {tier.thinking!r}: it takes 'default', {_offered(kinds)}"
    efforts = capabilities.get("effort", {})
    if tier.effort is not None and efforts.get("supported") is False:
        yield f"{model!r} knows no effort: leave {key}.effort out"
    elif tier.effort is not None and _refused(efforts, tier.effort):
        yield f"{model!r} refuses {key}.effort = {tier.effort!r}: it takes {_offered(efforts)}"
    if capabilities.get("citations", {}).get("supported") is False:
        yield f"{model!r} cannot cite its sources: set {key}.model to one that can"
    limit = info.get("max_tokens")
    if isinstance(limit, int) and limit < tier.tokens_max():
        yield f"{model!r} gives at most {limit} tokens: lower {key}.output_tokens_max or {key}.thinking_tokens_max"


def retires(info: Mapping[str, Any]) -> str:
    """What to add about a model that will go away."""
    return f", deprecated, retires {info.get('retires_at')}" if info.get("lifecycle") == "deprecated" else ""


def _refused(kinds: Mapping[str, Any], asked: str) -> bool:
    said = kinds.get(asked)
    return isinstance(said, Mapping) and said.get("supported") is False


def _offered(kinds: Mapping[str, Any]) -> str:
    return ", ".join(repr(kind) for kind, said in kinds.items() if isinstance(said, Mapping) and said.get("supported"))
