"""Whatever a system answers: a result that fits and can be passed on, or an error that quotes nothing."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.backends.http.client import HttpBackend, _Answer, _json
from bridge.backends.http.settings import HttpSettings
from bridge.backends.operations import OPERATIONS
from bridge.errors import BackendError
from tests.fakes.shop_server import SECRETS, settings_table

MARK = "Maya-Okafor-4242"
"""Stands for what must not be quoted."""
texts = st.text(st.characters(), max_size=40) | st.sampled_from(
    [MARK, "", "\ud800", "1e999999", "NaN", "9" * 400, "\x00"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=8
)
ORDER: dict[str, Any] = {
    "name": "LW-001042",
    "customer": {"id": "C-1001"},
    "state": "delivered",
    "created_at": "2026-01-02T03:04:05",
    "total": "12.50",
    "currency": "GBP",
    "shipping": {"method": "van", "earliest": None, "parcels": [{"by": "x", "code": "1"}]},
    "lines": [{"article": "A", "title": "Lamp", "qty": 1, "unit_price": "1.00"}],
    "rmas": ["R-1"],
}
PLACES = [
    (),
    *((name,) for name in ORDER),
    ("customer", "id"),
    ("shipping", "parcels"),
    ("shipping", "parcels", 0),
    ("shipping", "parcels", 0, "by"),
    ("lines", 0),
    *(("lines", 0, name) for name in ("article", "title", "qty", "unit_price")),
    ("rmas", 0),
]
BACKEND = HttpBackend(HttpSettings(**settings_table() | {"base_url": "https://shop.example.com"}), SECRETS)
ARGS = {"customer_id": "C-1001", "order_number": "1042"}


def read(operation: str, args: dict[str, Any], answer: Any, status: int = 200) -> None:
    """Either it fits and can be passed on, or the error quotes nothing."""
    settings = BACKEND._settings.operations[operation]
    told, error = {}, None
    try:
        result = BACKEND._read(operation, settings, OPERATIONS[operation], args, _Answer(status, answer, True))
        told = result.model_dump(mode="json")
    except BackendError as caught:
        error = caught
    assert MARK not in f"{error}{error.__cause__!r}" if error else True
    json.dumps(told, ensure_ascii=False, allow_nan=False).encode()


@given(st.sampled_from(PLACES), values)
def test_one_wrong_thing_in_an_order(place: tuple[Any, ...], value: Any) -> None:
    answer: Any = {"order": copy.deepcopy(ORDER)}
    inner: Any = answer
    for part in ("order", *place)[:-1]:
        inner = inner[part]
    inner[("order", *place)[-1]] = value
    read("order_status", ARGS, answer)


@given(st.sampled_from(sorted(OPERATIONS)), values, st.integers(100, 599))
def test_anything_at_all(operation: str, value: Any, status: int) -> None:
    args = {"customer_id": "C-1001", "order_number": "1", "phone": None, "email": None}
    read(operation, args, value, status)


@given(st.binary(max_size=200))
def test_bytes_are_json_or_not(raw: bytes) -> None:
    _json(raw)


@pytest.mark.parametrize("raw", [b'{"a": NaN}', b"[Infinity]", b'{"a": -Infinity}'])
def test_numbers_that_are_none_are_no_json(raw: bytes) -> None:
    assert not _json(raw)[1]
