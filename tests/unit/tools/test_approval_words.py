"""What a customer is shown of something that was done after a person's approval."""

import json

import pytest

from bridge.ports import Approval
from bridge.tools.approval_records import Kept
from bridge.tools.approval_words import Words
from bridge.tools.schedule_appointment import TOOL
from bridge.types import Address, ConversationId, Turn, TurnId

DONE = Approval(
    id="0" * 32,
    reference="ABCD-2345",
    conversation_id=ConversationId("widget:1"),
    turn_id=TurnId("1" * 32),
    address=Address("widget", "1"),
    language="en",
    tool=TOOL.name,
    title="the appointment S-1",
    args={},
    digest="d",
    customer_id="C-1001",
    identity_level=2,
    requesters=("ada",),
    asked_at=1.0,
    expires_at=2.0,
    state="done",
)
TURN = Turn(id=DONE.turn_id, conversation_id=DONE.conversation_id, inbounds=())


@pytest.mark.parametrize(
    ("starts_at", "shown"),
    [
        ("2026-11-30T14:30:00+00:00", "2026-11-30 14:30"),
        ("2026-11-30T14:30:00.250Z", "2026-11-30 14:30"),
        ("2026-11-30T14:30+01:00", "2026-11-30 14:30"),
        ("2026-11-30", "2026-11-30"),
        ("T-2026-11-30T14:30", "T-2026-11-30T14:30"),
    ],
)
def test_times_are_shown_as_people_write_them(starts_at: str, shown: str) -> None:
    told = {"service": "Full service", "starts_at": starts_at, "appointment_id": "A-1", "price": "65.00 GBP"}
    words = Words(say=lambda language, name: f"<{name}>")
    reply = words.reply(TURN, DONE, Kept(approval=DONE, told_data=json.dumps(told)), TOOL)
    assert reply.text == f"<approval_done> **ABCD-2345**\n\n- Full service\n- {shown}\n- A-1"
