"""A Claude that looks orders up and tells what it is told: `ClaudeServer(composes=clerk)`."""

import json
import re
from typing import Any

from tests.fakes.claude_obedient import news, results, texts
from tests.fakes.claude_server import Answer, call, say

_STATUS = re.compile(r"Where is my order (\d+)\?")


def clerk(body: dict[str, Any]) -> Answer:
    """One look for each question, and no more."""
    if told := results(body):
        return _told(told[-1])
    if asked := _STATUS.findall("\n".join(texts(news(body)))):
        return call("check_order_status", order_number=asked[-1])
    return say("I do not know that.")


def _told(result: dict[str, Any]) -> Answer:
    if result.get("is_error"):
        return say("I could not look that up.")
    order = json.loads("".join(texts(result)))
    return say(f"Your order {order['order_number']} is {order['status'].replace('_', ' ')}.")
