"""A picture, a PDF and a voice message, from a phone to Claude and back: every part is real but the three servers."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bridge import app, config, parts
from bridge.brain import prompt
from bridge.brain.brain import Brain
from bridge.brain.cascade import Rung
from bridge.brain.claude import Claude
from bridge.brain.extractive import Extractive
from bridge.brain.knowledge.settings import Settings as KnowledgeSettings
from bridge.brain.model_rung import ModelRung
from bridge.brain.phrases import PhrasesSettings, Voice
from bridge.brain.settings import BusinessSettings, ClaudeSettings, ExtractiveSettings, PromptSettings
from bridge.media import openai_transcriber
from bridge.media.files import FileReader
from bridge.media.settings import FilesSettings, TranscriberSettings
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from tests.fakes import claude_server, samples, transcription_server
from tests.fakes.claude_server import ClaudeServer, say
from tests.fakes.core import until
from tests.fakes.fake_retriever import FakeRetriever
from tests.fakes.telegram_bridge import SECRET
from tests.fakes.telegram_chats import Media, Room
from tests.fakes.telegram_server import TelegramServer
from tests.fakes.telegram_updates import Webhook
from tests.fakes.transcription_server import TranscriptionServer

VOICE = Voice(BusinessSettings(), PhrasesSettings())
PHOTO = Media("photo", samples.jpeg(1280, 960))
SPOKEN = Media("voice", samples.OGG, "audio/ogg")


@dataclass(frozen=True, slots=True)
class World:
    telegram: TelegramServer
    claude: ClaudeServer
    transcriber: TranscriptionServer
    store: MemoryStore

    async def says(self, room: Room, number: int, text: str) -> None:
        """Wait until the answer of this number, from 0, reads so and is complete."""

        def there() -> bool:
            return len(self.telegram.texts(room)) > number and self.telegram.texts(room)[number] == text

        try:
            await until(there, within_s=30)
        except TimeoutError:
            raise AssertionError(f"people see {self.telegram.texts(room)}, not {text!r}") from None

    @property
    def content(self) -> list[dict[str, Any]]:
        """What Claude was last shown with the question."""
        users = [message for message in self.claude.requests[-1]["messages"] if message["role"] == "user"]
        content: list[dict[str, Any]] = users[-1]["content"]
        return content


@asynccontextmanager
async def world(tmp_path: Path, *, listens: bool = True, thinks: bool = True) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(TelegramServer.start(local=True))
        claude = await stack.enter_async_context(claude_server.serving(ClaudeServer()))
        hearing = await stack.enter_async_context(transcription_server.serving(TranscriptionServer()))
        path = tmp_path / "config.toml"
        path.write_text(f"""
            store.url = "memory://"
            server.port = 0
            business.disclosure = ""
            [channels.telegram]
            enabled = true
            mode = "webhook"
            register_webhook = false
            api_url = "{telegram.url}"
        """)
        read = config.read(path, {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_WEBHOOK_SECRET": SECRET})
        named = TranscriberSettings(base_url=hearing.url if listens else "")
        transcriber = openai_transcriber.build(named, {"OPENAI_API_KEY": SecretStr(transcription_server.KEY)})
        if transcriber:
            stack.push_async_callback(transcriber.aclose)
        model = Claude(ClaudeSettings(base_url=claude.url), SecretStr(claude_server.KEY))
        stack.push_async_callback(model.aclose)
        rungs: list[Rung] = [ModelRung("claude", {"sonnet": model}, PromptSettings(), VOICE)] if thinks else []
        rungs.append(Extractive(ExtractiveSettings(piece_s=0), VOICE))
        made = parts.Parts(
            store=(store := MemoryStore(MemorySettings())),
            brain=Brain(
                retriever=FakeRetriever(),
                rungs=rungs,
                voice=VOICE,
                prompt=PromptSettings(),
                version=lambda: prompt.version(prompt.system_prompt(PromptSettings(), VOICE.business)),
                tier="sonnet",
                knowledge=KnowledgeSettings(passages_max=5),
            ),
            apology=VOICE.apology,
            reader=FileReader(settings=FilesSettings(), transcriber=transcriber, looks=thinks),
        )
        listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        stop = asyncio.Event()
        group = await stack.enter_async_context(asyncio.TaskGroup())
        group.create_task(app.run(read, made, ready=lambda url, _: listening.set_result(url), stop=stop))
        telegram.updates.set_webhook(Webhook(f"{await listening}telegram/webhook", SECRET), drop_pending=False)
        try:
            yield World(telegram, claude, hearing, store)
        finally:
            stop.set()


async def test_a_picture_is_seen_and_later_only_remembered(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        chat = here.telegram.private()
        here.claude.play(say("A helmet."), say("30 days."))
        here.telegram.say(chat, media=PHOTO)
        await here.says(chat, 0, "A helmet.")
        assert [block["type"] for block in here.content] == ["image", "text"]
        assert base64.b64decode(here.content[0]["source"]["data"]) == PHOTO.content

        here.telegram.say(chat, "How long may I keep it?")
        await here.says(chat, 1, "30 days.")
        messages = here.claude.requests[-1]["messages"]
        assert messages[0]["content"] == [{"type": "text", "text": "[The customer sent along: a picture.]"}]
        assert messages[2]["content"] == "A helmet."
        assert here.claude.refusals == []


async def test_a_voice_message_is_a_question_and_stays_on_record(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        chat = here.telegram.private()
        here.claude.play(say("30 days."), say("Yes."))
        here.telegram.say(chat, media=SPOKEN)
        await here.says(chat, 0, "30 days.")
        assert here.content[-1]["text"] == transcription_server.SAID
        assert here.transcriber.uploads[0].data == SPOKEN.content

        here.telegram.say(chat, "Really?")
        await here.says(chat, 1, "Yes.")
        assert here.claude.requests[-1]["messages"][0]["content"][0]["text"] == transcription_server.SAID


async def test_what_cannot_be_read_is_said_below_the_answer(tmp_path: Path) -> None:
    async with world(tmp_path, listens=False) as here:
        chat = here.telegram.private()
        here.claude.play(say("30 days."))
        here.telegram.say(chat, "How long?", media=Media("document", samples.DOCX, "application/pdf", "contract.pdf"))
        await here.says(chat, 0, f"30 days.\n\n{VOICE.say('en', 'file_kind')}")
        here.telegram.say(chat, media=SPOKEN)
        await here.says(chat, 1, VOICE.say("en", "voice_unread"))
        assert (len(here.claude.requests), here.transcriber.uploads) == (1, [])


async def test_a_server_without_claude_says_that_it_reads_text_only(tmp_path: Path) -> None:
    async with world(tmp_path, thinks=False) as here:
        chat = here.telegram.private()
        here.telegram.say(chat, media=PHOTO)
        await here.says(chat, 0, VOICE.say("en", "text_only"))
