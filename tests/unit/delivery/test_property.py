"""Whatever goes wrong, people see each final text whole, once and in order.

`TEST_EXAMPLES` runs more examples than the usual suite, each time other ones.
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.delivery.stories import Story, judge, stories, tell

EXAMPLES = int(os.environ.get("TEST_EXAMPLES", "0"))


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # stories are long
@settings(
    max_examples=EXAMPLES or 300,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(stories)
def test_people_see_each_final_text_whole_once_and_in_order(story: Story) -> None:
    loop = VirtualTimeLoop()
    try:
        judge(story, loop.run_until_complete(tell(story)))
    finally:
        loop.close()
