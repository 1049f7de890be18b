"""Who the demo shop's customers are: a few with a story that documents and tests can count on, and names for the rest.

Nobody here exists: telephone numbers are of the range that is kept for fiction, mail addresses of names that nobody can
have.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrder:
    """Days count back from today; negative ones are to come."""

    number: int
    status: str
    placed: int
    items: Sequence[str]
    delivered: int | None = None
    expected: tuple[int, int] | None = None
    parcels: Sequence[tuple[str, str]] = ()
    """Tracking number and step."""
    collect: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPlan:
    number: int
    plan: str
    family: Literal["city", "electric", "grow"]
    subject: str
    months: int
    """Since it began."""
    period: Literal["month", "year"] = "month"
    status: Literal["active", "paused", "suspended"] = "active"
    paused_before: bool = False
    """It rested within the last 12 months."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    number: int
    name: str
    story: str
    """For whoever tries the demo."""
    language: str = "en"
    phone: int | None = None
    """Of whom it is shared with; None for one's own."""
    orders: Sequence[KnownOrder] = ()
    plans: Sequence[KnownPlan] = field(default=())

    @property
    def email(self) -> str:
        return f"{self.name.lower().replace(' ', '.')}@example.com"


KNOWN: Sequence[Known] = (
    Known(
        number=1001,
        name="Maya Okafor",
        story="an e-bike on its way (1042), a helmet that can come back (987), Care Plus that can be paused",
        orders=(
            KnownOrder(
                number=1042,
                status="dispatched",
                placed=4,
                items=("HERON-E-M", "PORTCULLIS"),
                expected=(-1, -3),
                parcels=(("TF10421042", "Delivery booked"), ("HP1042104210", "In transit")),
            ),
            KnownOrder(
                number=987,
                status="delivered",
                placed=15,
                items=("MARKET-M", "LYCHGATE"),
                delivered=12,
                parcels=(("HP0987098709", "Delivered"),),
            ),
        ),
        plans=(KnownPlan(number=501, plan="Care Plus", family="electric", subject="Heron E, size M", months=8),),
    ),
    Known(
        number=1002,
        name="Tom Birch",
        story="a city bike that can come back (1043), and no plan",
        orders=(
            KnownOrder(
                number=1043,
                status="delivered",
                placed=9,
                items=("WEIR-L",),
                delivered=4,
                parcels=(("TF10431043", "Delivered"),),
            ),
        ),
    ),
    Known(
        number=1003,
        name="Ines Calder",
        story="waits for an Osier (1044): an order that a discount can be taken off",
        orders=(
            KnownOrder(
                number=1044,
                status="waiting_for_stock",
                placed=11,
                items=("OSIER-L", "MARKET-GLOW-S"),
                expected=(-10, -16),
                note="The Osier is expected with the next delivery.",
            ),
        ),
    ),
    Known(
        number=1004,
        name="Piotr Zielinski",
        story="locks to collect (1045), and Care Full that is paused",
        orders=(
            KnownOrder(number=1045, status="ready_to_collect", placed=2, items=("KEEP", "DRAWBRIDGE"), collect=True),
        ),
        plans=(
            KnownPlan(number=502, plan="Care Full", family="electric", subject="Drover", months=14, status="paused"),
        ),
    ),
    Known(
        number=1005,
        name="Greta Vale",
        story="writes German; Grow for a Wren 20, which cannot be paused",
        language="de",
        plans=(KnownPlan(number=503, plan="Grow", family="grow", subject="Wren 20", months=9),),
    ),
    Known(
        number=1006,
        name="Luis Romero",
        story="writes Spanish; a bike whose 30 days are over (1046), Care Light in its first 6 months",
        language="es",
        orders=(
            KnownOrder(
                number=1046,
                status="delivered",
                placed=80,
                items=("WEIR-E-M",),
                delivered=75,
                parcels=(("TF10461046", "Delivered"),),
            ),
        ),
        plans=(KnownPlan(number=504, plan="Care Light", family="electric", subject="Weir-E, size M", months=2),),
    ),
    Known(
        number=1007,
        name="Hana Sato",
        story="an order on hold (1047), and a plan with an unpaid amount",
        orders=(
            KnownOrder(
                number=1047,
                status="on_hold",
                placed=1,
                items=("FELL-S",),
                note="The payment was declined; it can be made again on the order's page within 48 hours.",
            ),
        ),
        plans=(
            KnownPlan(
                number=505, plan="Care Plus", family="city", subject="Osier, size S", months=10, status="suspended"
            ),
        ),
    ),
    Known(
        number=1008,
        name="Noor Haddad",
        story="a made-to-order bike that cannot come back (1048), and a cancelled order (1049)",
        orders=(
            KnownOrder(
                number=1048,
                status="delivered",
                placed=58,
                items=("OSIER-MTO-M",),
                delivered=6,
                parcels=(("TF10481048", "Delivered"),),
            ),
            KnownOrder(number=1049, status="cancelled", placed=3, items=("TRAILER",)),
        ),
        plans=(
            KnownPlan(
                number=506,
                plan="Care Full",
                family="city",
                subject="Osier, size M",
                months=16,
                period="year",
                paused_before=True,
            ),
        ),
    ),
    Known(number=1009, name="Robin Ashe", story="shares a telephone number with Jamie: it proves nobody"),
    Known(number=1010, name="Jamie Ashe", story="shares a telephone number with Robin", phone=1009),
)

_FIRST_NAMES = (
    "Alice Amara Anton Beatriz Bilal Carys Chen Clara Daniel Divya Edith Elin Emeka Farah Felix Fiona George Gwen "
    "Hamza Harriet Ivan Isla Jonas Joy Kamal Karin Leo Linh Lucia Marek Mina Nadia Nils Olive Omar Paula Priya "
    "Quentin Rosa Ruben Sara Simon Tamsin Tariq Una Viktor Wanda Yusuf Zara Zoe"
)
FIRST_NAMES = _FIRST_NAMES.split()
_LAST_NAMES = (
    "Abbott Acheson Barlow Beck Carrow Cole Dunmore Ekwueme Ferris Fontaine Gale Greaves Holt Huang Iqbal Ingram "
    "Jarvis Kaur Keeling Larsen Lowry Mistry Moss Novak Oakes Osei Pike Quill Rahman Reed Sandoval Shaw Tully "
    "Underhill Varga Wilder Yates Young Zeller Marlow"
)
LAST_NAMES = _LAST_NAMES.split()
STREETS = (
    "Abbey Lane",
    "Brook Street",
    "Castle Hill",
    "Corn Square",
    "Mill Road",
    "Orchard Way",
    "Station Road",
    "Tannery Street",
)
TOWNS = (
    "Ashcombe, AC4",
    "Ashcombe, AC5",
    "Brindle Bay, BB2",
    "Copthorpe, CT7",
    "Drayford, DF1",
    "Elmsworth, EW3",
)
