"""What an answer costs, to the nano-dollar."""

from decimal import Decimal

from bridge.brain.prices import NANO, TABLE, ModelPrices, PriceList
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
