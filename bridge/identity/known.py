"""Who is asking, as far as it is proven: by what the channel vouches for, or by a code that was confirmed."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable

from bridge.errors import BackendError, BackendRefused
from bridge.identity import verification
from bridge.identity.addresses import email, phone
from bridge.identity.settings import IdentitySettings
from bridge.logs import event
from bridge.ports import Backend, Records
from bridge.types import Identity, Inbound, Sender, Turn

log = logging.getLogger(__name__)

KEPT_S = 120.0
"""How long a customer that was looked up is not looked up again."""
KEPT_MAX = 10_000
LOOKUP_S = 5.0
RENEW_S = 60.0
"""A proof that is used is written down so often at most."""
_KINDS = {"customer": "customer_id", "email": "email", "phone": "phone"}
"""What channels vouch for, as it is looked up."""
_NORMAL: dict[str, Callable[[str], str]] = {"customer_id": str, "email": email, "phone": phone}


class Known:
    """Implements ports.Identities. Without a `backend` nobody is known. Mutable: remembers lookups for a while."""

    def __init__(
        self,
        store: Records,
        settings: IdentitySettings,
        backend: Backend | None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._settings = settings
        self._backend = backend
        self._clock = clock
        self._found: OrderedDict[tuple[str, str], tuple[str, float]] = OrderedDict()

    async def of(self, turn: Turn) -> Identity:
        """As ports.Identities. What several people wrote is nobody's: a question must not be answered with the
        rights of whoever happened to write below it."""
        asking = [inbound for inbound in turn.inbounds if not (inbound.answer or inbound.notice)]
        if not asking or asking[-1].sender.shared or len({inbound.sender.id for inbound in asking}) > 1:
            return Identity()
        return await self._proven(turn, asking[-1]) or await self.vouched(asking[-1].sender)

    async def vouched(self, sender: Sender) -> Identity:
        """Who the channel says they are: everything that it vouches for must lead to one and the same customer."""
        found = {
            await self._customer(kind, value) for kind, value in sender.vouched.items() if kind in _KINDS and value
        }
        found.discard("")
        if len(found) > 1:
            event(log, "what a channel vouches for leads to several customers", level=logging.WARNING)
        return Identity(level=1, customer_id=found.pop()) if len(found) == 1 else Identity()

    async def customer(self, way: str, address: str) -> str:
        """The one customer who has this e-mail address, phone number or customer_id; "" for nobody. Never remembered.
        May raise BackendUnavailable, TimeoutError."""
        if self._backend is None or "find_customer" not in self._backend.operations:
            return ""
        try:
            async with asyncio.timeout(LOOKUP_S):
                found = await self._backend.call("find_customer", {way: address})
        except BackendRefused:
            return ""
        # A system that compares loosely would let one address pass for another.
        on_file = _NORMAL[way](str(found.get(way, "")))
        return str(found.get("customer_id", "")) if on_file == address else ""

    async def _proven(self, turn: Turn, asking: Inbound) -> Identity | None:
        now = self._clock()
        record = await self._store.load_record(
            verification.KIND, verification.record_id(turn.conversation_id, asking.sender.id)
        )
        if record is None:
            return None
        proof = verification.read(record)
        if not proof.holds(now, self._settings):
            return None
        if now - proof.used_at >= min(RENEW_S, self._settings.idle_minutes * 30.0):
            # When somebody else is faster the proof was changed, and this turn was begun with it all the same.
            await self._store.save_records(verification.written(record, proof.renewed(now), self._settings, now))
        return Identity(level=2, customer_id=proof.customer_id)

    async def _customer(self, kind: str, value: str) -> str:
        """The customer that one thing leads to; "" for nobody, and for one who cannot be looked up now."""
        now = asyncio.get_running_loop().time()
        if (kept := self._found.get((kind, value))) and now < kept[1]:
            return kept[0]
        try:
            customer_id = await self.customer(_KINDS[kind], value)
        except (BackendError, TimeoutError) as error:
            event(log, "a customer could not be looked up", level=logging.WARNING, error=type(error).__name__)
            return ""
        self._found[kind, value] = customer_id, now + KEPT_S
        self._found.move_to_end((kind, value))
        if len(self._found) > KEPT_MAX:
            self._found.popitem(last=False)
        return customer_id
