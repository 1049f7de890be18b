"""Settings of a system over HTTP: every mistake is named with its key before the first request."""

import copy
from typing import Any

import pytest

from bridge.backends.http.amounts import decimal_text, minor
from bridge.backends.http.expressions import Missing, parse
from bridge.backends.http.reviewing import review
from bridge.backends.http.settings import HttpSettings
from bridge.backends.http.templates import fill
from tests.fakes.shop_server import settings_table

GOOD = settings_table() | {"base_url": "https://shop.example.com/api"}


def problems(path: str, value: Any, secrets: tuple[str, ...] = ("BACKEND_TOKEN",)) -> list[str]:
    """What is said when one setting is changed; None takes it away."""
    table = copy.deepcopy(GOOD)
    *parents, key = path.split(".") if path else ["x"]
    inner: Any = table
    for parent in parents:
        inner = inner.setdefault(parent, {})
    if path and value is None:
        del inner[key]
    elif path:
        inner[key] = value
    return review(HttpSettings(**table), secrets)


def test_the_example_is_good() -> None:
    assert problems("", None) == []


ORDER = "operations.order_status"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("base_url", "", "backend.http.base_url: must be like"),
        ("base_url", "ftp://shop.example.com", "backend.http.base_url: must be like"),
        ("base_url", "https://me:pw@shop.example.com", "backend.http.base_url: must be like"),
        ("base_url", "https://shop.example.com:999999", "backend.http.base_url: must be like"),
        ("base_url", "http://shop.example.com", "backend.http.base_url: would send credentials unencrypted"),
        ("auth", "basic", "backend.http: with auth = 'basic', set BACKEND_USER, BACKEND_PASSWORD in"),
        ("auth", "header", "backend.http.auth_header: name the header"),
        ("time_zone", "Mars/North", "backend.http.time_zone: there is no time zone"),
        ("operations", {}, "backend.http.operations: is empty"),
        ("refused", {"404": "gone"}, "backend.http.refused.404: is not a reason we know"),
        ("headers", {"Authorization": "x"}, "backend.http.headers.Authorization: is not set here"),
        ("check_path", "status", "backend.http.check_path: must begin"),
        ("operations.order_state", {"path": "/x"}, "operations.order_state: is not an operation we know; did you mean"),
        (f"{ORDER}.path", None, f"backend.http.{ORDER}.path: is missing"),
        (
            f"{ORDER}.path",
            "/orders/{order_numer}",
            f"{ORDER}.path: {{order_numer}} is not an argument we know; did you mean",
        ),
        (f"{ORDER}.path", "/o/{order_number|upper}", f"{ORDER}.path: is not a filter we know"),
        (f"{ORDER}.query", {"a": "{sku}"}, f"{ORDER}.query: {{sku}} is not an argument"),
        (f"{ORDER}.fields.totl", "total", f"{ORDER}.fields.totl: is not a field we know; did you mean 'total'?"),
        (f"{ORDER}.fields.status", None, f"{ORDER}.fields.status: is missing"),
        (f"{ORDER}.fields.total", "total", f"{ORDER}.fields.total.currency: is missing"),
        (f"{ORDER}.fields.items", "lines", f"{ORDER}.fields.items.fields: is missing; it holds sku"),
        (f"{ORDER}.fields.items.fields.sku", None, f"{ORDER}.fields.items.fields.sku: is missing"),
        (f"{ORDER}.fields.note", {"fields": {"a": "b"}}, f"{ORDER}.fields.note.fields: it has no fields"),
        (f"{ORDER}.fields.status", {"values": {"a": "arrived"}}, f"{ORDER}.fields.status: is not a value we know"),
        (f"{ORDER}.fields.status", {"default": "lost"}, f"{ORDER}.fields.status: is not a value we know"),
        (f"{ORDER}.fields.order_number", "={number}", f"{ORDER}.fields.order_number: {{number}} is not an argument"),
        (f"{ORDER}.errors", {"X": "nope"}, f"{ORDER}.errors.X: is not a reason we know"),
        (f"{ORDER}.errors", {"X": "taken"}, f"{ORDER}.errors_at: is missing"),
        (f"{ORDER}.owner", "", f"{ORDER}: does not say whose it is"),
        (f"{ORDER}.values", {"colour": {}}, f"{ORDER}.values.colour: is not an argument"),
        (f"{ORDER}.when", {"colour=red": {}}, f"{ORDER}.when.colour=red: is not an argument"),
        ("operations.find_customer.fields.email", None, "operations.find_customer.fields.email: is missing"),
        ("operations.start_return.before", "order_stat", "operations.start_return.before: must be an operation"),
        ("operations.start_return.before", "discount", "operations.start_return.before: must be an operation"),
        ("operations.start_return.before", "inventory", "'inventory' needs arguments that this operation does not"),
        ("operations.discount.when.order_number.path", "/orders/{order_number}", "operations.discount: does not say"),
    ],
)
def test_a_mistake_is_named_with_its_key(path: str, value: Any, said: str) -> None:
    found = problems(path, value)
    assert any(said in problem for problem in found), found


def test_a_write_does_not_say_whose_it_is_by_what_it_answers() -> None:
    """The owner would be known when it is too late."""
    table = copy.deepcopy(GOOD)
    table["operations"]["start_return"] |= {"before": "", "owner": "customer", "body": {"order": "{order_number}"}}
    (problem,) = review(HttpSettings(**table), ["BACKEND_TOKEN"])
    assert "operations.start_return: does not say whose it is" in problem


def test_credentials_are_asked_for() -> None:
    assert problems("", None, ()) == [
        "backend.http: with auth = 'bearer', set BACKEND_TOKEN in the environment or in .env"
    ]


@pytest.mark.parametrize("place", ["a..b", "a b", "[", "a[", "a + ", ".a", "a.[0]x", "a{b}", "x" * 301])
def test_a_place_that_cannot_be_read_is_refused(place: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        HttpSettings(operations={"customer": {"result": place}})


DATA = {"a": {"b": [{"c": 1, "k": "x"}, {"c": 2, "k": "y"}], "n": None}, "one": [7], "f": "Jo", "l": "Ha", "e": ""}


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("", DATA),
        ("a.b[0].c", 1),
        ("a.b[-1].c", 2),
        ("a.b[k=y].c", 2),
        ("one[only]", 7),
        ("a.b[only]", Missing.EMPTY),
        ("a.b[k=z].c", Missing.EMPTY),
        ("a.b[9]", Missing.EMPTY),
        ("a.n", Missing.EMPTY),
        ("a.q", Missing.MISSING),
        ("a.b.c", Missing.MISSING),
        ("f[0]", Missing.MISSING),
        ("f + l", "Jo Ha"),
        ("f + e + q", "Jo"),
        ("f + a", "Jo"),
        ("one + a", Missing.MISSING),
        ("q | f", "Jo"),
        ("q | a.n", Missing.EMPTY),
        ("=GBP", "GBP"),
        ("=no {x}", "no 7"),
        ("={y} | f", "Jo"),
    ],
)
def test_a_place_in_an_answer(place: str, value: Any) -> None:
    assert parse(place).read(DATA, {"x": "7"}) == value


ARGS = {"n": "LW-0042", "m": {"amount": 1250, "currency": "GBP"}, "flag": False, "none": None, "text": "{n}"}


@pytest.mark.parametrize(
    ("template", "sent"),
    [
        ("{n|digits}", "42"),
        ("{m.amount}", 1250),
        ("{m|major}", "12.50"),
        ("{flag}", False),
        ("is {flag}", "is false"),
        ("{none}", None),
        ("a {none}", None),
        ("{text}", "{n}"),
        ({"a": {"b": "{n|lower}"}, "c": "{none}", "d": ["{none}", 1, True]}, {"a": {"b": "lw-0042"}, "d": [1, True]}),
    ],
)
def test_a_template_is_filled_once(template: Any, sent: Any) -> None:
    assert fill(template, ARGS) == sent


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [("12.50", "GBP", 1250), (12.5, "GBP", 1250), (7, "JPY", 7), ("1.234", "KWD", 1234), ("-3", "EUR", -300)],
)
def test_money_is_whole_coins(text: object, currency: str, amount: int) -> None:
    assert minor(text, currency) == amount
    assert minor(decimal_text(amount, currency), currency) == amount


@pytest.mark.parametrize("text", ["", "1,50", "0.001", "1e999", "inf", True, None, [], "£5"])
def test_what_is_no_money(text: object) -> None:
    with pytest.raises(ValueError, match=r"amount|coin"):
        minor(text, "GBP")
