"""Files from Telegram: fetched within bounds, through a token that is never told to anybody."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bridge.channels import telegram
from bridge.channels.telegram.settings import Settings
from bridge.errors import ChannelUnavailable, RateLimited, Undeliverable
from bridge.ports import EditableChannel, Emit
from bridge.stores import memory
from bridge.types import Address, Attachment, Conversation, Progress, Reply, Turn
from tests.fakes.context import channel_context
from tests.fakes.server import echo
from tests.fakes.telegram_bridge import SECRET, telegram_bridge
from tests.fakes.telegram_chats import Media
from tests.fakes.telegram_server import Broken, TelegramServer, TooMany

HOME = Address("telegram", "5000001")


async def thoughtful(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
    """An echo that thinks first."""
    emit(Progress("Looking it up"))
    await asyncio.sleep(0.1)
    return await echo(turn, conversation, emit)


@asynccontextmanager
async def fetching(content: bytes) -> AsyncIterator[tuple[TelegramServer, EditableChannel, Attachment]]:
    """A channel and a file that waits for it."""
    async with TelegramServer.start(local=True) as platform:
        message = platform.write(platform.private(), media=Media("document", content, "application/pdf", "a.pdf"))
        secrets = {"TELEGRAM_BOT_TOKEN": platform.token, "TELEGRAM_WEBHOOK_SECRET": SECRET}
        store = memory.MemoryStore(memory.Settings())
        channel = telegram.build(Settings(api_url=platform.url, call_s=1), channel_context(store, secrets))
        try:
            yield platform, channel, Attachment(message.service["document"]["file_id"], "application/pdf")
        finally:
            await channel.close()


async def test_a_file_is_fetched() -> None:
    async with fetching(b"%PDF" * 100_000) as (_, channel, attachment):
        assert await channel.fetch(attachment, HOME, bytes_max=1_000_000) == b"%PDF" * 100_000


async def test_no_more_is_read_than_wanted() -> None:
    async with fetching(b"%PDF" * 1_000_000) as (_, channel, attachment):
        assert len(await channel.fetch(attachment, HOME, bytes_max=1_000)) == 1_001


async def test_files_that_cannot_be_fetched() -> None:
    async with fetching(b"%PDF") as (platform, channel, attachment):
        with pytest.raises(Undeliverable):
            await channel.fetch(Attachment("unknown", "application/pdf"), HOME, bytes_max=10)
        platform.play("getFile", TooMany(7), Broken(502))
        with pytest.raises(RateLimited) as limited:
            await channel.fetch(attachment, HOME, bytes_max=10)
        assert limited.value.retry_after_s == 7
        with pytest.raises(ChannelUnavailable):
            await channel.fetch(attachment, HOME, bytes_max=10)


async def test_a_file_that_is_gone_or_too_large_for_bots() -> None:
    async with fetching(b"x" * 20_000_001) as (platform, channel, attachment):
        with pytest.raises(Undeliverable, match="too big"):
            await channel.fetch(attachment, HOME, bytes_max=10)
    async with fetching(b"%PDF") as (platform, channel, attachment):
        platform.expired.add(platform.files[attachment.url].path)
        with pytest.raises(Undeliverable, match="404"):
            await channel.fetch(attachment, HOME, bytes_max=10)


async def test_neither_the_token_nor_what_people_say_is_in_any_line_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with telegram_bridge(thoughtful, register_webhook=True) as bridge:
        platform, chat = bridge.telegram, bridge.telegram.private()
        platform.play("sendChatAction", Broken(200, "no JSON: my secret words"))
        platform.play("setMyCommands", Broken(401, "{}"))
        platform.say(chat, "my secret words")
        await bridge.texts(chat, "You said: my secret words")

    # The stand-in is a server of aiohttp, too, and logs what it is asked.
    ours = [record for record in caplog.records if record.name != "aiohttp.access"]
    assert ours
    for record in ours:
        line = record.getMessage() + str(vars(record))
        assert platform.token.partition(":")[2] not in line
        assert "my secret words" not in line
