"""The real server in front of the stand-in Telegram, in the test's own event loop."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bridge.ports import Backend, Store
from bridge.types import Address
from tests.fakes.core import until
from tests.fakes.server import Answer, Server, echo, start_server
from tests.fakes.telegram_chats import Room
from tests.fakes.telegram_server import TelegramServer
from tests.fakes.telegram_updates import Webhook

SECRET = "the-secret-of-the-webhook"
PATIENCE_S = 15.0


@dataclass(frozen=True, slots=True)
class Bridge:
    """A server and the Telegram that it speaks with."""

    telegram: TelegramServer
    server: Server

    async def texts(self, room: Room, *expected: str, thread: Any = ...) -> None:
        """Wait until the bot's messages in a chat say this and are complete: nothing is left to stop."""

        def there() -> bool:
            answers = self.telegram.answers(room, thread)
            writing = any(label.startswith("⏹") for message in answers for row in message.buttons for label, _ in row)
            return not writing and [message.text for message in answers] == list(expected)

        try:
            await until(there, PATIENCE_S)
        except TimeoutError:
            seen = self.telegram.texts(room, thread)
            raise AssertionError(f"people see {seen}, not {list(expected)}") from None

    async def nothing_to_do(self, room: Room) -> None:
        """All updates are taken, and no answer is owed to a chat."""
        await self.telegram.updates.settled()
        assert not await self._owed(room)

    async def over(self, room: Room) -> None:
        """Wait until no answer is owed to a chat."""
        async with asyncio.timeout(PATIENCE_S):
            while await self._owed(room):  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def _owed(self, room: Room) -> int:
        return len(await self.server.store.unfinished(Address("telegram", str(room.id)).conversation_id))


@asynccontextmanager
async def telegram_bridge(
    answer: Answer = echo,
    *,
    mode: str = "webhook",
    store: Store | None = None,
    telegram: dict[str, Any] | None = None,
    business: Mapping[str, str] | None = None,
    backend: Backend | None = None,
    **settings: Any,
) -> AsyncIterator[Bridge]:
    """`telegram` are fields of the stand-in, `settings` of `[channels.telegram]`, `business` more of the environment.
    At the end nobody has broken a rule that Telegram does not enforce."""
    async with TelegramServer.start(**{"local": True, **(telegram or {})}) as platform:
        wanted = {"enabled": True, "api_url": platform.url, "mode": mode, "register_webhook": False, **settings}
        environ = {f"BRIDGE_CHANNELS__TELEGRAM__{name.upper()}": value for name, value in wanted.items()}
        environ |= {"TELEGRAM_BOT_TOKEN": platform.token, "TELEGRAM_WEBHOOK_SECRET": SECRET}
        async with start_server(
            answer, store=store, settings=environ | dict(business or {}), backend=backend
        ) as server:
            if mode == "webhook":
                platform.updates.set_webhook(Webhook(f"{server.url}/telegram/webhook", SECRET), drop_pending=False)
            yield Bridge(platform, server)
        assert platform.violations == []
