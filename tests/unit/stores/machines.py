"""Runs state machines over the stores. `TEST_EXAMPLES` runs more examples than usual, each time other ones."""

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine

EXAMPLES = int(os.environ.get("TEST_EXAMPLES", "0"))


def run(machine: type[RuleBasedStateMachine], *, examples: int, steps: int) -> None:
    case = machine.TestCase
    case.settings = settings(
        max_examples=EXAMPLES or examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=not EXAMPLES,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    case().runTest()
