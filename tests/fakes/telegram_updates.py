"""How Telegram hands updates to a bot: to its webhook, again and again until it takes them, or to its getUpdates."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.fakes.telegram_rules import Refusal, bad

UNASKED = {"chat_member", "message_reaction", "message_reaction_count"}
"""Kinds that come only when they are listed."""
KEPT_S = 24 * 3600.0
RETRY_FIRST_S = 1.0
RETRY_MAX_S = 60.0
RETRY_AFTER_MAX_S = 3_600.0
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
POLL_UPDATES_MAX = 100


@dataclass(frozen=True, slots=True)
class Update:
    """`queue` is the chat: updates of one queue are delivered in order."""

    id: int
    kind: str
    body: dict[str, Any]
    queue: int
    born: float

    def json(self) -> dict[str, Any]:
        return {"update_id": self.id, self.kind: self.body}


@dataclass(frozen=True, slots=True)
class Webhook:
    url: str
    secret: str
    max_connections: int = 40


@dataclass(frozen=True, slots=True)
class Attempt:
    """One delivery: the HTTP status of the bot's answer, 0 when there was none, and the answer's body."""

    update_id: int
    status: int
    at: float
    body: bytes = b""
    retry_after_s: float = 0.0


Post = Callable[[Webhook, Update], Awaitable[Attempt]]


@dataclass(slots=True)
class Updates:
    """Mutable. `retry_scale` makes the retry schedule quicker for tests."""

    first_id: int = 731_000_000
    retry_scale: float = 1.0
    post: Post | None = None
    """Instead of HTTP."""
    webhook: Webhook | None = None
    allowed: frozenset[str] = frozenset()
    """Empty: all but UNASKED."""
    pending: dict[int, Update] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    last_error: str = ""
    last_error_date: int = 0
    _ids: int = 0
    _workers: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    _poll: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def next(self, kind: str, queue: int, body: dict[str, Any]) -> Update:
        """A new update that nobody hears of yet."""
        self._ids += 1
        born = asyncio.get_running_loop().time()
        return Update(self.first_id + self._ids, kind, body, queue, born)

    def push(self, update: Update) -> None:
        """Deliver it, now or when there is somebody to deliver to."""
        if update.kind not in self.allowed if self.allowed else update.kind in UNASKED:
            return
        self.pending[update.id] = update
        self._news.set()
        self._work(update.queue)

    async def settled(self, within_s: float = 10.0) -> None:
        """Wait until everything is delivered."""
        async with asyncio.timeout(within_s):
            while True:
                if not self.pending:
                    return
                await asyncio.sleep(0.005)

    async def close(self) -> None:
        for worker in self._workers.values():
            worker.cancel()
        await asyncio.gather(*self._workers.values(), return_exceptions=True)
        self._workers.clear()

    # ------------------------------------------------------------ webhook

    def set_webhook(self, webhook: Webhook | None, *, drop_pending: bool) -> None:
        self.webhook = webhook
        if drop_pending:
            self.pending.clear()
        for queue in {update.queue for update in self.pending.values()}:
            self._work(queue)

    def _work(self, queue: int) -> None:
        worker = self._workers.get(queue)
        if self.webhook is not None and (worker is None or worker.done()):
            self._workers[queue] = asyncio.create_task(self._deliver(queue))

    async def _deliver(self, queue: int) -> None:
        delay_s = RETRY_FIRST_S
        loop = asyncio.get_running_loop()
        while (webhook := self.webhook) and (update := self._first(queue)):
            attempt = await (self.post or self.post_http)(webhook, update)
            self.attempts.append(attempt)
            if 200 <= attempt.status <= 299:
                self.pending.pop(update.id, None)
                delay_s = RETRY_FIRST_S
                continue
            self.last_error = f"Wrong response from the webhook: {attempt.status}"
            self.last_error_date = int(time.time())
            if loop.time() - update.born > KEPT_S:
                self.pending.pop(update.id, None)
                continue
            pause_s = min(attempt.retry_after_s, RETRY_AFTER_MAX_S) or delay_s
            await asyncio.sleep(pause_s * self.retry_scale)
            delay_s = min(delay_s * 2, RETRY_MAX_S)

    def _first(self, queue: int) -> Update | None:
        return next((update for update in self.pending.values() if update.queue == queue), None)

    async def post_http(self, webhook: Webhook, update: Update) -> Attempt:
        """One delivery over HTTP, with the secret as Telegram sends it."""
        headers = {SECRET_HEADER: webhook.secret} if webhook.secret else {}
        at = asyncio.get_running_loop().time()
        try:
            timeout = aiohttp.ClientTimeout(total=60)
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.post(webhook.url, json=update.json(), headers=headers) as answer,
            ):
                after = answer.headers.get("Retry-After", "")
                body = await answer.read()
                return Attempt(update.id, answer.status, at, body, float(after) if after.isdigit() else 0.0)
        except (aiohttp.ClientError, TimeoutError):
            return Attempt(update.id, 0, at)

    # ------------------------------------------------------------ polling

    async def get(self, offset: int, limit: int, timeout_s: float) -> Sequence[Update]:
        """Confirm what is below `offset`, then wait for something from there on. May raise Refusal."""
        if self.webhook is not None:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if not 1 <= limit <= POLL_UPDATES_MAX:
            raise bad("limit must be between 1 and 100")
        self._poll += 1
        mine = self._poll
        self._news.set()  # an older poll ends with a conflict
        if offset < 0:
            offset = ([0, *self.pending][offset:] or [0])[0]
        for known in [each for each in self.pending if each < offset]:
            del self.pending[known]
        deadline = asyncio.get_running_loop().time() + timeout_s
        while not self.pending:
            self._news.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._news.wait()
            except TimeoutError:
                break
            if mine != self._poll:
                raise Refusal(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
        return list(self.pending.values())[:limit]
