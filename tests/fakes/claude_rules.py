"""What the Messages API refuses, as far as bridge could get it wrong: the fake server's judgement. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes import claude_files, claude_schemas, claude_tools

VERSIONS = ("2023-06-01", "2026-10-21")
BODY_BYTES_MAX = 32 * 1024 * 1024
CHARS_PER_TOKEN = 2.5


@dataclass(frozen=True, slots=True)
class ModelFacts:
    thinking: frozenset[str]
    system_messages: bool = True
    forced_tools: bool = False
    efforts: frozenset[str] = frozenset(("low", "medium", "high", "xhigh", "max"))
    cached_tokens_min: int = 512
    input_tokens_max: int = 1_000_000
    output_tokens_max: int = 128_000


MODELS: Mapping[str, ModelFacts] = {
    "claude-haiku-5-5": ModelFacts(frozenset({"adaptive", "disabled"}), system_messages=False, forced_tools=True),
    "claude-sonnet-5-5": ModelFacts(frozenset({"adaptive", "between_tools"})),
    "claude-opus-5-5": ModelFacts(frozenset({"adaptive"})),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer of the API."""

    status: int
    type: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    error_code: str = ""

    def body(self, request_id: str) -> dict[str, Any]:
        error: dict[str, Any] = {"type": self.type, "message": self.message}
        if self.error_code:
            error["details"] = {"error_code": self.error_code}
        return {"type": "error", "error": error, "request_id": request_id}


def bad(message: str) -> Refusal:
    return Refusal(400, "invalid_request_error", message)


_ARGUMENTS = """cache_control container diagnostics inference_geo max_tokens messages metadata model output_config
    service_tier speed stop_sequences stream system thinking tool_choice tools"""


def judge_headers(headers: Mapping[str, str], key: str, *, version: bool = True) -> Refusal | None:
    """Who asks, and in which version of the API, if it stands in a header."""
    given = headers.get("x-api-key") or headers.get("Authorization", "").removeprefix("Bearer ")
    if not given:
        return Refusal(401, "authentication_error", "x-api-key header is required")
    if given != key:
        return Refusal(401, "authentication_error", "invalid x-api-key")
    if version and headers.get("anthropic-version") not in VERSIONS:
        return bad(f"anthropic-version: {headers.get('anthropic-version')!r} is not a valid version")
    return None


def judge_body(body: Any, *, counting: bool = False) -> Refusal | None:
    """The first thing that is wrong with a request, as the API would say it."""
    return next(_complaints(body, counting=counting), None)


def _complaints(body: Any, *, counting: bool) -> Iterator[Refusal]:
    if not isinstance(body, dict):
        yield bad("Input should be a valid dictionary")
        return
    for name in ("temperature", "top_p", "top_k"):
        if name in body:
            yield bad(f"{name}: sampling parameters are not supported in this version of the API")
    for name in body.keys() - set(_ARGUMENTS.split()):
        yield bad(f"{name}: Extra inputs are not permitted")
    if not isinstance(body.get("model"), str):
        yield bad("model: Field required")
        return
    if body["model"] not in MODELS:
        yield Refusal(404, "not_found_error", f"model: {body['model']}")
        return
    model = MODELS[body["model"]]
    if not counting:
        yield from _output(body, model)
    yield from _thinking(body, model)
    for complaint in claude_tools.definitions(body.get("tools", [])):
        yield bad(complaint)
    yield from _messages(body.get("messages"), model)
    for complaint in claude_tools.loop(body["messages"], body.get("tools", [])):
        yield bad(complaint)
    yield from _system(body.get("system"))
    yield from _across(body, model)


def _output(body: dict[str, Any], model: ModelFacts) -> Iterator[Refusal]:
    max_tokens = body.get("max_tokens")
    if not isinstance(max_tokens, int):
        yield bad("max_tokens: Field required")
    elif max_tokens < 0 or (max_tokens == 0 and body.get("stream")):
        yield bad("max_tokens: Input should be greater than or equal to 1")
    elif max_tokens == 0:
        yield from _nothing_to_put_out(body)
    elif max_tokens > model.output_tokens_max:
        yield bad(f"max_tokens: {max_tokens} > {model.output_tokens_max}")
    choice = body.get("tool_choice", {}).get("type", "auto")
    if choice not in ("auto", "any", "tool", "none"):
        yield bad(f"tool_choice.type: {choice!r} is not known")
    if choice in ("any", "tool") and not model.forced_tools:
        yield bad("tool_choice: forced tool use is not supported by this model")
    if "tool_choice" in body and not body.get("tools"):
        yield bad("tool_choice: tool_choice may only be specified while providing tools")


def _nothing_to_put_out(body: dict[str, Any]) -> Iterator[Refusal]:
    """A request that only fills the cache."""
    wants = {
        "thinking.enabled": body.get("thinking", {}).get("type") == "enabled",
        "output_config.format": bool(body.get("output_config", {}).get("format")),
        "a forced tool_choice": body.get("tool_choice", {}).get("type") in ("any", "tool"),
    }
    for name in (name for name, wanted in wants.items() if wanted):
        yield bad(f"max_tokens: 0 cannot be combined with {name}")


def _thinking(body: dict[str, Any], model: ModelFacts) -> Iterator[Refusal]:
    kind = body.get("thinking", {}).get("type")
    effort = body.get("output_config", {}).get("effort")
    if kind is not None and kind not in model.thinking:
        yield bad(f'thinking.type: "{kind}" is not supported by this model')
    if effort is not None and effort not in model.efforts:
        yield bad(f"output_config.effort: {effort!r} is not supported by this model")
    if kind == "disabled" and effort in ("xhigh", "max"):
        yield bad(f"thinking.type: disabled is not supported at effort {effort}")


def _messages(messages: Any, model: ModelFacts) -> Iterator[Refusal]:
    if not isinstance(messages, list) or not messages:
        yield bad("messages: at least one message is required")
        return
    roles = [message.get("role") for message in messages]
    if unknown := set(roles) - {"user", "assistant", "system"}:
        yield bad(f"messages: unexpected role {unknown}")
        return
    if roles[0] != "user":
        yield bad("messages: first message must use the user role")
    if roles[-1] == "assistant":
        yield bad("messages: this model does not support assistant message prefill; end with a user message")
    for index, role in enumerate(roles):
        where = f"messages.{index}"
        if role == "system":
            if not model.system_messages:
                yield bad(f"{where}: role 'system' is not supported by this model")
            if index == 0 or roles[index - 1] != "user":
                yield bad(f"{where}: a system message must follow a user message")
            if index + 1 < len(roles) and roles[index + 1] != "assistant":
                yield bad(f"{where}: a system message must be last or be followed by an assistant message")
        yield from _content(where, role, messages[index].get("content"))


def _content(where: str, role: str, content: Any) -> Iterator[Refusal]:
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    if not isinstance(content, list) or not content:
        yield bad(f"{where}: content must not be empty")
        return
    for index, block in enumerate(content):
        yield from _block(f"{where}.content.{index}", role, block)


_GIVEN = frozenset(("text", "search_result", "image", "document"))
_ALLOWED = {
    "user": _GIVEN | {"tool_result"},
    "assistant": frozenset(("text", "thinking", "redacted_thinking", "tool_use")),
    "system": frozenset(("text",)),
}


def _block(where: str, role: str, block: Any) -> Iterator[Refusal]:
    kind = block.get("type")
    if kind not in _ALLOWED[role]:
        yield bad(f"{where}: {kind!r} blocks are not permitted in {role} messages")
        return
    if kind == "text":
        yield from _said(where, role, block)
    elif kind == "search_result":
        yield from _search_result(where, block)
    elif judge := _JUDGES.get(kind):
        for complaint in judge(where, block):
            yield bad(complaint)
    if kind == "tool_result" and isinstance(block.get("content"), list):
        for index, inner in enumerate(block["content"]):
            yield from _block(f"{where}.content.{index}", "user", inner)


_JUDGES: Mapping[str, Callable[[str, Any], Iterator[str]]] = {
    "image": claude_files.complaints,
    "document": claude_files.complaints,
    "tool_use": claude_tools.call,
    "tool_result": claude_tools.result,
}


def _said(where: str, role: str, block: dict[str, Any]) -> Iterator[Refusal]:
    yield from _text(where, block)
    if role == "user" and block.get("citations"):
        yield bad(f"{where}: citations are not permitted on user text blocks")
    for citation in block.get("citations") or ():
        yield from _citation(where, citation)


_LOCATIONS = {
    "search_result_location": {"source", "title", "cited_text", "search_result_index"}
    | {"start_block_index", "end_block_index"},
    "page_location": {"cited_text", "document_index", "document_title", "start_page_number", "end_page_number"},
}


def _citation(where: str, citation: Mapping[str, Any]) -> Iterator[Refusal]:
    """Of an answer that is sent back: all that it was, and no `file_id`, which only answers have."""
    known = _LOCATIONS.get(str(citation.get("type")))
    if known is None or citation.keys() - {"type"} != known:
        yield bad(f"{where}.citations: Extra inputs are not permitted, or a field is required")


def _text(where: str, block: dict[str, Any]) -> Iterator[Refusal]:
    text = block.get("text")
    if not isinstance(text, str) or not text:
        yield bad(f"{where}: text content blocks must be non-empty")
    elif not text.strip():
        yield bad(f"{where}: text content blocks must contain non-whitespace text")


def _search_result(where: str, block: dict[str, Any]) -> Iterator[Refusal]:
    for name in ("source", "title"):
        if not isinstance(block.get(name), str) or not block[name]:
            yield bad(f"{where}.{name}: Field required")
    content = block.get("content")
    if not isinstance(content, list) or not content:
        yield bad(f"{where}.content: at least one text block is required")
        return
    for index, text in enumerate(content):
        if text.get("type") != "text":
            yield bad(f"{where}.content.{index}: only text blocks are permitted in search results")
        yield from _text(f"{where}.content.{index}", text)


def _system(system: Any) -> Iterator[Refusal]:
    for index, block in enumerate(system if isinstance(system, list) else []):
        yield from _text(f"system.{index}", block)


def _across(body: dict[str, Any], model: ModelFacts) -> Iterator[Refusal]:
    for complaint in claude_files.together(_blocks(body, "image", "document")):
        yield bad(complaint)
    if schema := body.get("output_config", {}).get("format"):
        yield from _format(schema)
    # For search results and for documents each this is documented; that they count together is the stricter reading.
    enabled = {bool(block.get("citations", {}).get("enabled")) for block in sources(body)}
    if len(enabled) > 1:
        yield bad("citations must be enabled on all search results and documents of a request, or on none")
    if True in enabled and body.get("output_config", {}).get("format"):
        yield bad("citations cannot be combined with output_config.format")
    if (breakpoints := sum(1 for _ in _kept(body))) > 4:
        yield bad(f"a maximum of 4 blocks with cache_control may be provided, found {breakpoints}")
    yield from _breakpoint_order(body)
    if (tokens := count_tokens(body)) > model.input_tokens_max:
        yield bad(f"prompt is too long: {tokens} tokens > {model.input_tokens_max} maximum")


def _format(given: Any) -> Iterator[Refusal]:
    if not isinstance(given, dict) or given.get("type") != "json_schema" or not isinstance(given.get("schema"), dict):
        yield bad("output_config.format: a json_schema with a schema is required")
        return
    for complaint in claude_schemas.complaints("output_config.format.schema", given["schema"]):
        yield bad(complaint)


def _breakpoint_order(body: dict[str, Any]) -> Iterator[Refusal]:
    """In the order in which a request is cached."""
    short = False
    for name in ("tools", "system", "messages"):
        for kept in _kept(body.get(name)):
            if kept.get("type") != "ephemeral" or kept.get("ttl", "5m") not in ("5m", "1h"):
                yield bad(f"{name}: cache_control must be ephemeral, for 5m or 1h")
            if kept.get("ttl") == "1h" and short:
                yield bad(f"{name}: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block")
            short = short or kept.get("ttl", "5m") == "5m"


def _kept(value: Any) -> Iterator[dict[str, Any]]:
    match value:
        case dict():
            if "cache_control" in value:
                yield value["cache_control"]
            for inner in value.values():
                yield from _kept(inner)
        case list():
            for inner in value:
                yield from _kept(inner)


def sources(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Everything in a request that can be cited."""
    return _blocks(body, "search_result", "document")


def search_results(body: dict[str, Any]) -> list[dict[str, Any]]:
    """All search results of a request, in the order in which citations count them."""
    return _blocks(body, "search_result")


def _blocks(body: Mapping[str, Any], *kinds: str) -> list[dict[str, Any]]:
    """In order, also those in the results of tools."""
    found: list[dict[str, Any]] = []
    for message in body.get("messages", []):
        for block in message["content"] if isinstance(message.get("content"), list) else ():
            inner = block.get("content") if block.get("type") == "tool_result" else None
            found += [one for one in (inner if isinstance(inner, list) else [block]) if one.get("type") in kinds]
    return found


def count_tokens(value: Any) -> int:
    """About as many tokens as the strings in a value have."""
    match value:
        case str():
            return int(len(value) / CHARS_PER_TOKEN) + 1
        case {"type": "image" | "document"}:
            return claude_files.tokens(value)
        case dict():
            return sum(count_tokens(inner) for inner in value.values())
        case list():
            return sum(count_tokens(inner) for inner in value)
        case _:
            return 0
