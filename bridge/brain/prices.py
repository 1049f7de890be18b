"""What Claude costs: one dated table, US dollars per million tokens. Numbers from the provider's pricing page."""

from bridge.types import Usage

EFFECTIVE_FROM = "2026-10-07"

LONG_PROMPT_TOKENS = 100_000
"""Above this the whole request of a model with a second band costs that band's price."""

_Prices = tuple[float, float, float, float]
"""Input, output, five-minute cache write, cache read."""

_TABLE: dict[str, tuple[_Prices, _Prices | None]] = {
    "claude-haiku-5-5": ((0.10, 0.50, 0.125, 0.01), (0.50, 2.50, 0.625, 0.05)),
    "claude-sonnet-5-5": ((2.00, 10.00, 2.50, 0.10), None),
    "claude-opus-5-5": ((4.00, 20.00, 5.00, 0.20), None),
    "claude-fable-5-1": ((10.00, 50.00, 12.50, 0.25), None),
    "claude-opus-5": ((5.00, 25.00, 6.25, 0.50), None),
    "claude-sonnet-5": ((2.00, 10.00, 2.50, 0.20), None),
    "claude-sonnet-4-6": ((3.00, 15.00, 3.75, 0.30), None),
    "claude-haiku-4-5": ((1.00, 5.00, 1.25, 0.10), None),
}


def cost_usd(model: str, usage: Usage) -> float | None:
    """What the tokens cost; 0 without a model, None for a model that is not in the table."""
    if not model:
        return 0.0
    if model not in _TABLE:
        return None
    usual, long = _TABLE[model]
    prompt = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
    price_in, price_out, price_write, price_read = long if long and prompt > LONG_PROMPT_TOKENS else usual
    total = (
        usage.input_tokens * price_in
        + usage.output_tokens * price_out
        + usage.cache_write_tokens * price_write
        + usage.cache_read_tokens * price_read
    )
    return total / 1_000_000
