"""Everything that tools need, put together as the server does it, over a store and a business of the test's choice."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bridge.backends.demo.shop import DemoShop
from bridge.backends.refusals import refused
from bridge.brain.person import number
from bridge.ports import Approval, Backend, Claim, Log, Parcel, Retriever, Store, ToolCall, ToolResult, ToolSession
from bridge.stores.memory import MemoryStore, Settings
from bridge.tools.approval_words import Words
from bridge.tools.approvals import Approvals
from bridge.tools.audit import LOG
from bridge.tools.builtin import TOOLS
from bridge.tools.catalogue import Catalogue
from bridge.tools.execution import Executor
from bridge.tools.gate import ToolsGate
from bridge.tools.gateway import Gateway
from bridge.tools.journal import Journal
from bridge.tools.settings import ToolsSettings
from bridge.tools.tool import AnyTool
from bridge.types import Address, Conversation, Identity, Inbound, Sender, TurnId, new_id
from tests.fakes.fake_retriever import FakeRetriever

BOSS = "U-BOSS"
"""Who may approve."""
MAYA = Identity(level=1, customer_id="C-1001")
NOBODY = Identity()
PEOPLE = {"nobody": NOBODY, "maya": MAYA, "maya2": Identity(level=2, customer_id="C-1001")}
HOURS = {"time_zone": "Europe/London", "opening_hours": "Monday to Sunday 0:00-24:00"}


@dataclass(slots=True)
class FakeTickets:
    """Keeps tickets as a store of our own does: the same key is the same ticket."""

    opened: dict[str, Mapping[str, str]] = field(default_factory=dict)
    fails: Exception | None = None

    async def open(self, session: ToolSession, *, reason: str, subject: str, text: str, key: str) -> str:
        if self.fails:
            raise self.fails
        assert key, "a ticket without a key may be opened twice"
        self.opened[key] = {"reason": reason, "subject": subject, "text": text}
        return number(TurnId(key))


def card(approval: Approval) -> Sequence[Parcel]:
    """What the desk would show."""
    return [Parcel(id=f"approval:{approval.id}", conversation_id=approval.conversation_id, body="{}")]


def words(language: str, name: str) -> str:
    return f"<{name}>"


@dataclass(slots=True, kw_only=True)
class Stage:
    """The gateway and what stands around it."""

    store: Store
    gateway: Gateway
    approvals: Approvals
    tickets: FakeTickets
    gate: ToolsGate

    async def claim(self, key: str = "ada", text: str = "Please!", *senders: str, notice: str = "") -> Claim:
        """A turn of a conversation, claimed."""
        for sender in senders or ("ada",):
            await self.store.accept(inbound(key, text, sender, notice=notice))
        claim = await self.store.claim(lease_s=30.0, wait_s=0.0)
        assert claim is not None
        return claim

    async def session(self, identity: Identity = MAYA, key: str = "ada") -> ToolSession:
        return session(await self.claim(key), identity)

    async def run(self, session: ToolSession, *calls: ToolCall) -> Sequence[ToolResult]:
        return await self.gateway.run(calls, session)

    async def audit(self) -> list[str]:
        log: Log = self.store
        return [entry.body for entry in await log.read(LOG, after=0, limit=1_000)]


def inbound(key: str, text: str, sender: str = "ada", *, notice: str = "") -> Inbound:
    return Inbound(
        event_id=new_id(),
        address=Address("widget", key),
        sender=Sender("desk" if notice else sender),
        text=text,
        received_at=datetime.now(UTC),
        notice=notice,
    )


def session(claim: Claim, identity: Identity = MAYA) -> ToolSession:
    conversation = Conversation(id=claim.turn.conversation_id)
    return ToolSession(claim=claim, conversation=conversation, language="en", identity=identity)


def call(name: str, args: Mapping[str, Any] | None = None, id: str = "") -> ToolCall:
    return ToolCall(id=id or new_id(), name=name, args={} if args is None else args)


def stage(
    *,
    store: Store | None = None,
    backend: Backend | None = None,
    retriever: Retriever | None = None,
    tools: Sequence[AnyTool] = TOOLS,
    settings: ToolsSettings | None = None,
    cards: Callable[[Approval], Sequence[Parcel]] = card,
    now: Callable[[], float] | None = None,
    ids: Callable[[], str] = new_id,
    **more: Any,
) -> Stage:
    """`more` goes to the gateway."""
    store = store or MemoryStore(Settings())
    tickets = FakeTickets()
    executor = Executor(
        settings=settings or ToolsSettings(approvers=(BOSS,), discount_max=500, return_value_max=5_000),
        backend=backend,
        retriever=retriever or FakeRetriever(),
        tickets=tickets,
        business=HOURS,
    )
    catalogue = Catalogue(tools=tools, executor=executor)
    clock = {"now": now} if now else {}
    approvals = Approvals(
        store=store,
        executor=executor,
        find=catalogue.find,
        words=Words(words, ids),
        cards=cards,
        **clock,
    )
    journal = Journal(store)
    gateway = Gateway(
        catalogue=catalogue, executor=executor, approvals=approvals, store=store, journal=journal, say=words, **more
    )
    gate = ToolsGate(journal, store, words, lambda text: "en")
    return Stage(store=store, gateway=gateway, approvals=approvals, tickets=tickets, gate=gate)


@asynccontextmanager
async def shop_stage(folder: Path, **more: Any) -> AsyncIterator[Stage]:
    """With the demo shop behind it."""
    shop = DemoShop(folder / "demo.db")
    try:
        yield stage(backend=shop, **more)
    finally:
        await shop.aclose()


@dataclass(slots=True)
class CountingBackend:
    """A business that counts what was done to it and, unlike better ones, does what it is asked twice when it is asked
    twice. `then` happens after an effect: an error is an answer that was lost."""

    effects: list[tuple[str, Mapping[str, Any], str]] = field(default_factory=list)
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    before: Callable[[], Any] = lambda: None
    then: Callable[[], Any] = lambda: None
    orders: Mapping[str, str] = field(default_factory=lambda: {"1042": "C-1001"})

    @property
    def operations(self) -> frozenset[str]:
        return frozenset({"customer", "update_settings", "discount", "order_status"})

    async def call(self, operation: str, args: Mapping[str, Any], *, key: str = "") -> Mapping[str, Any]:
        self.asked.append((operation, args))
        if operation == "order_status":
            if self.orders.get(args["order_number"]) != args["customer_id"]:
                raise refused("missing")
            return {"order_number": args["order_number"], "status": "confirmed", "placed_on": "2026-11-01"}
        if operation == "customer":
            return {"customer_id": args["customer_id"], "name": "Maya", "phone": "+441632960001"}
        assert key, "a write needs a key"
        await _maybe(self.before())
        self.effects.append((operation, args, key))
        await _maybe(self.then())
        if operation == "discount":
            return {"amount": args["amount"], "code": "THANKS-1"}
        return {"customer_id": args["customer_id"], "name": "Maya", **{k: v for k, v in args.items() if v is not None}}

    async def check(self) -> str:
        return "here"

    async def aclose(self) -> None:
        return None


async def _maybe(value: Any) -> None:
    if isinstance(value, Exception):
        raise value
    if value is not None:
        await value


async def lost(store: Store, claim: Claim) -> None:
    """Somebody else takes the conversation over."""
    await store.park(claim, delay_s=0.0)
    assert await store.claim(lease_s=30.0, wait_s=1.0)
