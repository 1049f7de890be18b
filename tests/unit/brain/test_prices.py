"""What an answer costs, to the nano-dollar."""

import math
from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from bridge.brain.prices import EFFECTIVE_FROM, NANO, TABLE, ModelPrices, PriceList, PricesSettings
from bridge.types import Usage

PRICES = PriceList(TABLE)
LONG = 100_000


def dollars(amount: str) -> int:
    return int(Decimal(amount) * NANO)


def test_each_kind_of_token_has_its_price() -> None:
    usage = Usage(
        input_tokens=1_000_000,
        output_tokens=100_000,
        cache_read_tokens=10_000,
        cache_write_tokens=4_000,
        cache_write_1h_tokens=1_000,
    )
    assert PRICES.cost("claude-sonnet-5-5", usage) == dollars("2.00") + dollars("1.00") + dollars("0.001") + dollars(
        "0.01"
    ) + dollars("0.004")


def test_one_token_of_the_cheapest_kind_is_not_lost() -> None:
    assert PRICES.cost("claude-haiku-5-5", Usage(cache_read_tokens=1)) == 10
    assert (
        PriceList(
            {"tiny": ModelPrices(input="0.001", output="0", cache_write="0", cache_write_1h="0", cache_read="0")}
        ).cost("tiny", Usage(input_tokens=1))
        == 1
    )


def test_a_long_prompt_costs_its_own_band_for_the_whole_request() -> None:
    usual = Usage(input_tokens=LONG, output_tokens=1_000)
    long = Usage(input_tokens=1, cache_read_tokens=LONG, output_tokens=1_000)
    assert PRICES.cost("claude-haiku-5-5", usual) == dollars("0.01") + dollars("0.0005")
    assert PRICES.cost("claude-haiku-5-5", long) == dollars("0.0000005") + dollars("0.005") + dollars("0.0025")


def test_no_model_costs_nothing_and_an_unknown_one_has_no_price() -> None:
    assert PRICES.cost("", Usage()) == 0
    assert PRICES.cost("claude-unheard-of", Usage(input_tokens=5)) is None
    assert PRICES.most("claude-unheard-of", 5, 5, cached_1h=False) is None


def test_the_most_a_call_can_cost_is_all_written_to_the_cache_and_the_whole_answer() -> None:
    most = PRICES.most("claude-sonnet-5-5", 1_000, 100, cached_1h=False)
    assert most == dollars("0.0025") + dollars("0.001")
    assert PRICES.most("claude-sonnet-5-5", 1_000, 100, cached_1h=True) == dollars("0.004") + dollars("0.001")


def _own(**models: object) -> PriceList:
    return PriceList.of(PricesSettings.model_validate(models))


def test_the_operators_prices_stand_instead_and_besides() -> None:
    prices = _own(**{"claude-sonnet-5-5": {"input": 1, "output": 2}, "llama3": {"input": 0, "output": 0}})
    usage = Usage(1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000)
    assert prices.cost("claude-sonnet-5-5", usage) == dollars("1") + dollars("2") + dollars("0.05") + dollars("3.25")
    assert prices.cost("llama3", usage) == prices.most("llama3", 10**6, 10**6, cached_1h=True) == 0
    assert prices.cost("claude-opus-5-5", usage) == PRICES.cost("claude-opus-5-5", usage)
    assert PRICES.cost("llama3", usage) is None


def test_what_is_not_said_of_a_cache_is_as_dear_as_anywhere() -> None:
    prices = _own(gpt={"input": "2.5", "output": 10, "cache_read": "0.25", "bands": [{**LONGER, "above_tokens": 9}]})
    assert prices.cost("gpt", Usage(input_tokens=4)) == 10_000
    assert prices.cost("gpt", Usage(cache_write_tokens=4)) == 12_500
    assert prices.cost("gpt", Usage(cache_write_1h_tokens=4)) == 20_000
    assert prices.cost("gpt", Usage(cache_read_tokens=4)) == 1_000
    assert prices.cost("gpt", Usage(cache_read_tokens=10)) == 50_000
    assert prices.cost("gpt", Usage(cache_write_1h_tokens=10)) == 100_000


SONNET, HAIKU = "claude-sonnet-5-5", "claude-haiku-5-5"


@pytest.mark.parametrize(
    ("model", "given", "wanted"),
    [
        (SONNET, {"input": 2, "output": 10}, "2 10 2.5 4 0.1"),
        (SONNET, {"input": 2.0}, "2 10 2.5 4 0.1"),
        (SONNET, {"output": "8"}, "2 8 2.5 4 0.1"),
        (SONNET, {"input": 1}, "1 10 1.25 2 0.05"),
        (SONNET, {"cache_read": 0.2}, "2 10 2.5 4 0.2"),
        (SONNET, {"input": 1, "cache_write_1h": 3}, "1 10 1.25 3 0.05"),
        (SONNET, {"input": 0, "output": 0}, "0 0 0 0 0"),
        (HAIKU, {"input": 0.1, "output": 0.5}, "0.1 0.5 0.125 0.2 0.01; 0.5 2.5 0.625 1 0.05"),
        (HAIKU, {"input": 0.2}, "0.2 0.5 0.25 0.4 0.02; 1 2.5 1.25 2 0.1"),
        (HAIKU, {"input": 0.0375}, "0.0375 0.5 0.046875 0.075 0.00375; 0.1875 2.5 0.234375 0.375 0.01875"),
        (HAIKU, {"input": 0.000001}, "0.000001 0.5 0.000002 0.000002 0.000001; 0.000005 2.5 0.000007 0.00001 0.000001"),
        (HAIKU, {"output": 1}, "0.1 1 0.125 0.2 0.01; 0.5 5 0.625 1 0.05"),
        (HAIKU, {"input": 0.1, "bands": []}, "0.1 0.5 0.125 0.2 0.01"),
        (
            HAIKU,
            {"bands": [{"above_tokens": 100_000, "input": 1, "output": 2}]},
            "0.1 0.5 0.125 0.2 0.01; 1 2 1.25 2 0.1",
        ),
    ],
)
def test_what_is_not_said_of_a_model_of_the_table_follows_it(model: str, given: object, wanted: str) -> None:
    price = _own(**{model: given}).models[model]
    said = [
        [Decimal(it.input), it.output, it.cache_write, it.cache_write_1h, it.cache_read] for it in (price, *price.bands)
    ]
    assert said == [[Decimal(amount) for amount in one.split()] for one in wanted.split("; ")]
    assert [band.above_tokens for band in price.bands] == [100_000] * (len(said) - 1)


@pytest.mark.parametrize("model", TABLE)
def test_the_prices_of_the_table_said_again_change_nothing(model: str) -> None:
    own = TABLE[model]
    assert _own(**{model: {}}).models[model] == own
    assert _own(**{model: {"input": float(own.input), "output": str(own.output)}}).models[model] == own


@pytest.mark.parametrize("model", ["gpt", SONNET, HAIKU])
@pytest.mark.parametrize("wrong", [-1, 100_000, "cheap", "", None, True, [], math.nan, math.inf, 0.0000001, "1e400"])
def test_only_the_key_that_is_wrong_is_told(model: str, wrong: object) -> None:
    with pytest.raises(ValidationError) as caught:
        _own(**{model: {"input": wrong, "output": 1}})
    assert {mistake["loc"] for mistake in caught.value.errors()} == {(model, "input")}


LONGER = {"input": 5, "output": 20}


@pytest.mark.parametrize(
    "wrong",
    [
        {"input": 1},
        {"input": -1, "output": 1},
        {"input": 1, "output": 1, "per": "token"},
        {"input": 1, "output": 1, "bands": [{**LONGER, "above_tokens": 9}, {**LONGER, "above_tokens": 9}]},
        5,
    ],
)
def test_a_price_that_cannot_be_meant_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        _own(gpt=wrong)


def test_the_operator_is_told_how_old_the_prices_are_and_what_is_missing() -> None:
    prices = _own(llama3={"input": 0, "output": 0})
    assert date.fromisoformat(EFFECTIVE_FROM) < date(2100, 1, 1)
    assert prices.told("claude-opus-5-5") == f"prices of {EFFECTIVE_FROM}"
    assert prices.told("claude-opus-5-5", "llama3") == f"prices of {EFFECTIVE_FROM}; by [prices]: llama3"
    assert prices.unknown("claude-opus-5-5", "llama3") == []
    (fix,) = prices.unknown("claude-opus-5-5", "gpt-9", "gpt-9")
    assert '[prices."gpt-9"]' in fix
