"""What an answer costs."""

import pytest

from bridge.brain.prices import LONG_PROMPT_TOKENS, cost_usd
from bridge.types import Usage


def test_each_kind_of_token_has_its_price() -> None:
    usage = Usage(input_tokens=1_000_000, output_tokens=100_000, cache_read_tokens=10_000, cache_write_tokens=4_000)
    assert cost_usd("claude-sonnet-5-5", usage) == pytest.approx(2.00 + 1.00 + 0.001 + 0.01)


def test_a_long_prompt_costs_its_own_band_for_the_whole_request() -> None:
    usual = Usage(input_tokens=LONG_PROMPT_TOKENS, output_tokens=1_000)
    long = Usage(input_tokens=1, cache_read_tokens=LONG_PROMPT_TOKENS, output_tokens=1_000)
    assert cost_usd("claude-haiku-5-5", usual) == pytest.approx(0.01 + 0.0005)
    assert cost_usd("claude-haiku-5-5", long) == pytest.approx(0.5e-6 + 0.005 + 0.0025)


def test_no_model_costs_nothing_and_an_unknown_one_has_no_price() -> None:
    assert cost_usd("", Usage()) == 0.0
    assert cost_usd("claude-unheard-of", Usage(input_tokens=5)) is None
