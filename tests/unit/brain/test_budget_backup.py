"""The budget around the backup model's stream: whatever the server says went wrong, what it wrote was not free."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.brain.backup_answer import StreamedChat
from bridge.brain.budget import Budget, Budgeted, BudgetSettings
from bridge.brain.estimates import prompt_tokens
from bridge.brain.prices import PriceList, PricesSettings
from bridge.errors import BridgeError
from bridge.ports import ModelReply, ModelRequest, Spender, Writer
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from bridge.types import Usage
from tests.unit.brain.made import drafted, request

MODEL = "gpt"
PRICE = {"input": 2, "output": 10, "cache_write": 2, "cache_write_1h": 2, "cache_read": 1}
PRICES = PriceList.of(PricesSettings.model_validate({MODEL: PRICE}))
OUTPUT = 1_000
WORDS = "word " * 50
"""100 tokens, and a fifth more for what is under way."""
READ, WROTE = prompt_tokens(request(), pdf_pages_max=0), 120


@dataclass
class Fed:
    """The backup model as far as its stream decides."""

    chunks: Sequence[Mapping[str, Any]]

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        answer = StreamedChat(request.sources, writer)
        for chunk in self.chunks:
            answer.feed(json.dumps(chunk))
        return answer.reply(MODEL)


def text(words: str = WORDS) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": words}}]}


def usage(prompt: float, output: int) -> dict[str, Any]:
    return {"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": output}}


def error(**fields: object) -> dict[str, Any]:
    return {"error": fields}


STOP = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
ERRORS = [
    error(code=500, type="server_error"),
    error(code="502"),
    error(code=429),
    error(code=529),
    error(code=400, type="content_policy_violation"),
    error(code=400, type="invalid_request_error"),
    error(code=400, type="context_length_exceeded"),
    error(code=401),
    error(code="insufficient_quota"),
    error(message="no"),
]


async def booked(*chunks: Mapping[str, Any]) -> int:
    store, spender = MemoryStore(MemorySettings()), Spender("t1", "c1", "u1")
    kept = Budget(store, PRICES, BudgetSettings(), ZoneInfo("UTC"), lease_s=60.0, pdf_pages_max=0)
    model = Budgeted(model=Fed(chunks), name=MODEL, budget=kept, output_tokens_max=lambda _: OUTPUT)
    with suppress(BridgeError):
        await model.complete(replace(request(), spender=spender), drafted())
    return spender.bill.nano


def cost(prompt: int, output: int) -> int:
    return PRICES.cost(MODEL, Usage(input_tokens=prompt, output_tokens=output)) or 0


@pytest.mark.parametrize("wrong", [*ERRORS, {"choices": [5]}, {"choices": [{"delta": {"refusal": "no"}}]}], ids=str)
async def test_what_came_before_an_error_was_not_free(wrong: dict[str, Any]) -> None:
    assert await booked(text(), wrong) == cost(READ, WROTE)
    assert await booked(usage(0, 0), text(), wrong) == cost(READ, WROTE)
    assert await booked(usage(700, 0), text(), wrong) == cost(700, WROTE)
    assert await booked(text(), usage(700, 900), wrong) == cost(700, 900)
    assert await booked(text(), wrong | usage(700, 900)) in (cost(700, 900), cost(READ, WROTE))


@pytest.mark.parametrize("wrong", [error(code=429), error(code=401), error(code=400), error(code=413)], ids=str)
async def test_what_is_turned_away_before_the_first_word_is_free(wrong: dict[str, Any]) -> None:
    assert await booked(wrong) == 0


async def test_a_stream_that_ends_early_counts_for_what_came() -> None:
    assert await booked(text()) == cost(READ, WROTE)
    assert await booked(usage(0, 0), text()) == cost(READ, WROTE)
    assert await booked(usage(0, 0)) == cost(READ, 0)
    assert await booked() == cost(READ, 0)


@pytest.mark.parametrize("counted", [usage(0, 0), usage(-5, -5), usage(1e30, 0), usage(float("inf"), 0), {}], ids=str)
async def test_a_count_that_cannot_be_true_is_none(counted: dict[str, Any]) -> None:
    assert await booked(text(), counted, STOP) == cost(READ, WROTE)
    assert await booked(text(), STOP, counted) == cost(READ, WROTE)


async def test_half_a_count_is_completed() -> None:
    assert await booked(text(), STOP, usage(700, 80)) == cost(700, 80)
    assert await booked(text(), STOP, usage(700, 0)) == cost(700, WROTE)
    assert await booked(text(), STOP, usage(0, 80)) == cost(READ, WROTE)
