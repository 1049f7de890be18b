"""Every tool once with the demo shop behind it: what the model is told, what is kept of it, what it makes true."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.brain.phrases import Voice
from bridge.brain.phrases.voice import PhrasesSettings
from bridge.brain.settings import BusinessSettings
from bridge.desk import handoff as handoffs
from bridge.desk.handoff import Handoff
from bridge.desk.settings import DeskSettings
from bridge.ports import Colleague
from bridge.stores.memory import MemoryStore, Settings
from bridge.tickets import find
from bridge.toolbox import toolbox
from bridge.tools.builtin import TOOLS
from bridge.tools.settings import ToolsSettings
from bridge.types import Identity
from tests.fakes.acting import BOSS, MAYA, Stage, call, session, shop_stage, stage
from tests.fakes.fake_retriever import FakeRetriever

CONFIRMED = Identity(level=2, customer_id="C-1001")
TOMORROW = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Stage]:
    async with shop_stage(tmp_path) as made:
        yield made


@dataclass(frozen=True)
class Row:
    tool: str
    args: Mapping[str, Any]
    told: tuple[str, ...]
    """Words in the result."""
    digest: str
    """The beginning of what is kept."""
    does: tuple[str, ...] = ()
    identity: Identity = MAYA
    not_told: tuple[str, ...] = ()


ROWS = (
    Row("check_inventory", {"product": "Heron", "size": "M"}, ("HERON-E-M", "GBP", '"available"'), "stock: Heron E"),
    Row(
        "check_order_status", {"order_number": "987"}, ("LYCHGATE", "return_until", "GBP"), "order LW-000987: delivered"
    ),
    Row("check_subscription_status", {}, ("S-501", "Care Plus", "renews_on"), "plans: Care Plus (active, S-501)"),
    Row("get_customer_history", {"limit": 5}, ("LW-001042",), "read the history: "),
    Row("lookup_customer", {}, ("Maya Okafor", "ma…@example.com"), "looked up", not_told=("Millrace", "+44", "C-1001")),
    Row("lookup_customer", {}, ("Millrace",), "looked up", identity=CONFIRMED, not_told=("maya.okafor@",)),
    Row("find_appointment_slots", {"service": "Full service", "after": "", "before": ""}, ("slot_id",), "free times"),
    Row(
        "create_support_ticket", {"subject": "A rattle", "details": "In the cold."}, ("ticket",), "ticket ", ("ticket",)
    ),
    Row(
        "schedule_callback",
        {"day": TOMORROW, "time": "14:30", "topic": "The rattle"},
        ("14:30",),
        "callback ",
        ("callback",),
    ),
    Row(
        "update_account_settings",
        {"setting": "newsletter", "value": "no"},
        ("newsletter", "false"),
        "newsletter changed",
        ("update",),
    ),
    Row(
        "apply_discount",
        {"order_number": "", "amount": 500, "reason": "It was late."},
        ("5.00 GBP", "THANKS-"),
        "discount of 5.00 GBP given: a voucher",
        ("discount",),
    ),
    Row(
        "initiate_return",
        {
            "order_number": "987",
            "sku": "LYCHGATE",
            "quantity": 1,
            "reason": "wrong_size",
            "method": "label",
            "note": "",
        },
        ("return_number", "GBP"),
        "return ",
        ("return",),
    ),
    Row(
        "escalate_to_human",
        {"reason": "complaint", "summary": "It rattles."},
        ("takes over",),
        "called a person: complaint: It rattles.",
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.tool)
async def test_what_it_tells_and_what_is_kept(tmp_path: Path, row: Row) -> None:
    async with shop_stage(tmp_path, settings=ToolsSettings(discount_max=500, return_value_max=100_000_000)) as made:
        [result] = await made.run(await made.session(row.identity), call(row.tool, row.args))
    assert not result.failed, result.text
    assert all(word in result.text for word in row.told), result.text
    assert not any(word in result.text for word in row.not_told), result.text
    assert result.action
    assert result.action.digest.startswith(row.digest), result.action.digest
    assert (result.action.tool, result.action.does) == (row.tool, row.does)


def test_every_tool_is_tried() -> None:
    elsewhere = {"search_knowledge_base", "schedule_appointment", "modify_subscription"}
    assert {row.tool for row in ROWS} | elsewhere == {tool.name for tool in TOOLS}


APPROVED = (
    (
        "modify_subscription",
        {"subscription_id": "S-501", "action": "pause", "months": 2, "plan": ""},
        ("subscription",),
        "",
    ),
    (
        "initiate_return",
        {
            "order_number": "987",
            "sku": "LYCHGATE",
            "quantity": 1,
            "reason": "wrong_size",
            "method": "label",
            "note": "",
        },
        ("return",),
        "https://larkwell.example/returns/",
    ),
    ("update_account_settings", {"setting": "address", "value": "9 Elsewhere Road, Ashcombe"}, ("update",), ""),
)


@pytest.mark.parametrize(("tool", "args", "does", "shown"), APPROVED, ids=[row[0] for row in APPROVED])
async def test_what_people_approve_is_done_and_told(
    tmp_path: Path, tool: str, args: Mapping[str, Any], does: tuple[str, ...], shown: str
) -> None:
    async with shop_stage(tmp_path) as made:
        claim = await made.claim()
        [result] = await made.run(session(claim), call(tool, args))
        assert result.ends == "approval", result.text
        await made.store.finish(claim, claim.turn)
        [record] = await made.store.open_records("approval", limit=9)
        assert (await made.approvals.decide(record.id, Colleague(BOSS), "approve")).counts
        claim = await made.claim(notice=f"approval:{record.id}")
        reply = await made.approvals.carry_out(claim, record.id)
        assert reply.trace.actions[0].does == does, reply
        assert "<approval_done>" in reply.text
        assert shown in reply.text


async def test_a_cancelled_plan_makes_the_promise_true(shop: Stage) -> None:
    tool = shop.gateway.catalogue.find("modify_subscription")
    assert tool
    args = tool.arguments.parse({"subscription_id": "S-501", "action": "cancel", "months": 0, "plan": ""})
    ran = await shop.gateway.executor.run(tool, args, await shop.session(), key="k")
    assert ran.does == ("cancel",)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"day": "2020-01-01", "time": "14:00"}, "within the next 30 days"),
        ({"day": "2126-01-01", "time": "14:00"}, "within the next 30 days"),
        ({"day": "2026-02-31", "time": "14:00"}, "no such day"),
    ],
)
async def test_a_call_back_at_a_time_that_cannot_be(shop: Stage, args: Mapping[str, str], words: str) -> None:
    [result] = await shop.run(await shop.session(), call("schedule_callback", {**args, "topic": "The rattle"}))
    assert result.failed
    assert words in result.text
    assert not shop.tickets.opened


async def test_a_ticket_of_a_tool_is_one_like_all_others(tmp_path: Path) -> None:
    """As the server puts it together."""
    store = MemoryStore(Settings())
    box = toolbox(
        ToolsSettings(), store, Voice(BusinessSettings(), PhrasesSettings()), retriever=FakeRetriever(), sinks=("crm",)
    )
    async with shop_stage(tmp_path, store=store) as made:
        claim = await made.claim()
        wanted = call("create_support_ticket", {"subject": "A rattle", "details": "In the cold."})
        results = [(await box.gateway.run([wanted], session(claim)))[0] for _ in range(2)]
    assert results[0].text == results[1].text
    ticket = await find(store, json.loads(results[0].text)["ticket"])
    assert ticket
    assert (ticket.reason, ticket.subject, ticket.text) == ("support_request", "A rattle", "In the cold.")
    assert (ticket.customer_id, ticket.turn_id) == ("C-1001", claim.turn.id)
    assert len(await store.take(lease_s=1.0, limit=9)) == 1


@pytest.mark.parametrize(
    ("state", "runs"), [("pending", False), ("human", False), ("callback", True), ("bot", True), ("closed", True)]
)
async def test_where_people_have_the_conversation_nothing_is_done(state: handoffs.State, runs: bool) -> None:
    """As the desk keeps it."""
    made = stage()
    claim = await made.claim()
    kept = Handoff(
        conversation_id=claim.turn.conversation_id,
        customer=claim.turn.address,
        name="Maya",
        language="en",
        state=state,
        number=1,
        reasons=("asked_for_person",),
        ticket="ABCD-2345",
        turn_id="t0",
        opened_at=0.0,
        waits_since=0.0,
        called_at=0.0,
        customer_at=0.0,
    )
    assert await made.store.save_records(replace(handoffs.record(kept, DeskSettings(), version=0), forget_at=None))
    voice = Voice(BusinessSettings(), PhrasesSettings())
    box = toolbox(ToolsSettings(), made.store, voice, retriever=FakeRetriever())
    [result] = await box.gateway.run([call("search_knowledge_base", {"query": "returns"})], session(claim))
    assert result.failed is not runs
