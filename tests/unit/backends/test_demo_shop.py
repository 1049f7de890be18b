"""The demo shop by itself: it agrees with `kb/`, never looks old, keeps what was done, and is made new in one step."""

import asyncio
import re
import sqlite3
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path

import pytest

from bridge.backends.demo import catalogue, seed
from bridge.backends.demo.calendar import ZONE, hours, shop_day, slot, times
from bridge.backends.demo.catalogue import CARE, GROW, PRODUCTS, SERVICES, service_named
from bridge.backends.demo.people import KNOWN
from bridge.backends.demo.seed import months_after
from bridge.backends.demo.shop import DemoShop
from bridge.errors import BackendRefused, BackendUnavailable

KB = Path(__file__).parents[3] / "kb"
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=ZONE)
RETURN = {"customer_id": "C-1001", "order_number": "987", "sku": "MARKET-M", "reason": "changed_mind"}


class Clock:
    """Mutable: the time of the shop."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def open_shop(path: Path, clock: Clock) -> AsyncIterator[DemoShop]:
    shop = DemoShop(path, clock)
    try:
        yield shop
    finally:
        await shop.aclose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "demo.db"


def cells(document: str) -> Iterator[list[str]]:
    """The rows of a document's tables."""
    for line in (KB / document).read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def pence(text: str) -> int:
    return round(float(text.replace("£", "").replace(",", "")) * 100)


# ---------------------------------------------------------------- it agrees with kb/

UNPRICED = {"WREN-14", "WREN-16", "WREN-24", "WREN-26"}
"""Their prices stand nowhere: only the cheapest and one more."""


@pytest.mark.parametrize("sku", sorted(PRODUCTS.keys() - UNPRICED))
def test_every_price_stands_in_the_knowledge_base(sku: str) -> None:
    product = PRODUCTS[sku]
    price = f"£{product.price // 100:,}" + (f".{product.price % 100:02d}" if product.price % 100 else "")
    word = re.split(r"[ ,]", product.name)[0]
    lines = [line for path in KB.rglob("*.md") for line in path.read_text(encoding="utf-8").splitlines()]
    assert any(price in line for line in lines), f"{product.name} for {price}"
    assert any(word.lower() in line.lower() for line in lines)


def test_plans_cost_what_the_knowledge_base_says() -> None:
    rows = {row[0]: row[1:] for row in cells("subscriptions/larkwell-care-levels.md")}
    for family, label in (("city", "City or children's bike"), ("electric", "E-bike or cargo bike")):
        assert [pence(cell) for cell in rows[f"{label}, per month"]] == list(CARE[family].values())
        yearly = [price * catalogue.YEAR_MONTHS for price in CARE[family].values()]
        assert [pence(cell) for cell in rows[f"{label}, per year"]] == yearly
    grow = {
        row[0].split(" (")[0]: pence(row[-1])
        for row in cells("subscriptions/grow-childrens-bikes.md")
        if "£" in row[-1]
    }
    assert grow == GROW


def test_services_cost_what_the_knowledge_base_says() -> None:
    menu = {row[0].split(" (")[0]: row for row in cells("workshop/service-menu.md")}
    for service in SERVICES:
        if service.room != "courtyard":
            length = menu[service.name][-2]
            number, unit = length.split(" ")
            assert pence(menu[service.name][-1]) == service.price
            assert float(number) * (60 if unit.startswith("hour") else 1) == service.minutes
            assert service_named(service.name) == service


def test_return_windows_are_those_of_the_knowledge_base() -> None:
    windows = {row[0]: row[1] for row in cells("returns/return-windows.md")}
    assert windows["Bikes, e-bikes and cargo bikes"] == f"{catalogue.RETURN_DAYS['cargo bike']} days"
    assert windows["Accessories and parts"] == f"{catalogue.RETURN_DAYS['accessory']} days"
    assert windows["Helmets"] == f"{catalogue.RETURN_DAYS['helmet']} days"


def test_it_is_open_when_the_knowledge_base_says() -> None:
    assert hours(date(2026, 11, 23)) is None  # a Monday
    assert [hours(date(2026, 11, day)) is not None for day in range(24, 30)] == [True, True, True, True, True, False]
    assert hours(date(2026, 12, 25)) is None
    assert hours(date(2027, 1, 4)) is None
    assert str((hours(date(2026, 12, 24)) or "?")[1]) == "13:00:00"
    assert str((hours(date(2026, 11, 28)) or "?")[1]) == "16:00:00"
    assert shop_day(date(2026, 11, 28), 1) == date(2026, 12, 1)
    assert shop_day(date(2026, 11, 29), 0) == date(2026, 12, 1)


def test_appointments_begin_and_end_while_it_is_open() -> None:
    for service in SERVICES:
        for n in range(60):
            day = date(2026, 11, 20) + timedelta(days=n)
            for at in times(service, day):
                opening = hours(day)
                assert opening
                assert opening[0] <= at.time()
                if service.room != "stand":
                    assert (at + timedelta(minutes=service.minutes)).time() <= opening[1]


def test_nobody_can_be_reached_by_accident() -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.row_factory = sqlite3.Row
        db.executescript(resources.files("bridge.backends.demo").joinpath("schema.sql").read_text())
        seed.fill(db, NOW.date())
        for row in db.execute("SELECT * FROM customers"):
            assert re.fullmatch(r"\+441632960\d{3}", row["phone"])
            assert row["phone"] != "+441632960142"  # the shop's own
            assert re.fullmatch(r"[a-z.0-9]+@(example\.com|[a-z]+\.example)", row["email"])
        assert db.execute("SELECT count(*) FROM customers").fetchone()[0] == 300


# ---------------------------------------------------------------- days go by


async def test_it_never_looks_old(path: Path, clock: Clock) -> None:
    async with open_shop(path, clock) as shop:
        for days in (0, 1, 6, 40, 400):
            clock.now = NOW + timedelta(days=days)
            order = await shop.call("order_status", {"customer_id": "C-1001", "order_number": "1042"})
            assert date.fromisoformat(order["placed_on"]) == clock.now.date() - timedelta(days=4)
            assert date.fromisoformat(order["expected_from"]) > clock.now.date()
            plans = [
                plan
                for known in KNOWN
                for plan in (await shop.call("subscription_status", {"customer_id": f"C-{known.number}"}))[
                    "subscriptions"
                ]
            ]
            assert [plan["status"] for plan in plans] == ["active", "paused", "active", "active", "suspended", "active"]
            assert all(date.fromisoformat(plan["renews_on"]) > clock.now.date() for plan in plans)


async def test_what_was_acted_on_grows_older(path: Path, clock: Clock) -> None:
    async with open_shop(path, clock) as shop:
        made = await shop.call("start_return", RETURN, key="key")
        before = await shop.call("order_status", {"customer_id": "C-1001", "order_number": "987"})
    clock.now += timedelta(days=3)
    async with open_shop(path, clock) as shop:
        after = await shop.call("order_status", {"customer_id": "C-1001", "order_number": "987"})
        assert after == before
        assert after["returns"] == [made["return_number"]]
        assert await shop.call("start_return", RETURN, key="key") == made  # also after a restart


async def test_a_pause_begins_and_ends(path: Path, clock: Clock) -> None:
    plan = {"customer_id": "C-1001", "subscription_id": "S-501"}
    async with open_shop(path, clock) as shop:
        told = await shop.call("change_subscription", {**plan, "action": "pause", "months": 2}, key="a")
        start = date.fromisoformat(told["effective_on"])
        end = months_after(start, 2)
        for day, status in ((start - timedelta(days=1), "active"), (start, "paused"), (end, "active")):
            clock.now = datetime.combine(day, NOW.timetz())
            (now,) = (await shop.call("subscription_status", {"customer_id": "C-1001"}))["subscriptions"]
            assert now["status"] == status
            assert now["renews_on"] == (end if day < end else months_after(end, 1)).isoformat()  # nothing to pay before
        with pytest.raises(BackendRefused, match="once in 12 months"):
            await shop.call("change_subscription", {**plan, "action": "pause", "months": 1}, key="b")


@pytest.mark.parametrize(
    ("today", "joined", "ends"),
    [
        # The examples of kb/subscriptions/cancelling-larkwell-care.md: joined on 5 March.
        (date(2026, 8, 20), date(2026, 3, 5), date(2026, 9, 5)),
        (date(2026, 8, 28), date(2026, 3, 5), date(2026, 10, 5)),
        (date(2026, 3, 19), date(2026, 3, 5), date(2026, 3, 19)),
        (date(2026, 3, 20), date(2026, 3, 5), date(2026, 9, 5)),
    ],
)
async def test_notice_runs_as_the_knowledge_base_says(
    path: Path, clock: Clock, today: date, joined: date, ends: date
) -> None:
    clock.now = datetime.combine(today, NOW.timetz())
    async with open_shop(path, clock) as shop:
        await shop.check()
        with closing(sqlite3.connect(path)) as db:
            renews = next(day for n in range(1, 30) if (day := months_after(joined, n)) > today)
            db.execute(
                "UPDATE subscriptions SET started_on = ?, renews_on = ?, term_until = ?, touched = 1"
                " WHERE subscription_id = 'S-501'",
                (joined.isoformat(), renews.isoformat(), months_after(joined, 6).isoformat()),
            )
            db.commit()
        told = await shop.call(
            "change_subscription", {"customer_id": "C-1001", "subscription_id": "S-501", "action": "cancel"}, key="a"
        )
        assert told["effective_on"] == ends.isoformat()


def test_months_end_where_they_end() -> None:
    assert months_after(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_after(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert months_after(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert months_after(date(2026, 12, 15), 1) == date(2027, 1, 15)
    assert months_after(date(2026, 1, 15), -1) == date(2025, 12, 15)


# ---------------------------------------------------------------- the file


async def test_a_reset_makes_everything_new_while_a_server_runs(path: Path, clock: Clock) -> None:
    async with open_shop(path, clock) as server, open_shop(path, clock) as command:
        await server.call("start_return", RETURN, key="key")
        await server.call("update_settings", {"customer_id": "C-1001", "name": "Somebody Else"}, key="other")
        await command.reset()
        assert (await server.call("customer", {"customer_id": "C-1001"}))["name"] == "Maya Okafor"
        order = await server.call("order_status", {"customer_id": "C-1001", "order_number": "987"})
        assert order["returns"] == []
        assert (await server.call("start_return", RETURN, key="key"))["return_number"] == "R-000001"


async def test_the_same_shop_every_time(tmp_path: Path, clock: Clock) -> None:
    dumps = []
    for name in ("a.db", "b.db"):
        async with open_shop(tmp_path / name, clock) as shop:
            await shop.check()
        with closing(sqlite3.connect(tmp_path / name)) as db:
            dumps.append(list(db.iterdump()))
    assert dumps[0] == dumps[1]


async def test_two_processes_give_a_time_away_once(path: Path, clock: Clock) -> None:
    async with open_shop(path, clock) as one, open_shop(path, clock) as other:
        told = await one.call("appointment_slots", {"service": "Comfort fit", "limit": 1})
        wanted = told["slots"][0]["slot_id"]
        got = await asyncio.gather(
            one.call("book_appointment", {"customer_id": "C-1001", "slot_id": wanted}, key="a"),
            other.call("book_appointment", {"customer_id": "C-1002", "slot_id": wanted}, key="b"),
            return_exceptions=True,
        )
        assert [isinstance(it, BackendRefused) for it in got].count(True) == 1


async def test_others_cannot_read_it_and_nothing_is_made_before_it_is_asked(path: Path, clock: Clock) -> None:
    async with open_shop(path, clock) as shop:
        assert mode(path) is None
        await shop.check()
        assert mode(path) == 0o600


def mode(path: Path) -> int | None:
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else None


def letter(path: Path) -> Path:
    path.write_bytes(b"this is somebody's letter" * 100)
    return path


def content(path: Path) -> bytes:
    return path.read_bytes()


async def test_a_file_of_something_else_is_left_alone(tmp_path: Path, clock: Clock) -> None:
    path = letter(tmp_path / "demo.db")
    async with open_shop(path, clock) as shop:
        with pytest.raises(BackendUnavailable, match="cannot be used") as caught:
            await shop.call("customer", {"customer_id": "C-1001"})
        assert not caught.value.unknown
    assert content(path) == content(letter(tmp_path / "again"))
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as db:
        db.execute("CREATE TABLE notes (text TEXT)")
        db.commit()
    async with open_shop(other, clock) as shop:
        with pytest.raises(BackendUnavailable, match="not of this version"):
            await shop.check()


async def test_a_caller_who_gives_up_leaves_no_half_of_it(path: Path, clock: Clock) -> None:
    async with open_shop(path, clock) as shop:
        await shop.check()
        with closing(sqlite3.connect(path, isolation_level=None)) as busy:
            busy.execute("BEGIN IMMEDIATE")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await shop.call("start_return", RETURN, key="key")
            busy.execute("ROLLBACK")
        made = await shop.call("start_return", RETURN, key="key")
        order = await shop.call("order_status", {"customer_id": "C-1001", "order_number": "987"})
        assert order["returns"] == [made["return_number"]]


async def test_it_does_not_keep_the_event_loop_waiting(path: Path, clock: Clock) -> None:
    async with open_shop(path, clock) as shop:
        await shop.check()
        with closing(sqlite3.connect(path, isolation_level=None)) as busy:
            busy.execute("BEGIN IMMEDIATE")
            asked = asyncio.create_task(shop.call("start_return", RETURN, key="key"))
            for _ in range(20):
                await asyncio.sleep(0.005)
            assert not asked.done(), "it waited in the loop, until it gave up"
            busy.execute("COMMIT")
        assert (await asked)["return_number"] == "R-000001"


def test_a_slot_that_nobody_offers_is_none() -> None:
    for name in ("", "FULLFIT", "FULLFIT-20261231-1000", "FULLFIT-20261124-1005", "X-20261124-1000", "RIDE-E-2026"):
        assert slot(name) is None
    assert slot("RIDE-E-20261124-1000") == (
        next(service for service in SERVICES if service.code == "RIDE-E"),
        datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
    )
