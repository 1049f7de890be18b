"""What a browser loads: the embed script, put together from its parts, and the demo page."""

import gzip
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from importlib import resources
from importlib.resources.abc import Traversable

from aiohttp import web

from bridge.ports import Routes

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
CACHE_S = 300
_MEDIA_TYPES = {".html": "text/html", ".css": "text/css", ".svg": "image/svg+xml", ".js": "text/javascript"}
_COMMENT = re.compile(r"^[ \t]*//[^\n]*\n|^[ \t]*/\*.*?\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


def bundle() -> str:
    """The embed script: the parts named in order.txt inside one function, with the style sheet as a constant."""
    folder = resources.files(__package__) / "static" / "widget"
    css = re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", (folder / "widget.css").read_text(), flags=re.DOTALL))
    parts = [(folder / name).read_text() for name in (folder / "order.txt").read_text().split()]
    body = "\n".join(["const CSS = " + json.dumps(css.strip(), ensure_ascii=False) + ";", *parts])
    return f'(() => {{\n"use strict";\n{body}\n}})();\n'


def slim(script: str) -> str:
    """The script without whole-line comments and indentation. Template literals must not rely on either."""
    return _INDENT.sub("", _COMMENT.sub("", script))


def pages(*, demo: bool) -> Routes:
    """Routes for the script and, when wanted, the demo page."""
    routes: list[web.RouteDef] = [web.get("/widget.js", _script())]
    if demo:
        folder = resources.files(__package__) / "static" / "demo"
        routes.append(web.get("/", _file(folder / "index.html")))
        routes += [web.get(f"/demo/{name.name}", _file(name)) for name in folder.iterdir() if name.is_file()]
    return routes


def _script() -> Handler:
    body = slim(bundle()).encode()
    headers = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
    return _answer(body, "text/javascript", headers)


def _file(path: Traversable) -> Handler:
    media_type = _MEDIA_TYPES.get("." + path.name.rpartition(".")[2], "application/octet-stream")
    headers = {"Content-Security-Policy": CSP, "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"}
    return _answer(path.read_bytes(), media_type, headers)


def _answer(body: bytes, media_type: str, headers: dict[str, str]) -> Handler:
    """Answer with bytes made once at start, compressed when the browser takes it, and with 304 when it has them."""
    packed = gzip.compress(body, mtime=0)
    etag = hashlib.sha256(body).hexdigest()[:32]
    headers = {
        **headers,
        "Cache-Control": f"public, max-age={CACHE_S}",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }

    async def handle(request: web.Request) -> web.Response:
        known = {tag.value for tag in request.if_none_match or ()}
        if etag in known:
            response = web.Response(status=304, headers=headers)
        elif "gzip" in request.headers.get("Accept-Encoding", ""):
            response = web.Response(body=packed, headers={**headers, "Content-Encoding": "gzip"})
        else:
            response = web.Response(body=body, headers=headers)
        if response.status == 200:
            response.content_type, response.charset = media_type, "utf-8"
        response.etag = etag
        return response

    return handle
