"""What people at the desk are asked to approve is a question; once it is decided, it says what it was about."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.desk import cards
from bridge.ports import Approval, Card
from bridge.tools.builtin import TOOLS
from bridge.tools.settings import ToolsSettings
from bridge.tools.tool import Tier, asked_for
from bridge.types import Address, ConversationId, TurnId

WHEN = datetime(2026, 11, 30, 12, tzinfo=UTC)
QUESTIONS: list[tuple[str, dict[str, Any], str]] = [
    (
        "apply_discount",
        {"order_number": "1042", "amount": 1_250, "reason": "late"},
        "Approve a discount of 12.50 GBP on order 1042?",
    ),
    (
        "apply_discount",
        {"order_number": "", "amount": 900, "reason": "late"},
        "Approve a voucher of 9.00 GBP?",
    ),
    (
        "initiate_return",
        {"order_number": "987", "sku": "X", "quantity": 1, "reason": "faulty", "method": "shop", "note": ""},
        "Approve a return from order 987?",
    ),
    (
        "modify_subscription",
        {"subscription_id": "S-501", "action": "pause", "months": 1, "plan": ""},
        "Approve a pause of 1 month for subscription S-501?",
    ),
    (
        "modify_subscription",
        {"subscription_id": "S-501", "action": "pause", "months": 2, "plan": ""},
        "Approve a pause of 2 months for subscription S-501?",
    ),
    (
        "modify_subscription",
        {"subscription_id": "S-501", "action": "resume", "months": 0, "plan": ""},
        "Approve the end of the pause for subscription S-501?",
    ),
    (
        "modify_subscription",
        {"subscription_id": "S-501", "action": "cancel", "months": 0, "plan": ""},
        "Approve the cancellation of subscription S-501?",
    ),
    (
        "modify_subscription",
        {"subscription_id": "S-501", "action": "change_plan", "months": 0, "plan": "Care Full"},
        "Approve a change to Care Full for subscription S-501?",
    ),
    ("update_account_settings", {"setting": "phone", "value": "+441632960001"}, "Approve a new telephone number?"),
    ("update_account_settings", {"setting": "address", "value": "1 Mill Lane"}, "Approve a new delivery address?"),
    ("schedule_appointment", {"slot_id": "FULL-1", "note": ""}, "Approve the appointment FULL-1?"),
    (
        "schedule_callback",
        {"day": "2026-11-30", "time": "14:30", "topic": "Brakes"},
        "Approve a callback on 2026-11-30 at 14:30?",
    ),
    ("create_support_ticket", {"subject": "Brakes", "details": "They squeak."}, "Approve a ticket?"),
]
BY_NAME = {tool.name: tool for tool in TOOLS}


def _asked(name: str, title: str, args: dict[str, Any]) -> Approval:
    return Approval(
        id="0" * 32,
        reference="ABCD-2345",
        conversation_id=ConversationId("widget:1"),
        turn_id=TurnId("1" * 32),
        address=Address("widget", "1"),
        language="en",
        tool=name,
        title=title,
        args=args,
        digest="d",
        customer_id="C-1001",
        identity_level=2,
        requesters=("ada",),
        asked_at=1.0,
        expires_at=2.0,
    )


def _card(approval: Approval) -> Card:
    return cards.approval(approval, when=WHEN, until=WHEN, decided=WHEN, zone="UTC")


@pytest.mark.parametrize(("name", "args", "question"), QUESTIONS)
def test_what_is_to_be_approved_is_asked_in_a_question(name: str, args: dict[str, Any], question: str) -> None:
    tool = BY_NAME[name]
    approval = _asked(name, asked_for(tool, tool.arguments.parse(args), ToolsSettings()), args)
    card = _card(approval)
    assert card.heading == question
    assert [button.confirm for button in card.buttons] == [question, "", ""]

    decided = _card(replace(approval, state="done"))
    assert f"Approve {decided.heading[:1].lower()}{decided.heading[1:]}?" == question


def test_every_tool_that_changes_something_has_a_question() -> None:
    assert {tool.name for tool in TOOLS if tool.tier is not Tier.READ} == {name for name, _, _ in QUESTIONS}


def test_a_tool_of_somebody_elses_is_named() -> None:
    tool = replace(BY_NAME["create_support_ticket"], name="shop_reserve", asks=None)
    asked = asked_for(tool, None, ToolsSettings())
    assert _card(_asked(tool.name, asked, {})).heading == "Approve a call of the tool shop_reserve?"
