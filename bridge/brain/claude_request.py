"""Writes a ModelRequest as what POST /v1/messages takes. Pure: knows the API's shapes, not its client."""

from collections.abc import Sequence
from typing import Any

from bridge.brain import prompt
from bridge.brain.sentences import groups, units
from bridge.brain.settings import TierSettings
from bridge.ports import ModelRequest
from bridge.types import File, Passage, Turn

_BLOCK_UNITS_MAX = 3
"""A citation points at a whole text block, so a passage goes as blocks of a few sentences."""

_FROM_OPERATOR = "[From the operator of this service, not from the customer]\n"


def body(request: ModelRequest, tier: TierSettings) -> dict[str, Any]:
    """What is sent, with files as `bytes` where the API wants base64. The system prompt is the same in every request
    and is cached; everything that changes comes after it."""
    fields: dict[str, Any] = {
        "model": tier.model,
        "max_tokens": tier.output_tokens_max,
        "system": [{"type": "text", "text": request.system, "cache_control": {"type": "ephemeral"}}],
        "messages": [*_history(request.turns), *_question(request, tier)],
        "stream": True,
    }
    if tier.thinking != "default":
        fields["thinking"] = {"type": tier.thinking}
    if tier.effort is not None:
        fields["output_config"] = {"effort": tier.effort}
    return fields


def _history(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Earlier questions and answers as plain text: no sources, so that the indexes of citations count from here."""
    messages: list[dict[str, Any]] = []
    for turn in turns:
        messages.append({"role": "user", "content": prompt.asked(turn)})
        messages.append({"role": "assistant", "content": prompt.said(turn)})
    return messages


def _question(request: ModelRequest, tier: TierSettings) -> list[dict[str, Any]]:
    content = [_search_result(passage) for passage in request.passages]
    content += [_file(file) for file in request.files]
    content.append(_text(request.question))
    if tier.system_messages:
        return [{"role": "user", "content": content}, {"role": "system", "content": request.facts}]
    content.append(_text(_FROM_OPERATOR + request.facts))
    return [{"role": "user", "content": content}]


def _search_result(passage: Passage) -> dict[str, Any]:
    title = f"{passage.title} > {passage.section}" if passage.section else passage.title
    pieces = groups(units(passage.text), _BLOCK_UNITS_MAX) or [passage.text]
    return {
        "type": "search_result",
        "source": f"kb://{passage.chunk_id}",
        "title": f"{title} (updated {passage.updated})" if passage.updated else title,
        "content": [_text(piece) for piece in pieces],
        "citations": {"enabled": True},
    }


def _file(file: File) -> dict[str, Any]:
    source = {"type": "base64", "media_type": file.media_type, "data": file.data}
    if file.media_type != "application/pdf":
        return {"type": "image", "source": source}
    # The API wants citations of every source or of none. Those of a customer's PDF are not shown.
    document: dict[str, Any] = {"type": "document", "source": source, "citations": {"enabled": True}}
    return document | {"title": file.name} if file.name else document


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}
