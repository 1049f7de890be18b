"""What every backend must do. The suite runs over the demo shop, and over HTTP against another kind of shop."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.backends.demo.calendar import ZONE
from bridge.backends.demo.shop import DemoShop
from bridge.backends.http.client import HttpBackend
from bridge.backends.operations import OPERATIONS
from bridge.backends.refusals import REFUSALS
from bridge.errors import BackendMissing, BackendRefused
from bridge.ports import Backend
from tests.fakes.shop_server import SECRETS, shop_server

NOW = datetime(2026, 6, 10, 10, 0, tzinfo=ZONE)
"""A Wednesday in summer, when local time is not UTC."""
MAYA, TOM, INES, PIOTR, GRETA, LUIS, HANA, NOOR = (f"C-{number}" for number in range(1001, 1009))
TEN_POUNDS = {"amount": 1_000, "currency": "GBP"}


@pytest.fixture(params=["demo", "http"])
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Backend]:
    if request.param == "demo":
        shop = DemoShop(tmp_path / "demo.db", lambda: NOW)
        yield shop
        await shop.aclose()
        return
    async with shop_server(tmp_path / "demo.db", lambda: NOW) as server:
        over_http = HttpBackend(server.settings(), SECRETS)
        yield over_http
        await over_http.aclose()


async def refusal(backend: Backend, operation: str, key: str = "key", **args: Any) -> str:
    """The name of the reason for which it says no."""
    with pytest.raises(BackendRefused) as caught:
        await backend.call(operation, args, key=key)
    name = next(name for name, words in REFUSALS.items() if caught.value.reason.startswith(words))
    assert isinstance(caught.value, BackendMissing) == (name == "missing")
    return name


async def a_slot(backend: Backend, service: str = "Full fit") -> str:
    told = await backend.call("appointment_slots", {"service": service, "limit": 1})
    return str(told["slots"][0]["slot_id"])


READS: list[tuple[str, dict[str, Any]]] = [
    ("find_customer", {"email": "maya.okafor@example.com"}),
    ("customer", {"customer_id": MAYA}),
    ("customer_history", {"customer_id": MAYA}),
    ("subscription_status", {"customer_id": MAYA}),
    ("order_status", {"customer_id": MAYA, "order_number": "1042"}),
    ("inventory", {"product": "Heron E"}),
    ("appointment_slots", {"service": "Full fit"}),
]
WRITES: list[tuple[str, dict[str, Any]]] = [
    ("start_return", {"customer_id": MAYA, "order_number": "987", "sku": "MARKET-M", "reason": "changed_mind"}),
    ("discount", {"customer_id": INES, "order_number": "1044", "amount": TEN_POUNDS, "reason": "late"}),
    ("discount", {"customer_id": TOM, "amount": TEN_POUNDS, "reason": "late"}),
    ("update_settings", {"customer_id": MAYA, "newsletter": False, "language": "de", "address": "2 Brook Street, A"}),
    ("book_appointment", {"customer_id": MAYA, "slot_id": "a slot"}),
    ("change_subscription", {"customer_id": MAYA, "subscription_id": "S-501", "action": "pause", "months": 2}),
    ("change_subscription", {"customer_id": MAYA, "subscription_id": "S-501", "action": "cancel"}),
]


async def test_it_can_do_everything(backend: Backend) -> None:
    assert backend.operations == frozenset(OPERATIONS)
    assert await backend.check()


@pytest.mark.parametrize(("operation", "args"), READS)
async def test_what_it_tells_fits_and_is_told_again(backend: Backend, operation: str, args: dict[str, Any]) -> None:
    told = await backend.call(operation, args)
    again = OPERATIONS[operation].result.model_validate(told).model_dump(mode="json")
    assert again == told == await backend.call(operation, args)


@pytest.mark.parametrize(("operation", "args"), READS)
async def test_over_http_it_tells_what_the_shop_tells(tmp_path: Path, operation: str, args: dict[str, Any]) -> None:
    async with shop_server(tmp_path / "demo.db", lambda: NOW) as server:
        over_http = HttpBackend(server.settings(), SECRETS)
        assert await over_http.call(operation, args) == await server.shop.call(operation, args)
        await over_http.aclose()


async def test_a_customer_is_found_by_what_is_theirs_alone(backend: Backend) -> None:
    for known in ({"email": "Maya.Okafor@Example.com"}, {"phone": "+441632960001"}, {"customer_id": MAYA}):
        assert (await backend.call("find_customer", known))["customer_id"] == MAYA
    for unknown in (
        {"email": "nobody@example.com"},
        {"email": "like-maya.okafor@example.com"},  # a system that finds what is near
        {"phone": "+441632960999"},
        {"phone": "+441632960009"},  # two share it
        {"customer_id": "C-9999"},
    ):
        assert await refusal(backend, "find_customer", **unknown) == "missing"


@pytest.mark.parametrize("number", ["1042", "#1042", "LW-1042", "LW-001042", "lw-001042"])
async def test_an_order_is_found_however_its_number_is_written(backend: Backend, number: str) -> None:
    told = await backend.call("order_status", {"customer_id": MAYA, "order_number": number})
    assert told["order_number"] == "LW-001042"
    assert told["status"] == "dispatched"
    assert [parcel["tracking_number"] for parcel in told["parcels"]] == ["TF10421042", "HP1042104210"]
    assert told["total"] == {"amount": 275_400, "currency": "GBP"}


async def test_what_is_somebody_elses_looks_like_what_is_not_there(backend: Backend) -> None:
    reasons = set()
    for number in ("1042", "999999", "nonsense"):
        with pytest.raises(BackendMissing) as caught:
            await backend.call("order_status", {"customer_id": TOM, "order_number": number})
        reasons.add(caught.value.reason)
    assert len(reasons) == 1


@pytest.mark.parametrize(
    ("operation", "args"),
    [(name, args) for name, args in [*READS[1:5], *WRITES] if name not in ("book_appointment", "update_settings")],
)
async def test_nobody_reaches_what_is_another_customers(backend: Backend, operation: str, args: dict[str, Any]) -> None:
    if set(args) == {"customer_id"} or set(args) - {"customer_id"} <= {"amount", "reason"} or "history" in operation:
        thief = "C-9999"  # nobody: there is nothing else in the request to steal
    else:
        thief = NOOR
    assert await refusal(backend, operation, **{**args, "customer_id": thief}) == "missing"


@pytest.mark.parametrize(("operation", "args"), WRITES)
async def test_the_same_key_does_it_once(backend: Backend, operation: str, args: dict[str, Any]) -> None:
    if operation == "book_appointment":
        args = {**args, "slot_id": await a_slot(backend)}
    before = await backend.call("customer_history", {"customer_id": args["customer_id"], "limit": 50})
    told = await asyncio.gather(*(backend.call(operation, args, key="turn:hash") for _ in range(3)))
    assert told[0] == told[1] == told[2]
    OPERATIONS[operation].result.model_validate(told[0])
    after = await backend.call("customer_history", {"customer_id": args["customer_id"], "limit": 50})
    assert len(after["entries"]) - len(before["entries"]) <= 1


async def test_a_key_is_for_one_request_only(backend: Backend) -> None:
    args = {"customer_id": MAYA, "order_number": "987", "sku": "MARKET-M", "reason": "changed_mind"}
    await backend.call("start_return", args, key="turn:hash")
    assert await refusal(backend, "start_return", "turn:hash", **{**args, "sku": "LYCHGATE"}) == "conflict"
    told = await backend.call("order_status", {"customer_id": MAYA, "order_number": "987"})
    assert told["returns"] == ["R-000001"]


async def test_what_is_written_is_read(backend: Backend) -> None:
    made = await backend.call(
        "start_return",
        {"customer_id": MAYA, "order_number": "987", "sku": "MARKET-M", "reason": "changed_mind"},
        key="a",
    )
    assert made["charge"] == {"amount": 350, "currency": "GBP"}
    assert made["refund"] == {"amount": 4_550, "currency": "GBP"}
    order = await backend.call("order_status", {"customer_id": MAYA, "order_number": "987"})
    assert order["returns"] == [made["return_number"]]
    assert [item["return_until"] is None for item in order["items"]] == [True, False]
    told = await backend.call(
        "discount", {"customer_id": INES, "order_number": "1044", "amount": TEN_POUNDS, "reason": "late"}, key="b"
    )
    order = await backend.call("order_status", {"customer_id": INES, "order_number": "1044"})
    assert order["total"] == told["total"] == {"amount": 94_900, "currency": "GBP"}
    await backend.call("update_settings", {"customer_id": MAYA, "newsletter": False, "phone": "+441632960998"}, key="c")
    told = await backend.call("find_customer", {"phone": "+441632960998"})
    assert (told["customer_id"], told["newsletter"]) == (MAYA, False)
    told = await backend.call("change_subscription", {**PLAN, "action": "cancel"}, key="d")
    (plan,) = (await backend.call("subscription_status", {"customer_id": MAYA}))["subscriptions"]
    assert plan == told["subscription"]
    assert (plan["status"], plan["ends_on"]) == ("ending", told["effective_on"])


async def test_an_order_is_discounted_once(backend: Backend) -> None:
    args = {"customer_id": INES, "order_number": "1044", "amount": TEN_POUNDS, "reason": "late"}
    await backend.call("discount", args, key="a")
    assert await refusal(backend, "discount", "b", **args) == "already"
    order = await backend.call("order_status", {"customer_id": INES, "order_number": "1044"})
    assert order["total"]["amount"] == 94_900


async def test_a_time_is_given_away_once(backend: Backend) -> None:
    slot = await a_slot(backend)
    people = [MAYA, TOM, INES, PIOTR, GRETA, LUIS, HANA, NOOR]
    got = await asyncio.gather(
        *(backend.call("book_appointment", {"customer_id": who, "slot_id": slot}, key=f"turn-{who}") for who in people),
        return_exceptions=True,
    )
    booked = [told for told in got if not isinstance(told, BaseException)]
    assert len(booked) == 1
    assert {str(told) for told in got if isinstance(told, BaseException)} == {REFUSALS["taken"]}
    starts_at = datetime.fromisoformat(booked[0]["starts_at"])
    assert starts_at > NOW
    assert starts_at.utcoffset() == timedelta(hours=1)
    told = await backend.call("appointment_slots", {"service": "Full fit", "limit": 50})
    assert slot not in [free["slot_id"] for free in told["slots"]]


PLAN = {"customer_id": MAYA, "subscription_id": "S-501"}
PAUSE = {"action": "pause", "months": 1}
RETURN = {"order_number": "987", "sku": "MARKET-M", "reason": "changed_mind"}
NO: list[tuple[str, str, dict[str, Any]]] = [
    ("missing", "start_return", {"customer_id": MAYA, **RETURN, "sku": "WEIR-L"}),
    ("not_delivered", "start_return", {"customer_id": MAYA, **RETURN, "order_number": "1042", "sku": "PORTCULLIS"}),
    ("window_over", "start_return", {"customer_id": LUIS, **RETURN, "order_number": "1046", "sku": "WEIR-E-M"}),
    ("not_returnable", "start_return", {"customer_id": NOOR, **RETURN, "order_number": "1048", "sku": "OSIER-MTO-M"}),
    ("not_allowed", "start_return", {"customer_id": TOM, **RETURN, "order_number": "1043", "sku": "WEIR-L"}),
    ("invalid", "start_return", {"customer_id": MAYA, **RETURN, "quantity": 2}),
    ("invalid", "start_return", {"customer_id": MAYA, **RETURN, "reason": "because"}),
    ("invalid", "start_return", {"customer_id": MAYA, **RETURN, "customer": TOM}),
    ("invalid", "start_return", RETURN),
    ("dispatched", "discount", {"customer_id": MAYA, "order_number": "1042", "amount": TEN_POUNDS, "reason": "x"}),
    ("not_now", "discount", {"customer_id": NOOR, "order_number": "1049", "amount": TEN_POUNDS, "reason": "x"}),
    ("too_much", "discount", {"customer_id": TOM, "amount": {"amount": 25_001, "currency": "GBP"}, "reason": "x"}),
    ("invalid", "discount", {"customer_id": TOM, "amount": {"amount": 100, "currency": "USD"}, "reason": "x"}),
    ("invalid", "discount", {"customer_id": TOM, "amount": {"amount": 0, "currency": "GBP"}, "reason": "x"}),
    ("not_offered", "update_settings", {"customer_id": TOM, "language": "ja"}),
    ("invalid", "update_settings", {"customer_id": TOM}),
    ("invalid", "update_settings", {"customer_id": TOM, "phone": "0800 1234"}),
    ("invalid", "update_settings", {"customer_id": TOM, "email": "mine@example.com"}),
    ("missing", "book_appointment", {"customer_id": TOM, "slot_id": "FULLFIT-20260614-1000"}),  # a Sunday
    ("missing", "book_appointment", {"customer_id": TOM, "slot_id": "FULLFIT-20260611-1010"}),
    ("missing", "book_appointment", {"customer_id": TOM, "slot_id": "../../admin"}),
    ("missing", "order_status", {"customer_id": TOM, "order_number": "nonsense"}),
    ("missing", "change_subscription", {**PAUSE, "customer_id": MAYA, "subscription_id": ".."}),
    ("missing", "book_appointment", {"customer_id": TOM, "slot_id": "FULLFIT-20270611-1000"}),  # a year ahead
    ("past", "book_appointment", {"customer_id": TOM, "slot_id": "FULLFIT-20260610-0900"}),
    ("not_allowed", "change_subscription", {**PAUSE, "customer_id": GRETA, "subscription_id": "S-503"}),
    ("not_allowed", "change_subscription", {**PLAN, "action": "pause", "months": 4}),
    ("unpaid", "change_subscription", {**PAUSE, "customer_id": HANA, "subscription_id": "S-505"}),
    ("too_often", "change_subscription", {**PAUSE, "customer_id": NOOR, "subscription_id": "S-506"}),
    ("not_now", "change_subscription", {**PLAN, "action": "resume"}),
    ("invalid", "change_subscription", {**PLAN, "action": "pause"}),
    ("invalid", "change_subscription", {**PLAN, "action": "free"}),
    ("already", "change_subscription", {**PLAN, "action": "change_plan", "plan": "Care Plus"}),
    ("not_offered", "change_subscription", {**PLAN, "action": "change_plan", "plan": "Care Gold"}),
    ("not_offered", "appointment_slots", {"service": "Hair cut"}),
    ("not_offered", "delete_account", {"customer_id": MAYA}),
    ("invalid", "order_status", {"customer_id": MAYA, "order_number": "' OR 1=1 --"}),
    ("invalid", "order_status", {"customer_id": MAYA, "order_number": ""}),
    ("invalid", "find_customer", {"email": "a@example.com", "phone": "+441632960001"}),
    ("invalid", "find_customer", {}),
]


@pytest.mark.parametrize(("reason", "operation", "args"), NO)
async def test_it_says_no_in_words_that_may_be_told(
    backend: Backend, reason: str, operation: str, args: dict[str, Any]
) -> None:
    subject = {"customer_id": args["customer_id"], "limit": 50} if "customer_id" in args else None
    before = subject and await backend.call("customer_history", subject)
    assert await refusal(backend, operation, **args) == reason
    assert before == (subject and await backend.call("customer_history", subject))


async def test_what_cannot_be_written_is_left_out(backend: Backend) -> None:
    told = await backend.call("update_settings", {"customer_id": MAYA, "name": "Ma\ud800ya\x00 \n O"}, key="key")
    assert told["name"] == "Maya O"
    assert await refusal(backend, "update_settings", customer_id=MAYA, name="\ud800 \x07") == "invalid"


async def test_no_words_of_the_system_are_told_on(backend: Backend) -> None:
    for _, operation, args in NO:
        with pytest.raises(BackendRefused) as caught:
            await backend.call(operation, args, key="key")
        assert "instructions" not in caught.value.reason
        assert "Maya" not in caught.value.reason
