"""What models cost, in whole nano-dollars (a billionth of a dollar). Prices from Anthropic's pricing page; others and
newer ones from `[prices]` of config.toml."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, model_validator

from bridge.types import Usage

EFFECTIVE_FROM = "2026-10-07"
"""The day these prices were published. Newer ones go into `[prices]` of config.toml until the package has them."""

NO_PRICE = (
    "nobody knows what {model!r} costs, so it is not asked: give its input and output in dollars for a million tokens "
    'in [prices."{model}"] of config.toml, 0 if it is free; and what its cache costs, cache_write, cache_write_1h and '
    "cache_read, which count as 1.25, 2 and 1 times input where they are left out"
)
"""Says the fix; to be filled with the model."""

PROMPT_TOKENS_MAX = 1_000_000
"""What every model of the table takes."""
NANO = 1_000_000_000
"""Nano-dollars in a dollar. A dollar for a million tokens is 1,000 nano-dollars a token."""

PLACES = 6
"""Decimals of a price in dollars."""
_SMALLEST = Decimal(1).scaleb(-PLACES)
_CACHES = ("cache_write", "cache_write_1h", "cache_read")

DOLLARS_MAX = 10_000
Dollars = Annotated[Decimal, Field(ge=0, le=DOLLARS_MAX, decimal_places=PLACES)]
CacheDollars = Annotated[Decimal, Field(ge=0, le=100_000, decimal_places=PLACES)]
"""May be a multiple of what input costs."""


class Price(BaseModel, frozen=True, extra="forbid"):
    """US dollars for a million tokens. What is not said of a cache is taken to be as dear as it is anywhere, so that no
    bill is booked as less than it is."""

    input: Dollars
    output: Dollars
    cache_write: CacheDollars = Field(description="Into the cache of five minutes; 1.25 times input.")
    cache_write_1h: CacheDollars = Field(description="Into the cache of one hour; twice input.")
    cache_read: CacheDollars = Field(description="As dear as input.")

    @model_validator(mode="before")
    @classmethod
    def _caches_are_dear(cls, data: Any) -> Any:
        return _with_caches(data, dict(zip(_CACHES, map(Decimal, ("1.25", "2", "1")), strict=True)))


def _with_caches(price: Any, times: Mapping[str, Decimal]) -> Any:
    """A price as it is written, with so many times its input for each cache that it leaves out."""
    if not isinstance(price, dict):
        return price
    return {name: _times(price.get("input"), times[name]) for name in _CACHES} | price


def _times(price: Any, factor: Decimal) -> Decimal:
    """Rounded up; 0 for what cannot be a price, so that only the key that holds it is told."""
    try:
        dollars = Decimal(str(price))
        return (dollars * factor).quantize(_SMALLEST, ROUND_CEILING) if 0 <= dollars <= DOLLARS_MAX else Decimal(0)
    except InvalidOperation:
        return Decimal(0)


class Band(Price, frozen=True):
    """The prices of requests whose whole prompt, cached tokens included, has more than so many tokens."""

    above_tokens: int = Field(gt=0)


class ModelPrices(Price, frozen=True):
    """What a model costs."""

    bands: tuple[Band, ...] = Field((), description="Dearer prices of long prompts, shortest first.")

    @model_validator(mode="after")
    def _bands_rise(self) -> Self:
        begins = [band.above_tokens for band in self.bands]
        if begins != sorted(set(begins)):
            raise ValueError("bands must rise in above_tokens")
        return self

    def at(self, prompt_tokens: int) -> Price:
        """The prices of a request with so long a prompt."""
        reached: Sequence[Price] = [band for band in self.bands if prompt_tokens > band.above_tokens]
        return reached[-1] if reached else self


def _price(prices: str) -> dict[str, Decimal]:
    names = ("input", "output", "cache_write", "cache_write_1h", "cache_read")
    return dict(zip(names, map(Decimal, prices.split()), strict=True))


def _prices(usual: str, *bands: Band) -> ModelPrices:
    return ModelPrices(**_price(usual), bands=bands)


TABLE: Mapping[str, ModelPrices] = {
    "claude-haiku-5-5": _prices(
        "0.10 0.50 0.125 0.20 0.01", Band(above_tokens=100_000, **_price("0.50 2.50 0.625 1.00 0.05"))
    ),
    "claude-sonnet-5-5": _prices("2.00 10.00 2.50 4.00 0.10"),
    "claude-opus-5-5": _prices("4.00 20.00 5.00 8.00 0.20"),
    "claude-fable-5-1": _prices("10.00 50.00 12.50 20.00 0.25"),
    "claude-opus-5": _prices("5.00 25.00 6.25 10.00 0.50"),
    "claude-sonnet-5": _prices("2.00 10.00 2.50 4.00 0.20"),
    "claude-sonnet-4-6": _prices("3.00 15.00 3.75 6.00 0.30"),
    "claude-haiku-4-5": _prices("1.00 5.00 1.25 2.00 0.10"),
}
"""By the model's id. Input, output, cache written for five minutes, for one hour, cache read."""


def _instead(own: ModelPrices, given: dict[str, Any]) -> Any:
    """What is given for a model of the table, as it is written, with the rest from the table: its caches and its bands
    stay as many times as dear as its input and its output."""
    caches = {name: getattr(own, name) / own.input for name in _CACHES}
    whole: dict[str, Any] = {"input": own.input, "output": own.output, **given}
    if "bands" not in given:
        bands: Any = [
            {
                "above_tokens": band.above_tokens,
                "output": _times(whole["output"], band.output / own.output),
                **{name: _times(whole["input"], getattr(band, name) / own.input) for name in ("input", *_CACHES)},
            }
            for band in own.bands
        ]
    elif isinstance(given["bands"], list):
        bands = [_with_caches(band, caches) for band in given["bands"]]
    else:
        bands = given["bands"]
    return _with_caches(whole | {"bands": bands}, caches)


class PricesSettings(BaseModel, frozen=True, extra="allow"):
    """What models cost in US dollars for a million tokens, by the model's id: `[prices.llama3]` with `input = 0` and
    `output = 0` for a model of your own that costs nothing. Besides there are `cache_write`, `cache_write_1h` and
    `cache_read`, which count as 1.25, 2 and 1 times input where they are left out, and `bands`, a list of prices for
    prompts `above_tokens`. Claude's prices are in the package; here stand those that are newer or agreed: what is left
    out there rises and falls with input and output, and `bands = []` says that long prompts cost no more. A model
    without a price is not asked.
    """

    __pydantic_extra__: dict[str, ModelPrices] = Field(init=False)

    @model_validator(mode="before")
    @classmethod
    def _keep_what_is_not_named(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {
            model: _instead(TABLE[model], price) if model in TABLE and isinstance(price, dict) else price
            for model, price in data.items()
        }

    @property
    def models(self) -> Mapping[str, ModelPrices]:
        return self.__pydantic_extra__


@dataclass(frozen=True, slots=True)
class PriceList:
    """The prices in force: the table, and what the operator says instead or besides."""

    models: Mapping[str, ModelPrices]

    @classmethod
    def of(cls, settings: PricesSettings) -> "PriceList":
        return cls({**TABLE, **settings.models})

    def told(self, *models: str) -> str:
        """How these models' prices are known, in a line for the operator."""
        own = sorted({model for model in models if self.models.get(model) is not TABLE.get(model)})
        return f"prices of {EFFECTIVE_FROM}" + (f"; by [prices]: {', '.join(own)}" if own else "")

    def unknown(self, *models: str) -> list[str]:
        """The fix for each of the models that nobody knows a price of."""
        return [NO_PRICE.format(model=model) for model in sorted(set(models) - self.models.keys())]

    def prompt_tokens_max(self, model: str) -> int:
        """Longer prompts would cost more for each token, or are not taken at all."""
        bands = self.models[model].bands if model in self.models else ()
        return bands[0].above_tokens if bands else PROMPT_TOKENS_MAX

    def cost(self, model: str, usage: Usage) -> int | None:
        """What the tokens cost; 0 without a model, None for a model whose price nobody knows."""
        if not model:
            return 0
        if model not in self.models:
            return None
        price = self.models[model].at(usage.prompt_tokens)
        return _nano(
            usage.input_tokens * price.input
            + usage.output_tokens * price.output
            + usage.cache_write_tokens * price.cache_write
            + usage.cache_write_1h_tokens * price.cache_write_1h
            + usage.cache_read_tokens * price.cache_read
        )

    def dollars(self, model: str, usage: Usage) -> str:
        """What the tokens cost, for a person to read."""
        cost = self.cost(model, usage)
        return "unknown price" if cost is None else f"${cost / NANO:.5f}"

    def most(self, model: str, prompt_tokens: int, output_tokens: int, *, cached_1h: bool) -> int | None:
        """The most that a call can cost: nothing of the prompt is in the cache yet and all of it is written there."""
        if model not in self.models:
            return None
        price = self.models[model].at(prompt_tokens)
        write = price.cache_write_1h if cached_1h else price.cache_write
        return _nano(prompt_tokens * max(write, price.input) + output_tokens * price.output)


def _nano(dollars_times_million: Decimal) -> int:
    """Up to the next whole one: a bill is never booked as less than it is."""
    return math.ceil(dollars_times_million * (NANO // 1_000_000))
