"""What tools tell: amounts as people write them, nothing that a result's type does not name, and for whom they ask."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.backends.operations import Money
from bridge.errors import BackendUnavailable
from bridge.ports import Backend
from bridge.tools.asking import ask, money, shown
from bridge.tools.results import RESULT_CHARS_MAX, fitted
from bridge.tools.settings import ToolsSettings
from bridge.tools.tool import ToolContext
from tests.fakes.acting import MAYA, stage

ORDER = {"order_number": "1042", "status": "confirmed", "placed_on": "2026-11-01"}


class Saying:
    """A business that answers what it is told to."""

    def __init__(self, answer: Mapping[str, Any] | Exception) -> None:
        self.answer = answer
        self.asked: list[tuple[str, Mapping[str, Any], str]] = []

    @property
    def operations(self) -> frozenset[str]:
        return frozenset()

    async def call(self, operation: str, args: Mapping[str, Any], *, key: str = "") -> Mapping[str, Any]:
        self.asked.append((operation, args, key))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def check(self) -> str:
        return ""

    async def aclose(self) -> None:
        return None


async def context(backend: Backend) -> ToolContext:
    session = await stage().session(MAYA)
    return ToolContext(
        identity=MAYA, language="en", session=session, settings=ToolsSettings(), key="k1", backend=backend
    )


async def test_it_is_always_asked_for_the_sessions_customer() -> None:
    backend = Saying(ORDER)
    await ask(await context(backend), "order_status", {"order_number": "1042", "customer_id": "C-9999"})
    assert backend.asked == [("order_status", {"order_number": "1042", "customer_id": "C-1001"}, "")]


async def test_only_a_write_has_a_key_and_what_is_nobodys_has_no_customer() -> None:
    backend = Saying({"customer_id": "C-1001", "name": "Maya"})
    await ask(await context(backend), "update_settings", {"name": "Maya"})
    backend.answer = {"products": []}
    await ask(await context(backend), "inventory", {"product": "Heron", "size": ""})
    assert [(key, "customer_id" in args) for _, args, key in backend.asked] == [("k1", True), ("", False)]


async def test_what_the_type_does_not_name_is_not_told() -> None:
    backend = Saying({**ORDER, "internal_margin": 0.7, "staff_note": "difficult"})
    assert shown(await ask(await context(backend), "order_status", {"order_number": "1042"})) == ORDER


@pytest.mark.parametrize(
    ("operation", "unknown"), [("order_status", False), ("update_settings", True)], ids=["a read", "a write"]
)
@pytest.mark.parametrize(
    "answer", [{"status": "¯\\_(ツ)_/¯"}, BackendUnavailable("secret", unknown=True)], ids=["does not fit", "was lost"]
)
async def test_only_a_write_leaves_doubt(operation: str, unknown: bool, answer: Any) -> None:
    with pytest.raises(BackendUnavailable) as caught:
        await ask(await context(Saying(answer)), operation, {})
    assert caught.value.unknown is unknown


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (Money(amount=1250, currency="GBP"), "12.50 GBP"),
        (Money(amount=-5, currency="EUR"), "-0.05 EUR"),
        (Money(amount=1250, currency="JPY"), "1250 JPY"),
        (Money(amount=1250, currency="KWD"), "1.250 KWD"),
    ],
)
def test_amounts_are_told_as_people_write_them(amount: Money, words: str) -> None:
    assert money(amount) == words


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=60) | st.dictionaries(st.text(), inner, max_size=60),
    max_leaves=30,
)


@settings(max_examples=50)
@given(st.dictionaries(st.text(), values, max_size=40) | st.text())
def test_whatever_comes_fits(data: Mapping[str, Any] | str) -> None:
    text = fitted(data)
    assert len(text) <= RESULT_CHARS_MAX
    text.encode()
