"""The example in the document about tools works as it stands."""

import json

import pytest

from tests.fakes.acting import NOBODY, call, stage
from tests.test_examples import example


@pytest.mark.parametrize(("day", "told"), [("2026-11-30", False), ("2026-12-01", True)])
async def test_the_example_of_a_tool_says_whether_the_shop_is_open(day: str, told: bool) -> None:
    made = stage(tools=[example("adding-a-tool.md").TOOL])
    [result] = await made.run(await made.session(NOBODY), call("check_opening_day", {"day": day}))
    assert json.loads(result.text)["open"] is told
    [result] = await made.run(await made.session(NOBODY, "other"), call("check_opening_day", {"day": "2026-02-31"}))
    assert result.text == "there is no such day"
