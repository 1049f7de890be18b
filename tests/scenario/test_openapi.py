"""The server does what docs/openapi.json says, whatever is sent: schemathesis makes the requests."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from scripts.openapi import description
from tests.fakes.server import Server
from tests.fakes.server_thread import server_thread
from tests.scenario.test_raw_http import TELLTALES

SCHEMA = schemathesis.openapi.from_dict(description())
BRIEF = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with server_thread() as started:
        yield started


@pytest.fixture(scope="module")
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture(scope="module")
def begun(server: Server, http: requests.Session) -> dict[str, str]:
    """A token and a turn of its conversation."""
    token = http.post(f"{server.url}/widget/session", timeout=5).json()["token"]
    message = {"client_msg_id": "1", "text": "Hello?"}
    headers = {"Authorization": f"Bearer {token}"}
    turn = http.post(f"{server.url}/widget/messages", json=message, headers=headers, timeout=5).json()["turn_id"]
    return {"token": token, "turn_id": turn}


@SCHEMA.parametrize()
@BRIEF
def test_every_answer_is_as_described(
    case: schemathesis.Case[Any], server: Server, http: requests.Session, begun: dict[str, str]
) -> None:
    """Half of the requests carry a good token and a turn that exists; the open stream never ends, so it gets none."""
    known = (len(str(case.body)) + len(str(case.headers))) % 2 == 0
    headers: dict[str, Any] = {}
    if known and case.operation.path != "/widget/events":
        headers["Authorization"] = f"Bearer {begun['token']}"
        if "turn_id" in case.path_parameters:
            case.path_parameters["turn_id"] = begun["turn_id"]

    response = case.call(base_url=server.url, session=http, headers=headers, timeout=10)

    check(response)
    case.validate_response(
        response,
        checks=[
            not_a_server_error,
            response_schema_conformance,
            content_type_conformance,
        ],
    )


def check(response: schemathesis.Response) -> None:
    assert response.status_code < 500
    assert response.headers["server"] == ["bridge"]
    if response.status_code >= 400:
        assert not TELLTALES.search(response.content)
        assert len(response.content) < 200
