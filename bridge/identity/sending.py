"""Sends the codes that were asked for, beside the answers: how long an answer takes tells nobody whether an address is
on file, and what it says does not either.

What is asked for is a record that is due; whoever takes it goes on where another was cut short.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from bridge import leases, metrics
from bridge.errors import BackendError, LeaseLost, SenderError, StoreUnavailable
from bridge.identity import verification
from bridge.identity.means import Means
from bridge.identity.verification import Verification
from bridge.leases import Lease
from bridge.logs import event
from bridge.ports import Record, SendLater
from bridge.types import TurnId

log = logging.getLogger(__name__)

LOOK_S = 5.0
"""How often it is looked whether another process left something."""
LEASE_S = 60.0
"""How long one try may take before another begins."""
TRIES_MAX = 3
AT_ONCE_MAX = 20
STORE_RETRY_S = 1.0
SAVES_MAX = 10
"""Tries at a change while the customer makes another."""


class Sending:
    """Mutable: knows whether something was asked for."""

    def __init__(self, means: Means, *, language: Callable[[str], str], send_later: SendLater) -> None:
        self._store = means.store
        self._settings = means.settings
        self._known = means.known
        self._ways = means.ways
        self._key = means.key
        self._say = means.say
        self._clock = means.clock
        self._language = language
        self._send_later = send_later
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Something was asked for."""
        self._news.set()

    async def run(self) -> None:
        """Send what is due, until cancelled."""
        while True:
            self._news.clear()
            try:
                due = await self._store.due_records(verification.KIND, limit=AT_ONCE_MAX)
                await asyncio.gather(*(self._contained(record) for record in due))
                if len(due) == AT_ONCE_MAX:
                    continue
            except StoreUnavailable as error:
                event(log, "codes wait for the store", level=logging.WARNING, error=error)
                await asyncio.sleep(STORE_RETRY_S)
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._news.wait()
            except TimeoutError:
                pass

    async def _contained(self, record: Record) -> None:
        """A bug with one code costs this code."""
        try:
            await self._send(record)
        except StoreUnavailable:
            raise
        except LeaseLost as error:  # whoever has it now sends it
            event(log, "a code was held for too long", level=logging.WARNING, error=error)
        except Exception as error:
            metrics.BUGS.labels("identity").inc()
            event(log, "a code could not be sent", level=logging.ERROR, exc_info=error)

    async def _send(self, record: Record) -> None:
        """One try. The hash is stored before the code goes out: whoever gets it can use it."""
        lease, now = Lease(LEASE_S), self._clock()
        asked = verification.read(record)
        if asked.state != "sending" or not asked.way:
            await self._save(record, asked)
            return
        code, salt = verification.new_code()
        digest = verification.digest(self._key, record.id, salt, code) if asked.way == "email" else ""
        begun = asked.made("", salt, digest)
        taken = verification.written(record, begun, self._settings, now, due_at=now + LEASE_S)
        if not await self._store.save_records(taken):
            return
        taken = replace(taken, version=record.version + 1)
        if begun.sendings > TRIES_MAX or now >= begun.until:
            await self._tell(taken, begun, "too_often")
            return
        try:
            with leases.held(lease):
                async with asyncio.timeout(LEASE_S / 2):
                    await self._deliver(taken, begun, code)
        except (SenderError, BackendError, TimeoutError) as error:
            words = error if isinstance(error, SenderError) else type(error).__name__
            event(log, "a code could not be sent", level=logging.WARNING, way=asked.way, error=words)
            await self._tell(taken, begun, "failed")

    async def _deliver(self, record: Record, begun: Verification, code: str) -> None:
        """Send a code to whom it belongs. For an address that is nobody's everything is done but that.
        May raise SenderError, BackendError, TimeoutError."""
        assert begun.way
        customer_id = await self._known.customer(begun.way, begun.address)
        result = "sent" if customer_id else "nobody"
        name = begun.digest
        if begun.way == "email":
            # Before it is out, it must be known whom it proves.
            known = await self._save(record, replace(begun, customer_id=customer_id), due=True)
            if known is None:
                return
            record = known
            if customer_id:
                leases.check()
                result = await self._mail(begun, code)
            elif self._ways.mailer:
                await self._ways.mailer.probe()
        elif self._ways.verifier:
            if customer_id:
                leases.check()
                name = await self._ways.verifier.start(begun.address, self._language(begun.words))
                result = "sent" if name else "refused"
            else:
                await self._ways.verifier.probe()
        metrics.IDENTITY_CODES.labels(begun.way, result).inc()
        event(log, "code", way=begun.way, result=result)
        await self._save(record, replace(begun, customer_id=customer_id, digest=name).sent())

    async def _mail(self, begun: Verification, code: str) -> str:
        assert self._ways.mailer
        say: Callable[[str], str] = lambda name: self._say(name, begun.words)  # noqa: E731
        text = f"{say('identity_mail')}\n\n    {code}\n\n{say('identity_mail_ignore')}\n"
        sent = await self._ways.mailer.send(begun.address, say("identity_mail_subject"), text)
        return "sent" if sent else "refused"

    async def _tell(self, record: Record, begun: Verification, why: str) -> None:
        """The customer hears that no code comes, whoever they are, and can ask again."""
        metrics.IDENTITY_CODES.labels(begun.way, why).inc()
        if await self._save(record, begun.failed(self._clock())) and (
            turn := await self._store.turn(TurnId(begun.turn))
        ):
            words = " ".join(self._say(name, begun.words) for name in ("identity_unavailable", "offer_person"))
            await self._send_later(turn, words, 0.0)

    async def _save(self, record: Record, now: Verification, *, due: bool = False) -> Record | None:
        """Write it down, unless the customer was faster; then what they did counts, and only what they could not know
        is added. The record as it is then, None when it is about something else by now."""
        for _ in range(SAVES_MAX):
            at = self._clock()
            changed = verification.written(
                record, now, self._settings, at, due_at=at + LEASE_S if due and now.state == "sending" else None
            )
            if await self._store.save_records(changed):
                return replace(changed, version=record.version + 1)
            newer = await self._store.load_record(record.kind, record.id)
            theirs = verification.read(newer) if newer else None
            mine = verification.read(record)
            if newer is None or theirs is None or (theirs.state, theirs.salt) != (mine.state, mine.salt):
                return None
            record = newer
            now = replace(now, tries=theirs.tries, heard=theirs.heard, needed_by=theirs.needed_by, words=theirs.words)
        return None
