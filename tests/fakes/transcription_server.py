"""Stands in for OpenAI's `/v1/audio/transcriptions`: refuses what it refuses, plays failures by script."""

import argparse
import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.fakes.loopback import on_loopback

KEY = "sk-test-transcription-key"
MODELS = ("gpt-transcribe", "whisper-large-v3")
SAID = "How long may I keep the helmet?"
BODY_BYTES_MAX = 26_214_400
"""Of the whole form."""
_SIGNS = {
    "flac": (b"fLaC",),
    "m4a": (b"ftyp",),
    "mp3": (b"ID3", b"\xff\xfb", b"\xff\xf3"),
    "mp4": (b"ftyp",),
    "ogg": (b"OggS",),
    "wav": (b"RIFF",),
    "webm": (b"\x1aE\xdf\xa3",),
}
"""How a file with such an ending begins, or goes on after four bytes. `oga` is refused by the newer models."""


@dataclass(frozen=True, slots=True)
class Status:
    """Answer with this status instead."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """Answer 200 with this body."""

    body: bytes


class Hang:
    """Never answer."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Close the connection without an answer."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A recording as it came."""

    name: str
    content_type: str
    data: bytes
    model: str


Play = Status | Raw | Hang | Drop


@dataclass(slots=True)
class TranscriptionServer:
    key: str = KEY
    """"" for a server that asks for none, as people run at home."""
    said: str = SAID
    url: str = ""
    """With `/v1`."""
    script: deque[Play] = field(default_factory=deque)
    """What the next requests get, one each; afterwards everything works."""
    uploads: list[Upload] = field(default_factory=list)
    """What came with a good key, accepted or not."""

    async def transcribe(self, request: web.Request) -> web.StreamResponse:
        if self.key and request.headers.get("Authorization") != f"Bearer {self.key}":
            given = request.headers.get("Authorization", "")
            return _error(401, "invalid_api_key", f"Incorrect API key provided: {given}")
        upload, problem = await self._upload(request)
        if upload:
            self.uploads.append(upload)
        play = self.script.popleft() if self.script else None
        match play:
            case Status():
                return _error(play.status, play.code, "as scripted", play.headers)
            case Raw():
                return web.Response(body=play.body, content_type="application/json")
            case Hang():
                await asyncio.sleep(3600)
            case Drop():
                assert request.transport
                request.transport.abort()
        return problem or web.json_response({"text": self.said, "usage": {"type": "duration", "seconds": 3}})

    async def _upload(self, request: web.Request) -> tuple[Upload | None, web.Response | None]:
        if (request.content_length or 0) > BODY_BYTES_MAX:
            said = f"Maximum content size limit ({BODY_BYTES_MAX}) exceeded ({request.content_length} bytes read)"
            return None, _error(413, None, said)
        form = await request.post()
        if unknown := form.keys() - {"file", "model"}:
            return None, _error(400, "unknown_parameter", f"Unknown parameter: {unknown}")
        file, model = form.get("file"), form.get("model")
        if not isinstance(file, web.FileField) or not isinstance(model, str):
            return None, _error(400, None, "you must provide a file and a model parameter")
        with file.file:
            upload = Upload(file.filename, file.content_type, file.file.read(), model)
        return upload, _problem(upload)


def _problem(upload: Upload) -> web.Response | None:
    if upload.model not in MODELS:
        return _error(404, "model_not_found", f"The model `{upload.model}` does not exist")
    signs = _SIGNS.get(upload.name.rpartition(".")[2])
    if signs is None:
        return _error(400, "unsupported_value", "Unsupported file format")
    if not any(upload.data.startswith(sign) or upload.data[4:].startswith(sign) for sign in signs):
        return _error(400, None, "Invalid file format.")
    return None


def _error(status: int, code: str | None, message: str, headers: dict[str, str] | None = None) -> web.Response:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return web.json_response({"error": error}, status=status, headers=headers)


@asynccontextmanager
async def serving(server: TranscriptionServer, *, port: int = 0) -> AsyncIterator[TranscriptionServer]:
    """Run it on a loopback port for as long as the block lasts."""
    app = web.Application(client_max_size=BODY_BYTES_MAX)
    app.router.add_post("/v1/audio/transcriptions", server.transcribe)
    async with on_loopback(app, port=port, cancels=True) as url:
        server.url = f"{url}/v1"
        yield server


async def _main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for OpenAI's transcriptions.")
    parser.add_argument("--port", type=int, default=4020)
    options = parser.parse_args()
    async with serving(TranscriptionServer(), port=options.port) as server:
        print(f"{server.url} (key: {KEY})", flush=True)  # noqa: T201 - a command line prints
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
