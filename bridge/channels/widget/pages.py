"""What a browser loads: the embed script, put together from its parts, its look in each language, and the demo page."""

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
_WIDGET = resources.files(__package__) / "static" / "widget"
_ANYWHERE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""Any page may load the script and its look; what it may ask for with them, the origins decide."""
_MEDIA_TYPES = {".html": "text/html", ".css": "text/css", ".svg": "image/svg+xml", ".js": "text/javascript"}
_COMMENT = re.compile(r"^[ \t]*//[^\n]*\n|^[ \t]*/\*.*?\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_EMPTY = re.compile(r"\n{2,}")


def bundle() -> str:
    """The embed script: the parts named in order.txt inside one function."""
    body = "\n".join((_WIDGET / name).read_text() for name in (_WIDGET / "order.txt").read_text().split())
    return f'(() => {{\n"use strict";\n{body}\n}})();\n'


def looks() -> dict[str, str]:
    """For each language a JSON object of the style sheet, the icons and the widget's words: `{css, icons, words}`."""
    css = re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", (_WIDGET / "widget.css").read_text(), flags=re.DOTALL)).strip()
    words: dict[str, dict[str, str]] = json.loads((_WIDGET / "words.json").read_text())
    icons = json.loads((_WIDGET / "icons.json").read_text())
    languages = next(iter(words.values()))
    return {
        language: json.dumps(
            {"css": css, "icons": icons, "words": {name: said[language] for name, said in words.items()}},
            ensure_ascii=False,
        )
        for language in languages
    }


def slim(script: str) -> str:
    """The script without whole-line comments, indentation and empty lines. Template literals must not rely on any."""
    return _EMPTY.sub("\n", _INDENT.sub("", _COMMENT.sub("", script)))


def pages(*, demo: bool) -> Routes:
    """Routes for the script, its looks and, when wanted, the demo page."""
    script = _answer(slim(bundle()).encode(), "text/javascript", _ANYWHERE)
    routes: list[web.RouteDef] = [web.get("/widget.js", script)]
    for language, look in looks().items():
        handler = _answer(look.encode(), "application/json", _ANYWHERE)
        routes.append(web.get(f"/widget/look/{language}.json", handler))
    if demo:
        folder = resources.files(__package__) / "static" / "demo"
        routes.append(web.get("/", _file(folder / "index.html")))
        routes += [web.get(f"/demo/{name.name}", _file(name)) for name in folder.iterdir() if name.is_file()]
    return routes


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
