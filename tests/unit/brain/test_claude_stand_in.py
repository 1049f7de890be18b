"""The stand-in for the Claude API refuses what the real one refuses: else the other tests would prove nothing."""

import base64
from typing import Any

import anthropic
import pytest

from tests.fakes import claude_rules, samples
from tests.fakes.claude_server import KEY, ClaudeServer, serving

USER = {"role": "user", "content": "Hello"}
ASSISTANT = {"role": "assistant", "content": "Hi"}
SYSTEM = {"role": "system", "content": "It is Friday."}


def text(words: str = "x", **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def result(**more: Any) -> dict[str, Any]:
    made = {"type": "search_result", "source": "kb://1", "title": "T", "content": [text()]}
    return made | {"citations": {"enabled": True}} | more


def body(**more: Any) -> dict[str, Any]:
    return {"model": "claude-sonnet-5-5", "max_tokens": 100, "messages": [USER]} | more


def said(*blocks: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(blocks)}]


def file(data: bytes, media_type: str, **more: Any) -> dict[str, Any]:
    source = {"type": "base64", "media_type": media_type, "data": base64.b64encode(data).decode()}
    return {"type": "document" if media_type == "application/pdf" else "image", "source": source} | more


def pdf(citations: Any = None, **more: Any) -> dict[str, Any]:
    return file(samples.pdf(**more), "application/pdf") | ({"citations": citations} if citations else {})


PNG = file(samples.png(), "image/png")
CACHED = text(cache_control={"type": "ephemeral"})
HOUR = text(cache_control={"type": "ephemeral", "ttl": "1h"})


def tool(name: str = "look", **more: Any) -> dict[str, Any]:
    return {"name": name, "input_schema": {"type": "object", "properties": {}}} | more


def schema(**more: Any) -> dict[str, Any]:
    return {"format": {"type": "json_schema", "schema": more}}


REFUSED: list[tuple[dict[str, Any], str]] = [
    (body(temperature=0.5), "sampling"),
    (body(top_p=0.5), "sampling"),
    (body(top_k=5), "sampling"),
    (body(prompt="x"), "Extra inputs"),
    ({"max_tokens": 1, "messages": [USER]}, "model: Field required"),
    (body(model="claude-2"), "model: claude-2"),
    ({"model": "claude-sonnet-5-5", "messages": [USER]}, "max_tokens: Field required"),
    (body(max_tokens=-1), "max_tokens"),
    (body(max_tokens=0, stream=True), "max_tokens"),
    (body(max_tokens=200_000), "max_tokens"),
    (body(messages=[]), "at least one message"),
    (body(messages=[ASSISTANT, USER]), "first message must use the user role"),
    (body(messages=[USER, ASSISTANT]), "prefill"),
    (body(messages=[{"role": "tool", "content": "x"}]), "unexpected role"),
    (body(messages=[SYSTEM, USER]), "first message"),
    (body(messages=[USER, ASSISTANT, SYSTEM]), "must follow a user message"),
    (body(messages=[USER, SYSTEM, USER]), "must be last or be followed"),
    (body(model="claude-haiku-5-5", messages=[USER, SYSTEM]), "not supported by this model"),
    (body(messages=said(text(""))), "non-empty"),
    (body(messages=said(text(" \n"))), "non-whitespace"),
    (body(messages=[{"role": "user", "content": []}]), "must not be empty"),
    (body(messages=said(text(citations=[{}]))), "citations are not permitted"),
    (body(messages=[USER, {"role": "assistant", "content": [{"type": "document"}]}, USER]), "not permitted"),
    (body(messages=[USER, {"role": "assistant", "content": [result()]}, USER]), "not permitted"),
    (body(messages=said(result(), result(citations={"enabled": False}))), "all search results and documents"),
    (body(messages=said(result(content=[]))), "at least one text block"),
    (body(messages=said(result(source=""))), "source"),
    (body(messages=said(result(title=None))), "title"),
    (body(messages=said(result(content=[{"type": "image"}]))), "only text blocks"),
    (body(messages=said(result()), output_config=schema(type="string")), "combined"),
    (body(output_config={"format": {"type": "json_schema"}}), "with a schema"),
    (body(output_config=schema(type="object", properties={})), "additionalProperties"),
    (body(output_config=schema(type="string", maxLength=3)), "maxLength is not supported"),
    (body(max_tokens=0, output_config=schema(type="string")), "cannot be combined"),
    (body(max_tokens=0, thinking={"type": "enabled"}), "cannot be combined"),
    (body(system=[CACHED] * 3, messages=said(CACHED, CACHED)), "maximum of 4"),
    (body(system=[CACHED], messages=said(HOUR)), "must not come after"),
    (body(system=[text(cache_control={"type": "ephemeral", "ttl": "2h"})]), "5m or 1h"),
    (body(thinking={"type": "disabled"}), "thinking.type"),
    (body(model="claude-opus-5-5", thinking={"type": "disabled"}), "thinking.type"),
    (body(model="claude-haiku-5-5", thinking={"type": "disabled"}, output_config={"effort": "max"}), "effort"),
    (body(output_config={"effort": "enormous"}), "effort"),
    (body(tool_choice={"type": "any"}, tools=[tool()]), "forced tool use"),
    (body(tool_choice={"type": "auto"}), "while providing tools"),
    (body(messages=said(text("x" * 2_600_000))), "prompt is too long"),
    (body(system=[text("")]), "non-empty"),
    (body(messages=said(file(samples.png(bytes_min=3_932_161), "image/png"))), "image exceeds 5 MB maximum"),
    (body(messages=said(file(samples.png(8_001, 1), "image/png"))), "max allowed size: 8000 pixels"),
    (body(messages=said(*[file(samples.png(2_001, 1), "image/png")] * 21)), "many-image requests: 2000"),
    (body(messages=said(*[PNG] * 101)), "too many images"),
    (body(messages=said(file(samples.jpeg(), "image/png"))), "does not match the provided media type image/png"),
    (body(messages=said(file(samples.HEIC, "image/heic"))), "Input should be 'image/jpeg'"),
    (body(messages=said(file(samples.png()[:-1], "image/png"))), "Could not process image"),
    (body(messages=said(PNG | {"source": PNG["source"] | {"data": "no base64!"}})), "invalid base64"),
    (body(messages=said(PNG | {"source": {"type": "url", "url": "https://x.example"}})), "base64 source"),
    (body(messages=said(PNG | {"title": "x"})), "Extra inputs"),
    (body(messages=said(pdf(pages=101))), "A maximum of 100 PDF pages"),
    (body(messages=said(pdf(pages=60), pdf(pages=41, packed=True))), "A maximum of 100 PDF pages"),
    (body(messages=said(pdf(encrypted=True))), "password protected"),
    (body(messages=said(file(b"%PDF-1.7 junk", "application/pdf"))), "was not valid"),
    (body(messages=said(file(samples.png(), "application/pdf"))), "was not valid"),
    (body(messages=said(pdf(), result())), "search results and documents"),
    (body(messages=said(pdf() | {"title": ""})), "title"),
    (body(messages=[USER, {"role": "assistant", "content": [PNG]}, USER]), "not permitted"),
]


@pytest.mark.parametrize(("asked", "why"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
def test_a_request_that_breaks_a_rule_is_refused(asked: dict[str, Any], why: str) -> None:
    refusal = claude_rules.judge_body(asked)
    assert refusal is not None
    assert why in refusal.message


def test_requests_that_keep_the_rules_are_taken() -> None:
    for asked in (
        body(),
        body(max_tokens=0),
        body(messages=[USER, SYSTEM]),
        body(messages=[USER, SYSTEM, ASSISTANT, USER]),
        body(messages=said(result(), result(), text()), system=[CACHED], thinking={"type": "between_tools"}),
        body(model="claude-haiku-5-5", tools=[tool()], tool_choice={"type": "any"}, thinking={"type": "disabled"}),
        body(messages=said(*[PNG] * 21, file(samples.jpeg(), "image/jpeg"), file(samples.gif(), "image/gif"), text())),
        body(messages=said(file(samples.png(8_000, 8_000, bytes_min=3_932_160), "image/png"))),
        body(messages=said(result(), pdf(pages=100, citations={"enabled": True}), file(samples.webp(), "image/webp"))),
    ):
        assert claude_rules.judge_body(asked) is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"x-api-key": "wrong", "anthropic-version": "2026-10-21"}, 401),
        ({"Authorization": "Bearer wrong", "anthropic-version": "2026-10-21"}, 401),
        ({"x-api-key": KEY}, 400),
        ({"x-api-key": KEY, "anthropic-version": "2020-01-01"}, 400),
        ({"x-api-key": KEY, "anthropic-version": "2026-10-21"}, None),
        ({"Authorization": f"Bearer {KEY}", "anthropic-version": "2023-06-01"}, None),
    ],
)
def test_key_and_version_are_looked_at(headers: dict[str, str], status: int | None) -> None:
    refusal = claude_rules.judge_headers(headers, KEY)
    assert (refusal.status if refusal else None) == status


async def test_the_sdk_reads_whole_answers_and_counts_too() -> None:
    """What bridge does not use yet, read by the real SDK, so that the shapes are right."""
    messages: Any = said(result(content=[text("Bikes may be returned for 30 days.")]), text("How long for bikes?"))
    async with (
        serving(ClaudeServer()) as server,
        anthropic.AsyncAnthropic(api_key=KEY, base_url=server.url, max_retries=0) as client,
    ):
        whole = await client.messages.create(model="claude-sonnet-5-5", max_tokens=100, messages=messages)
        async with client.messages.stream(model="claude-sonnet-5-5", max_tokens=100, messages=messages) as stream:
            streamed = await stream.get_final_message()
        counted = await client.messages.count_tokens(model="claude-sonnet-5-5", messages=messages)
        with pytest.raises(anthropic.BadRequestError, match="prefill"):
            await client.messages.create(
                model="claude-sonnet-5-5", max_tokens=9, messages=[*messages, {"role": "assistant", "content": "So"}]
            )
    assert [b.to_dict() for b in whole.content] == [b.to_dict() for b in streamed.content]
    assert any(getattr(block, "citations", None) for block in whole.content)
    assert streamed.stop_reason == "end_turn"
    assert counted.input_tokens == whole.usage.input_tokens
