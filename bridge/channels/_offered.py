"""Files of ours that a platform or a browser fetches: below an address that nobody guesses, for some time."""

import base64
import re
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from bridge.errors import NotFound
from bridge.ports import OutFile, Store
from bridge.types import new_id

FILE_BYTES_MAX = 5 * 1024 * 1024
"""What WhatsApp takes of a picture. A file is kept whole in the store."""
NAME_CHARS_MAX = 120
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_SHOWN = PICTURES | {"application/pdf", "audio/ogg", "audio/mpeg", "audio/mp4"}
"""What a browser may show by itself: none of them can hold a script that runs in our name."""
_ID = re.compile(r"[0-9a-f]{32}")
_ODD = re.compile(r"[^\w.\- ()]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Where a file is to be had."""

    path: str
    """Below our own address."""
    place: str
    """Below the path of all of them."""
    name: str
    media_type: str

    @property
    def picture(self) -> bool:
        return self.media_type in PICTURES


@dataclass(frozen=True, slots=True)
class Offered:
    """The files of one channel, below `path`."""

    store: Store
    path: str
    keep_s: float

    def route(self) -> web.RouteDef:
        return web.get(f"{self.path}/{{id}}/{{name}}", self.fetch)

    async def offer(self, file: OutFile, *, id: str = "") -> Offer:
        """Keep a file of at most FILE_BYTES_MAX; the same `id` gives the same address. May raise StoreUnavailable."""
        id = id or new_id()
        name = _ODD.sub("_", file.name).strip(" .")[-NAME_CHARS_MAX:] or "file"
        # Not as JSON: escaping megabytes would hold up the event loop for longer than all the rest.
        kept = f"{file.media_type}\n{name}\n{base64.b64encode(file.data).decode()}"
        await self.store.put(_key(id), kept, ttl_s=self.keep_s, if_absent=True)
        place = f"{id}/{quote(name)}"
        return Offer(path=f"{self.path}/{place}", place=place, name=name, media_type=file.media_type)

    async def fetch(self, request: web.Request) -> web.Response:
        """GET of a file."""
        id = request.match_info["id"]
        found = await self.store.get(_key(id)) if _ID.fullmatch(id) else None
        if found is None:
            raise NotFound("there is no such file, or not any more")
        try:
            media_type, name, encoded = found.split("\n", 2)
            data = base64.b64decode(encoded)
        except ValueError as error:
            raise NotFound("the file cannot be read") from error
        shown = media_type in _SHOWN
        headers = {
            "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(name)}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": "private, no-store",
            "Referrer-Policy": "no-referrer",
        }
        return web.Response(
            body=data, content_type=media_type if shown else "application/octet-stream", headers=headers
        )


def _key(id: str) -> str:
    return f"file:{id}"
