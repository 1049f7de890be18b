"""What the demo shop sells, as `kb/` says it: products, plans and appointments, with prices in pence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

CURRENCY = "GBP"

Kind = Literal["bike", "e-bike", "cargo bike", "children's bike", "accessory", "helmet", "battery", "made to order"]
BIKES: frozenset[Kind] = frozenset({"bike", "e-bike", "cargo bike", "children's bike", "made to order"})
"""What goes by Twowheel Freight and comes back by collection."""


@dataclass(frozen=True, slots=True)
class Product:
    """One thing in one size."""

    sku: str
    name: str
    size: str
    kind: Kind
    price: int


@dataclass(frozen=True, slots=True)
class _Line:
    """One thing in all its sizes."""

    sku: str
    name: str
    kind: Kind
    price: int
    sizes: Sequence[str] = ("",)

    def products(self) -> Iterator[Product]:
        for size in self.sizes:
            sku = f"{self.sku}-{size.upper().replace(' ', '-')}" if size else self.sku
            yield Product(sku, self.name, size, self.kind, self.price)


_FRAMES = ("S", "M", "L", "XL")
_LOW_FRAMES = ("S", "M", "L")
_LINES = (
    _Line("WEIR", "Weir", "bike", 64_500, _FRAMES),
    _Line("WEIR-LOW", "Weir step-through", "bike", 64_500, _LOW_FRAMES),
    _Line("OSIER", "Osier", "bike", 89_000, _FRAMES),
    _Line("OSIER-MTO", "Osier, made to order", "made to order", 89_000, _FRAMES),
    _Line("WEIR-E", "Weir-E", "e-bike", 199_500, _FRAMES),
    _Line("HERON-E", "Heron E", "e-bike", 269_500, _FRAMES),
    _Line("HERON-E-LOW", "Heron E step-through", "e-bike", 269_500, _LOW_FRAMES),
    _Line("HERON-E-LONG", "Heron E Long", "e-bike", 319_500, _FRAMES),
    _Line("DROVER", "Drover", "cargo bike", 389_500),
    _Line("BARGE", "Barge", "cargo bike", 479_500),
    _Line("WREN-12", "Wren 12 (balance bike)", "children's bike", 14_900),
    _Line("WREN-14", "Wren 14", "children's bike", 18_900),
    _Line("WREN-16", "Wren 16", "children's bike", 24_900),
    _Line("WREN-20", "Wren 20", "children's bike", 31_900),
    _Line("WREN-24", "Wren 24", "children's bike", 35_900),
    _Line("WREN-26", "Wren 26", "children's bike", 38_900),
    _Line("POSTERN", "Postern cable lock", "accessory", 3_900),
    _Line("LYCHGATE", "Lychgate folding lock", "accessory", 6_900),
    _Line("PORTCULLIS", "Portcullis D-lock", "accessory", 5_900),
    _Line("DRAWBRIDGE", "Drawbridge chain lock", "accessory", 8_500),
    _Line("KEEP", "Keep D-lock", "accessory", 14_900),
    _Line("PIP", "Pip helmet", "helmet", 3_200, ("XXS", "XS")),
    _Line("MARKET", "Market helmet", "helmet", 4_900, ("S", "M", "L")),
    _Line("MARKET-GLOW", "Market Glow helmet", "helmet", 6_900, ("S", "M", "L")),
    _Line("FELL", "Fell helmet", "helmet", 8_900, ("S", "M", "L")),
    _Line("HAUL", "Haul helmet", "helmet", 10_900, ("S", "M", "L")),
    _Line("SEAT-FRONT", "Front child seat", "accessory", 9_500),
    _Line("SEAT-FRAME", "Rear child seat, frame-mounted", "accessory", 12_900),
    _Line("SEAT-RACK", "Rear child seat, rack-mounted", "accessory", 11_900),
    _Line("TRAILER", "Trailer for one or two children", "accessory", 54_900),
    _Line("DROVER-BENCH", "Bench for the Drover", "accessory", 18_900),
    _Line("DROVER-SEAT", "Special child seat for the Drover", "accessory", 13_900),
    _Line("BARGE-SEAT", "Third seat for the Barge", "accessory", 12_000),
    _Line("BARGE-COVER", "Rain cover for the Barge", "accessory", 17_500),
    _Line("AXLE-ADAPTER", "Axle adapter for the trailer", "accessory", 2_200),
    _Line("TUBE", "Standard inner tube", "accessory", 700),
    _Line("BATTERY-360", "Battery 360 Wh for the Weir-E", "battery", 34_900),
    _Line("BATTERY-500", "Battery 500 Wh for the Heron E and Barge", "battery", 48_900),
    _Line("BATTERY-545", "Battery 545 Wh for the Drover", "battery", 51_900),
    _Line("BATTERY-725", "Battery 725 Wh for the Heron E Long", "battery", 62_900),
    _Line("CHARGER-2", "Second charger, 4 A", "battery", 8_900),
)
PRODUCTS: Mapping[str, Product] = {product.sku: product for line in _LINES for product in line.products()}

RETURN_DAYS: Mapping[Kind, int] = {
    "bike": 30,
    "e-bike": 30,
    "cargo bike": 30,
    "children's bike": 30,
    "accessory": 60,
    "helmet": 60,
    "battery": 60,
    "made to order": 0,
}
"""From the day after delivery; 0: it does not come back for a change of mind."""
FAULTY_DAYS = 30
"""After delivery, in which a faulty thing comes back for a full refund; later it is a matter of the warranty."""
LABEL = 350
COLLECTION: Mapping[Kind, int] = {"bike": 3_500, "children's bike": 3_500, "e-bike": 6_000, "cargo bike": 6_000}
"""Off the refund, when the mistake was not ours."""

LEVELS = ("Care Light", "Care Plus", "Care Full")
"""Rising."""
CARE: Mapping[str, Mapping[str, int]] = {
    "city": {"Care Light": 800, "Care Plus": 1_400, "Care Full": 2_200},
    "electric": {"Care Light": 1_200, "Care Plus": 1_800, "Care Full": 2_600},
}
"""A month; `city` also for children's bikes, `electric` also for cargo bikes."""
YEAR_MONTHS = 11
"""Paying by the year costs as much as so many months."""
GROW: Mapping[str, int] = {
    "Wren 12": 900,
    "Wren 14": 900,
    "Wren 16": 1_100,
    "Wren 20": 1_300,
    "Wren 24": 1_500,
    "Wren 26": 1_600,
}
"""A month."""

Room = Literal["stand", "bench", "studio", "courtyard"]


@dataclass(frozen=True, slots=True)
class Service:
    """What an appointment can be for."""

    code: str
    name: str
    minutes: int
    price: int
    room: Room
    deposit: int = 0


SERVICES: Sequence[Service] = (
    Service("SAFETY", "Safety check", 30, 2_500, "bench"),
    Service("STANDARD", "Standard service", 90, 6_500, "stand"),
    Service("FULL", "Full service", 180, 12_000, "stand"),
    Service("EBIKE", "E-bike service", 120, 9_500, "stand"),
    Service("EBIKEFULL", "E-bike full service", 240, 15_500, "stand"),
    Service("CARGO", "Cargo service", 150, 11_000, "stand"),
    Service("CARGOFULL", "Cargo full service", 270, 17_500, "stand"),
    Service("CHILD", "Children's service", 60, 4_000, "stand"),
    Service("BATTERY", "E-bike battery check", 45, 3_000, "bench"),
    Service("DIAGNOSIS", "E-bike diagnosis", 30, 3_500, "bench"),
    Service("COMFORTFIT", "Comfort fit", 60, 6_000, "studio", deposit=2_000),
    Service("FULLFIT", "Full fit", 120, 12_000, "studio", deposit=2_000),
    Service("RIDE", "Test ride, city or children's bike", 30, 0, "courtyard"),
    Service("RIDE-E", "Test ride, e-bike or cargo bike", 45, 0, "courtyard"),
)


def service_named(words: str) -> Service | None:
    """The service that a customer's words name; None when none does, or more than one could be meant."""
    wanted = _plain(words)
    for service in SERVICES:
        if wanted in (_plain(service.name), _plain(service.code)):
            return service
    near = [service for service in SERVICES if set(wanted.split()) <= set(_plain(service.name).split())]
    return near[0] if wanted and len(near) == 1 else None


def _plain(words: str) -> str:
    kept = "".join(char if char.isalnum() else " " for char in words.casefold().replace("'", "").replace("’", ""))
    return " ".join(kept.replace("e bike", "ebike").split())
