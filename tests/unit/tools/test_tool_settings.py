"""A name in [tools] that is mistyped would quietly leave a tool as it was."""

import pytest
from pydantic import ValidationError

from bridge.tools.builtin import problems
from bridge.tools.settings import ToolsSettings


def test_names_that_are_no_tools_are_mistakes() -> None:
    settings = ToolsSettings(off=("lookup_customer", "lokup"), identity={"x": 2}, tiers={"crm_update": "high"})
    found = problems(settings, ["crm_update"])
    assert [each.partition(" is not")[0] for each in found] == ["tools.off: 'lokup'", "tools.identity: 'x'"]
    assert problems(ToolsSettings()) == []


def test_nobody_without_a_name_may_approve() -> None:
    with pytest.raises(ValidationError):
        ToolsSettings(approvers=("",))
