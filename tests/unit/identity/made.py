"""A world for proofs of identity: a shop's customers, a mail server and Twilio that keep what they are given, and a
clock that a test turns."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from bridge.errors import BackendMissing, BackendUnavailable, SenderError
from bridge.identity import verification
from bridge.identity.gate import IdentityGate
from bridge.identity.known import Known
from bridge.identity.means import Means
from bridge.identity.senders import Checked, Ways
from bridge.identity.sending import Sending
from bridge.identity.settings import IdentitySettings
from bridge.ports import Claim
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Action, Address, Conversation, Identity, Inbound, Outcome, Reply, Sender, Trace, Turn, new_id

ANA, BEN = "cus_ana", "cus_ben"
PEOPLE = {
    ANA: {"customer_id": ANA, "name": "Ana", "email": "Ana@Example.com", "phone": "+441632960001"},
    BEN: {"customer_id": BEN, "name": "Ben", "email": "ben@example.com", "phone": "+441632960002"},
}
KEY = b"k" * 32


@dataclass(slots=True)
class Shop:
    """Implements ports.Backend, as far as identity needs it; compares e-mail addresses as some shops do: without
    regard to case, and to what stands behind a plus."""

    down: bool = False
    calls: list[Mapping[str, Any]] = field(default_factory=list)
    operations: frozenset[str] = frozenset({"find_customer"})

    async def call(self, operation: str, args: Mapping[str, Any], *, key: str = "") -> Mapping[str, Any]:
        assert operation == "find_customer"
        assert len(args) == 1
        self.calls.append(args)
        if self.down:
            raise BackendUnavailable("away", unknown=False)
        [(name, value)] = args.items()
        found = [person for person in PEOPLE.values() if person[name].casefold() == _loosely(value).casefold()]
        if len(found) != 1:
            raise BackendMissing("nobody")
        return found[0]

    async def check(self) -> str:
        return "there"

    async def aclose(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class Mails:
    """Implements senders.Mailer."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    probes: int = 0
    down: bool = False
    refuses: bool = False
    dies: bool = False
    """The process ends in the middle of it."""

    async def send(self, to: str, subject: str, text: str) -> bool:
        if self.dies:
            raise KeyboardInterrupt
        if self.down:
            raise SenderError("away")
        if not self.refuses:
            self.sent.append((to, subject, text))
        return not self.refuses

    async def probe(self) -> str:
        if self.down:
            raise SenderError("away")
        self.probes += 1
        return "there"

    @property
    def code(self) -> str:
        """The newest one."""
        return next(line.strip() for line in self.sent[-1][2].splitlines() if line.strip().isdigit())


@dataclass(slots=True)
class Phones:
    """Implements senders.Verifier, with Twilio's rules: one code for a number, five tries, good once."""

    codes: dict[str, str] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    probes: int = 0
    down: bool = False

    async def start(self, to: str, language: str) -> str:
        if self.down:
            raise SenderError("away")
        name = "VE" + new_id()
        self.codes[name] = f"{len(self.codes) + 314159}"
        self.tries[name] = 0
        return name

    async def check(self, name: str, code: str) -> Checked:
        if self.down:
            raise SenderError("away")
        if name not in self.codes or self.tries[name] >= 5:
            return "ended"
        self.tries[name] += 1
        if self.codes[name] != code:
            return "wrong"
        del self.codes[name]
        return "right"

    async def probe(self) -> str:
        self.probes += 1
        return "there"

    async def aclose(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class World:
    """Conversations with the gate before a brain that asks for an identity. Mutable."""

    settings: IdentitySettings = field(default_factory=IdentitySettings)
    channel: str = "widget"
    now: float = field(default_factory=lambda: datetime.now(UTC).timestamp())
    store: MemoryStore = field(init=False)
    shop: Shop = field(default_factory=Shop)
    mails: Mails = field(default_factory=Mails)
    phones: Phones = field(default_factory=Phones)
    later: list[str] = field(default_factory=list)
    with_people: set[str] = field(default_factory=set)
    """Conversations that people have."""
    known: Known = field(init=False)
    sending: Sending = field(init=False)
    gate: IdentityGate = field(init=False)
    past: dict[str, list[Turn]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = MemoryStore(Settings(), clock=self.clock)
        ways = Ways(mailer=self.mails, verifier=self.phones)
        self.known = Known(self.store, self.settings, self.shop, clock=self.clock)
        means = Means(
            store=self.store,
            settings=self.settings,
            known=self.known,
            ways=ways,
            key=KEY,
            say=_say,
            clock=self.clock,
        )
        self.sending = Sending(means, language=lambda text: "en", send_later=self._send_later)
        self.gate = IdentityGate(means, self.sending.wake, with_people=self._with_people)

    async def _with_people(self, conversation_id: str) -> bool:
        return conversation_id in self.with_people

    def clock(self) -> float:
        return self.now

    async def _send_later(self, turn: Turn, text: str, delay_s: float) -> None:
        self.later.append(text)

    async def claim(self, text: str, room: str = "room", sender: str = "ana", **more: Any) -> Claim:
        """A message, taken for work."""
        address = Address(self.channel, room)
        at = datetime.fromtimestamp(self.now, UTC)
        who = Sender(sender, "", more.pop("vouched", {}), more.pop("shared", False))
        inbound = Inbound(event_id=new_id(), address=address, sender=who, text=text, received_at=at)
        await self.store.accept(replace(inbound, **more))
        claim = await self.store.claim(lease_s=1e9, wait_s=1)
        assert claim is not None
        return claim

    async def admit(self, claim: Claim) -> Turn:
        """What the gate makes of it."""
        turn = claim.turn
        conversation = Conversation(id=turn.conversation_id, turns=tuple(self.past.get(turn.conversation_id, ())))
        admitted = await self.gate.admits(claim, turn, conversation)
        assert isinstance(admitted, Turn)
        return admitted

    async def end(self, claim: Claim, turn: Turn, *actions: Action) -> None:
        """The turn is over."""
        reply = Reply(text="...", outcome=Outcome.ANSWERED, trace=Trace(actions=actions))
        finished = replace(turn, reply=reply)
        self.past.setdefault(turn.conversation_id, []).append(finished)
        await self.store.finish(claim, finished)

    async def say(self, text: str, room: str = "room", sender: str = "ana", **more: Any) -> Turn:
        """Somebody writes; what goes on to the brain, or all that is said. Codes that are asked for go out."""
        self.now += 1
        claim = await self.claim(text, room, sender, **more)
        turn = await self.admit(claim)
        await self.end(claim, turn)
        await self.deliver()
        return turn

    async def needs(
        self, text: str = "Where is my order 1042?", room: str = "room", sender: str = "ana", **more: Any
    ) -> Turn:
        """Somebody asks for what needs to know who they are."""
        self.now += 1
        claim = await self.claim(text, room, sender, **more)
        turn = await self.admit(claim)
        await self.end(claim, turn, Action(tool="check_order_status", outcome="identity"))
        return turn

    async def deliver(self) -> None:
        """Send what is due, once."""
        for record in await self.store.due_records(verification.KIND, limit=20):
            await self.sending._send(record)

    async def who(self, room: str = "room", sender: str = "ana", **vouched: Any) -> Identity:
        """Who it is that writes now, perhaps under a `shared` name."""
        shared = vouched.pop("shared", False)
        address = Address(self.channel, room)
        at = datetime.fromtimestamp(self.now, UTC)
        inbound = Inbound(
            event_id=new_id(),
            address=address,
            sender=Sender(sender, "", vouched, shared),
            text="Hello?",
            received_at=at,
        )
        turn = Turn(id=new_id(), conversation_id=address.conversation_id, inbounds=(inbound,))  # type: ignore[arg-type]
        return await self.known.of(turn)

    def kept(self) -> str:
        """Everything that conversations hold."""
        return repr(self.past)


def _loosely(value: str) -> str:
    local, at, domain = value.rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


def _say(name: str, text: str) -> str:
    return f"<{name}>"


def answers(turn: Turn) -> list[str]:
    return [inbound.answer for inbound in turn.inbounds if inbound.answer]


def asks(turn: Turn) -> list[str]:
    """What the brain gets to see."""
    return [inbound.text for inbound in turn.inbounds if not inbound.answer]
