"""Voice messages, written down by a server that speaks OpenAI's dialect, over real HTTP."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr, ValidationError

from bridge.errors import (
    ConfigError,
    ModelError,
    ModelOverflow,
    ModelOverloaded,
    ModelRefused,
    ModelRejected,
    ModelUnavailable,
)
from bridge.media import openai_transcriber
from bridge.media.openai_transcriber import build
from bridge.media.settings import AUDIO_BYTES_MAX, TranscriberSettings
from tests.fakes import samples
from tests.fakes.transcription_server import KEY, SAID, Drop, Hang, Raw, Status, TranscriptionServer, serving


@pytest.fixture
async def api() -> AsyncIterator[TranscriptionServer]:
    async with serving(TranscriptionServer()) as server:
        yield server


async def ask(
    api: TranscriptionServer,
    data: bytes = samples.OGG,
    media_type: str = "audio/ogg",
    *,
    key: str = KEY,
    model: str = "gpt-transcribe",
    timeout_s: float = 5.0,
) -> str:
    settings = TranscriberSettings(base_url=api.url, model=model, timeout_s=timeout_s)
    transcriber = build(settings, {"OPENAI_API_KEY": SecretStr(key)} if key else {})
    assert transcriber is not None
    try:
        return await transcriber.transcribe(data, media_type, "Müller's\r\nvoice.oga")
    finally:
        await transcriber.aclose()


@pytest.mark.parametrize(
    ("data", "media_type", "name"),
    [
        (samples.OGG, "audio/ogg", "voice.ogg"),
        (samples.MP3, "audio/mpeg", "voice.mp3"),
        (samples.M4A, "audio/mp4", "voice.m4a"),
        (samples.WAV, "audio/wav", "voice.wav"),
        (samples.WEBM, "audio/webm", "voice.webm"),
        (samples.FLAC, "audio/flac", "voice.flac"),
    ],
)
async def test_a_recording_arrives_byte_for_byte_under_a_name_of_ours(
    api: TranscriptionServer, data: bytes, media_type: str, name: str
) -> None:
    assert await ask(api, data, media_type) == SAID
    (upload,) = api.uploads
    assert (upload.data, upload.content_type, upload.name) == (data, media_type, name)
    assert upload.model == "gpt-transcribe"


async def test_a_server_at_home_needs_no_key_and_has_its_own_models(api: TranscriptionServer) -> None:
    api.key = ""
    assert await ask(api, key="", model="whisper-large-v3") == SAID


async def test_silence_is_no_text(api: TranscriptionServer) -> None:
    api.said = " \n"
    assert await ask(api) == ""


@pytest.mark.parametrize(
    ("play", "expected"),
    [
        (Status(401), ModelRejected),
        (Status(403), ModelRejected),
        (Status(404, code="model_not_found"), ModelRejected),
        (Status(429, code="insufficient_quota"), ModelRejected),
        (Status(400), ModelRefused),
        (Status(415), ModelRefused),
        (Status(413), ModelOverflow),
        (Status(429, {"Retry-After": "60"}), ModelOverloaded),
    ],
)
async def test_a_failure_that_does_not_pass_is_told_at_once(
    api: TranscriptionServer, play: Status, expected: type[ModelError]
) -> None:
    api.script.append(play)
    with pytest.raises(expected) as raised:
        await ask(api)
    assert type(raised.value) is expected
    assert len(api.uploads) == 1


PASSING = [
    Status(500),
    Status(503),
    Status(429),
    Status(429, {"Retry-After": "junk"}),
    Drop(),
    Raw(b"<html>"),
    Raw(b"[]"),
]


@pytest.mark.parametrize("play", PASSING, ids=repr)
async def test_what_fails_in_passing_is_tried_once_more(api: TranscriptionServer, play: Status | Drop | Raw) -> None:
    api.script.append(play)
    assert await ask(api) == SAID
    api.script.extend([play, play])
    with pytest.raises((ModelUnavailable, ModelOverloaded)):
        await ask(api)
    assert len(api.uploads) == 4


@pytest.mark.parametrize("body", [b'{"text": 5}', b'{"text": null}', b"{}", b"\xff", b"[" * 100_000])
async def test_junk_is_no_answer(api: TranscriptionServer, body: bytes) -> None:
    api.script.extend([Raw(body), Raw(body)])
    with pytest.raises(ModelUnavailable):
        await ask(api)


async def test_an_endless_answer_is_cut(api: TranscriptionServer) -> None:
    body = b'{"text": "' + b"x" * openai_transcriber.RESPONSE_BYTES_MAX + b'"}'
    api.script.extend([Raw(body), Raw(body)])
    with pytest.raises(ModelUnavailable, match="larger than"):
        await ask(api)


async def test_a_server_that_hangs_is_given_up(api: TranscriptionServer) -> None:
    api.script.append(Hang())
    with pytest.raises(ModelUnavailable, match=r"0\.2 s"):
        await ask(api, timeout_s=0.2)


async def test_nobody_there_is_unavailable(api: TranscriptionServer) -> None:
    api.url = "http://127.0.0.1:9/v1"
    with pytest.raises(ModelUnavailable, match="ClientConnectorError"):
        await ask(api)


async def test_what_is_too_large_is_not_even_sent(api: TranscriptionServer) -> None:
    with pytest.raises(ModelOverflow):
        await ask(api, samples.OGG + b"\x00" * AUDIO_BYTES_MAX)
    assert api.uploads == []
    assert await ask(api, samples.OGG.ljust(AUDIO_BYTES_MAX, b"\x00")) == SAID, "the largest allowed one fits"


async def test_errors_hold_neither_key_nor_address_nor_words(api: TranscriptionServer) -> None:
    wrong = "sk-wrong-key-1234567890"
    with pytest.raises(ModelRejected) as raised:
        await ask(api, key=wrong)
    assert wrong not in str(raised.value)
    api.script.append(Status(400, code="what you said: my secret"))
    with pytest.raises(ModelRefused) as refused:
        await ask(api)
    assert str(refused.value) == "the transcriber answered 400"


def test_nobody_listens_when_no_server_is_named() -> None:
    assert build(TranscriberSettings(), {"OPENAI_API_KEY": SecretStr(KEY)}) is None


def test_openai_itself_wants_a_key() -> None:
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        build(TranscriberSettings(base_url="https://api.openai.com/v1"), {})
    assert build(TranscriberSettings(base_url="http://localhost:8000/v1"), {}) is not None


def test_an_address_is_an_address() -> None:
    with pytest.raises(ValidationError, match="must be like"):
        TranscriberSettings(base_url="api.openai.com")
    assert TranscriberSettings(base_url="http://localhost:8000/v1/").base_url == "http://localhost:8000/v1"
