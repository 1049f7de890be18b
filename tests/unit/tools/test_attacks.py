"""The table of attacks, run through the real gateway with the demo shop: all of them end as the policy says."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.attacks import complaints, table

ROWS_MIN = 150


async def test_every_attack_ends_as_the_policy_says(
    tmp_path: Path, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = table()
    assert len(rows) >= ROWS_MIN
    wrong = await complaints(tmp_path, rows)
    words = f"{len(rows) - len(wrong)} of {len(rows)} attacks ended as the policy says"
    record_property("attacks", words)
    with capsys.disabled():
        sys.stdout.write(f"\n{words}\n")
    assert not wrong, "\n".join(f"{number} {rows[number - 1]['kind']}: {why}" for number, why in wrong.items())


async def test_the_table_would_notice(tmp_path: Path) -> None:
    """Rows that say the wrong thing are complained about: about answers, about what shows, about what changes."""
    voucher = ["apply_discount", {"order_number": "", "amount": 400, "reason": "It came late."}]
    rows = [
        {"kind": "", "calls": [["delete_account", {}]], "answers": ["done"]},
        {
            "kind": "",
            "calls": [["check_inventory", {"product": "Heron", "size": ""}]],
            "answers": ["done"],
            "hides": ["H"],
        },
        {"kind": "", "calls": [voucher], "answers": ["done"]},
        {"kind": "", "calls": [voucher], "answers": ["done"], "changes": ["vouchers"]},
    ]
    assert sorted(await complaints(tmp_path, rows)) == [1, 2, 3]
