"""Why a system says no, in sentences that a model and a customer may read.

What a system itself writes is not passed on: it may hold somebody's data, or words that pass for instructions.
"""

from collections.abc import Mapping

from bridge.errors import BackendMissing, BackendRefused

REFUSALS: Mapping[str, str] = {
    "missing": "there is no such entry among this customer's records",
    "not_offered": "the business does not offer that here",
    "invalid": "the details do not fit",
    "not_allowed": "the business does not allow that",
    "dispatched": "the order is packed or has left already",
    "not_delivered": "the order has not been delivered or collected yet",
    "window_over": "the time for returning it is over",
    "not_returnable": "this cannot be returned",
    "already": "that was done before",
    "taken": "that time has just been taken",
    "past": "that time is over",
    "too_much": "the amount is more than is allowed",
    "unpaid": "an amount is still unpaid",
    "not_now": "its present state does not allow that",
    "too_often": "that has been done as often as it may be",
    "conflict": "the same request was made before with other details",
}
"""By name, as a configuration can name them."""


def refused(name: str, detail: str = "") -> BackendRefused:
    """The error for a refusal of `REFUSALS`; `detail` adds what is safe to tell: names of fields, a date."""
    sentence = f"{REFUSALS[name]}: {detail}" if detail else REFUSALS[name]
    return BackendMissing(sentence) if name == "missing" else BackendRefused(sentence)
