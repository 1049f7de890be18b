"""`bridge replay`: post a recorded webhook to a running server.

A recording is JSON: one request, or a list of them in order. A request has `path` and optionally `method` (POST),
`headers`, `json` or `body`, and `sign`: the channel whose platform sends it, so that it is signed now with that
channel's secret. In a later request `{{name}}` stands for a field of an answer before it, so that a
recording can begin a session and use its token.
"""

import argparse
import asyncio
import json
import re
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from bridge.commands import FAILED, GOOD, address, out
from bridge.config import Config
from bridge.errors import ConfigError

ANSWER_CHARS_MAX = 500
TIMEOUT_S = 30
_FIELD = re.compile(r"\{\{(\w+)\}\}")


class Request(BaseModel, frozen=True, extra="forbid"):
    """One recorded request."""

    path: str = Field(pattern=r"^/")
    method: str = "POST"
    headers: dict[str, str] = Field(default_factory=dict)
    json_body: Any = Field(default=None, alias="json")
    body: str | None = None
    sign: str | None = None


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--url", help="the server's address; by default the configured host and port")


def run(args: argparse.Namespace, config: Config) -> int:
    """Exit code 1 when the server refused a request or could not be reached."""
    url = args.url or address(config.server)
    if not url.startswith(("http://", "https://")):
        raise ConfigError([f"--url: must be like {address(config.server)} (it is {url!r})"])
    return asyncio.run(_post(url.rstrip("/"), _read(args.file), config))


def _read(path: Path) -> list[Request]:
    try:
        recorded = json.loads(path.read_text(encoding="utf-8"))
        requests = recorded if isinstance(recorded, list) else [recorded]
        return TypeAdapter(list[Request]).validate_python(requests)
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    except ValidationError as error:
        raise ConfigError(
            [f"{path}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False)]
        ) from error
    except ValueError as error:
        raise ConfigError([f"{path}: is not JSON: {error}"]) from error


async def _post(url: str, requests: list[Request], config: Config) -> int:
    code, fields = GOOD, dict[str, Any]()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as http:
        for request in requests:
            body = request.body if request.json_body is None else json.dumps(request.json_body)
            headers = {name: _filled(value, fields) for name, value in request.headers.items()}
            if request.json_body is not None:
                headers.setdefault("Content-Type", "application/json")
            sent = _filled(body or "", fields).encode()
            headers |= _signature(request, sent, config)
            try:
                async with http.request(
                    request.method,
                    url + _filled(request.path, fields),
                    data=sent,
                    headers=headers,
                ) as answer:
                    text = await answer.text()
            except (aiohttp.ClientError, TimeoutError) as error:
                out.print(f"✗ {url} does not answer: {error}", style="red", markup=False, soft_wrap=True)
                return FAILED
            good = answer.status < 400
            out.print(f"{request.method} {request.path} -> {answer.status}", style="green" if good else "red")
            out.print(text[:ANSWER_CHARS_MAX], markup=False, soft_wrap=True)
            code = code if good else FAILED
            fields |= _fields(text)
    return code


def _signature(request: Request, body: bytes, config: Config) -> dict[str, str]:
    if request.sign is None:
        return {}
    plugin = config.channels.get(request.sign)
    if plugin is None:
        raise ConfigError([f"channels.{request.sign}: is not enabled; its secret is needed to sign the recording"])
    headers: dict[str, str] = plugin.module.signed(request.path, body, plugin.secrets, config.server.public_url)
    return headers


def _filled(text: str, fields: dict[str, Any]) -> str:
    return _FIELD.sub(lambda match: str(fields.get(match[1], match[0])), text)


def _fields(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
