"""The examples in docs/backends.md and docs/adding-a-backend.md work as they stand, at stand-ins that answer what these
systems do."""

import re
import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bridge.backends import opening
from bridge.backends.http.client import HttpBackend
from bridge.backends.operations import OPERATIONS
from bridge.backends.refusals import REFUSALS
from bridge.backends.settings import BackendSettings
from bridge.errors import BackendMissing, BackendRefused, BackendUnavailable
from tests.fakes.loopback import on_loopback

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "backends.md").read_text(encoding="utf-8")
SECRETS = {name: SecretStr(f"{name.lower()}-of-a-test") for name in opening.SECRETS}


def example(name: str) -> BackendSettings:
    """The settings that stand below a marker of the page."""
    found = re.search(rf"<!-- {name} -->\n```toml\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return BackendSettings.model_validate(tomllib.loads(found[1])["backend"])


@asynccontextmanager
async def connected(name: str, app: web.Application, path: str) -> AsyncIterator[HttpBackend]:
    """A backend with the page's settings, at a stand-in."""
    async with on_loopback(app) as url:
        settings = example(name).http.model_copy(update={"base_url": f"{url}{path}"})
        backend = HttpBackend(settings, SECRETS)
        yield backend
        await backend.aclose()


def test_every_example_is_good() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        settings = BackendSettings.model_validate(tomllib.loads(block)["backend"])
        assert opening.problems(settings, SECRETS) == []


def test_every_operation_and_reason_is_on_the_page() -> None:
    assert all(f"| `{name}` |" in PAGE for name in OPERATIONS)
    reasons = re.search(r"^Reasons: (.*)\.$", PAGE, re.MULTILINE)
    assert reasons
    assert re.findall(r"`(\w+)`", reasons[1]) == list(REFUSALS)


# ---------------------------------------------------------------- WooCommerce

WOO_ORDER = {
    "id": 727,
    "number": "727",
    "status": "processing",
    "currency": "GBP",
    "date_created": "2026-11-20T17:28:02",
    "total": "29.35",
    "customer_id": 26,
    "shipping_lines": [{"method_title": "Flat rate"}],
    "line_items": [{"id": 315, "name": "Woo Single #1", "quantity": 2, "sku": "", "price": 3}],
}
WOO_CUSTOMER = {
    "id": 26,
    "date_created": "2026-03-21T16:09:28",
    "email": "joao.silva@example.com",
    "first_name": "João",
    "last_name": "Silva",
    "billing": {"phone": "(55) 5555-5555"},
    "shipping": {"address_1": "Av. Brasil, 432", "city": "Rio de Janeiro", "postcode": "12345-000"},
}
WOO_PRODUCTS = [
    {"id": 799, "name": "Ship Your Idea", "price": "", "stock_quantity": None, "stock_status": "instock"},
    {"id": 794, "name": "Premium Quality", "price": "21.99", "stock_quantity": 7, "stock_status": "instock"},
]


def woocommerce() -> web.Application:
    """What the reference of the REST API, version 3, answers."""

    async def orders(request: web.Request) -> web.Response:
        return web.json_response([WOO_ORDER] if request.query.get("customer") == "26" else [])

    async def order(request: web.Request) -> web.Response:
        if request.match_info["id"] == "727":
            return web.json_response(WOO_ORDER)
        error = {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}
        return web.json_response(error, status=404)

    async def customers(request: web.Request) -> web.Response:
        asked = dict(request.query)
        assert asked.pop("role") == "all"
        known = asked in ({"email": "joao.silva@example.com"}, {"include": "26"})
        return web.json_response([WOO_CUSTOMER] if known else [])

    async def customer(request: web.Request) -> web.Response:
        changed = dict(WOO_CUSTOMER)
        if request.method == "PUT":
            told: Mapping[str, Any] = await request.json()
            changed |= {part: {**WOO_CUSTOMER[part], **new} for part, new in told.items()}  # type: ignore[dict-item]
        return web.json_response(changed)

    async def products(request: web.Request) -> web.Response:
        return web.json_response(WOO_PRODUCTS)

    app = web.Application(middlewares=[_basic])
    app.add_routes(
        [
            web.get("/wp-json/wc/v3/orders", orders),
            web.get("/wp-json/wc/v3/orders/{id}", order),
            web.get("/wp-json/wc/v3/customers", customers),
            web.get("/wp-json/wc/v3/customers/26", customer),
            web.put("/wp-json/wc/v3/customers/26", customer),
            web.get("/wp-json/wc/v3/products", products),
        ]
    )
    return app


@web.middleware
async def _basic(request: web.Request, handler: Any) -> web.StreamResponse:
    if not request.headers.get("Authorization", "").startswith("Basic "):
        return web.json_response({"code": "woocommerce_rest_cannot_view"}, status=401)
    answer: web.StreamResponse = await handler(request)
    return answer


async def test_woocommerce_as_on_the_page() -> None:
    async with connected("woocommerce", woocommerce(), "/wp-json/wc/v3") as shop:
        found = await shop.call("find_customer", {"email": "Joao.Silva@example.com".lower()})
        assert (found["customer_id"], found["name"]) == ("26", "João Silva")
        assert await shop.call("find_customer", {"customer_id": "26"}) == found
        with pytest.raises(BackendMissing):
            await shop.call("find_customer", {"email": "nobody@example.com"})
        with pytest.raises(BackendRefused):
            await shop.call("find_customer", {"phone": "+441632960001"})
        order = await shop.call("order_status", {"customer_id": "26", "order_number": "#727"})
        assert order["status"] == "confirmed"
        assert order["total"] == {"amount": 2_935, "currency": "GBP"}
        assert order["items"][0]["sku"] == "315"
        for stranger, number in (("27", "727"), ("26", "728")):
            with pytest.raises(BackendMissing):
                await shop.call("order_status", {"customer_id": stranger, "order_number": number})
        history = await shop.call("customer_history", {"customer_id": "26"})
        assert history["entries"][0]["reference"] == "727"
        stock = await shop.call("inventory", {"product": "idea"})
        assert [(it["available"], it["price"] and it["price"]["amount"]) for it in stock["products"]] == [
            (1, None),
            (7, 2_199),
        ]
        told = await shop.call("update_settings", {"customer_id": "26", "phone": "+441632960001"}, key="k")
        assert told["phone"] == "+441632960001"
        assert (await shop.call("customer", {"customer_id": "26"}))["address"].endswith("Rio de Janeiro 12345-000")
        assert "answers" in await shop.check()


# ---------------------------------------------------------------- Shopify

SHOPIFY_CUSTOMER = {
    "id": "gid://shopify/Customer/544365967",
    "displayName": "Bob Norman",
    "createdAt": "2026-01-15T19:26:33Z",
    "defaultEmailAddress": {"emailAddress": "bob.norman@example.com"},
    "defaultPhoneNumber": None,
}
POUNDS = {"shopMoney": {"amount": "199.00", "currencyCode": "GBP"}}
SHOPIFY_ORDER = {
    "name": "#1001",
    "createdAt": "2026-11-10T11:00:00Z",
    "cancelReason": None,
    "displayFulfillmentStatus": "FULFILLED",
    "totalPriceSet": POUNDS,
    "customer": {"id": SHOPIFY_CUSTOMER["id"]},
    "lineItems": {
        "nodes": [
            {
                "id": "gid://shopify/LineItem/466157049",
                "name": "Lamp - green",
                "variantTitle": "green",
                "quantity": 1,
                "originalUnitPriceSet": POUNDS,
            }
        ]
    },
    "fulfillments": [
        {"displayStatus": "IN_TRANSIT", "trackingInfo": [{"company": "DHL", "number": "1Z23", "url": None}]}
    ],
}


SHOPIFY_LAMP = {
    "id": "gid://shopify/ProductVariant/1",
    "displayName": "Lamp - green",
    "price": "199.00",
    "inventoryQuantity": 4,
}
SHOPIFY_FINDS = {
    "email:bob.norman@example.com": {"customers": {"nodes": [SHOPIFY_CUSTOMER]}},
    "phone:+441632960001": {"customers": {"nodes": []}},
    "name:1001": {"orders": {"nodes": [SHOPIFY_ORDER]}},
    "name:100": {"orders": {"nodes": [SHOPIFY_ORDER]}},  # the search finds what is like it
    "title:lamp": {"productVariants": {"nodes": [SHOPIFY_LAMP]}},
}


def shopify() -> web.Application:
    async def graphql(request: web.Request) -> web.Response:
        if request.headers.get("X-Shopify-Access-Token") != SECRETS["BACKEND_TOKEN"].get_secret_value():
            return web.json_response({"errors": "[API] Invalid API key or access token"}, status=401)
        body = await request.json()
        assert body["query"].count("{") == body["query"].count("}")
        variables = body["variables"]
        if "id" in variables:
            known = variables["id"] == SHOPIFY_CUSTOMER["id"]
            return web.json_response({"data": {"customer": SHOPIFY_CUSTOMER if known else None}})
        if variables["q"] in SHOPIFY_FINDS:
            return web.json_response({"data": SHOPIFY_FINDS[variables["q"]]})
        return web.json_response({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]})

    app = web.Application()
    app.add_routes([web.post("/admin/api/2026-01/graphql.json", graphql)])
    return app


async def test_shopify_as_on_the_page() -> None:
    bob = str(SHOPIFY_CUSTOMER["id"])
    async with connected("shopify", shopify(), "/admin/api/2026-01") as shop:
        assert (await shop.call("find_customer", {"email": "bob.norman@example.com"}))["customer_id"] == bob
        assert (await shop.call("customer", {"customer_id": bob}))["name"] == "Bob Norman"
        order = await shop.call("order_status", {"customer_id": bob, "order_number": "1001"})
        assert order["status"] == "dispatched"
        assert order["parcels"][0]["tracking_number"] == "1Z23"
        assert order["items"][0]["price"] == {"amount": 19_900, "currency": "GBP"}
        stock = await shop.call("inventory", {"product": "lamp"})
        assert stock["products"][0]["available"] == 4
        for missing in (
            ("find_customer", {"phone": "+441632960001"}),
            ("customer", {"customer_id": "gid://shopify/Customer/1"}),
            ("order_status", {"customer_id": "gid://shopify/Customer/1", "order_number": "1001"}),
            ("order_status", {"customer_id": bob, "order_number": "100"}),
        ):
            with pytest.raises(BackendMissing):
                await shop.call(*missing)
        with pytest.raises(BackendUnavailable, match="tells an error"):
            await shop.call("inventory", {"product": "anything else"})


# ---------------------------------------------------------------- one of one's own


async def test_the_example_of_a_backend_knows_its_order() -> None:
    found = re.search(r"```python\n(.*?)```", (DOCS / "adding-a-backend.md").read_text(encoding="utf-8"), re.DOTALL)
    assert found
    module = ModuleType("one_order")
    exec(compile(found[1], "adding-a-backend.md", "exec"), module.__dict__)
    backend = module.OneOrder()
    assert (await backend.call("order_status", {"customer_id": "7", "order_number": "1042"}))["status"] == "dispatched"
    with pytest.raises(BackendMissing):
        await backend.call("order_status", {"customer_id": "8", "order_number": "1042"})
    with pytest.raises(BackendRefused):
        await backend.call("inventory", {"product": "x"})
