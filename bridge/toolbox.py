"""Puts the tools together: the gateway, what tools work with, and approvals."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.brain.phrases import Voice
from bridge.desk import handoff
from bridge.ports import ApprovalCards, Backend, Retriever, Store
from bridge.tools.approval_words import Words
from bridge.tools.approvals import Approvals, no_cards
from bridge.tools.builtin import TOOLS
from bridge.tools.catalogue import Catalogue
from bridge.tools.execution import Executor
from bridge.tools.gate import ToolsGate
from bridge.tools.gateway import Gateway
from bridge.tools.journal import Journal
from bridge.tools.settings import ToolsSettings
from bridge.tools.tickets import StoreTickets
from bridge.tools.tool import ToolList
from bridge.types import ConversationId


@dataclass(frozen=True, slots=True)
class Toolbox:
    """What models may have done, and what people approve of it."""

    gateway: Gateway
    approvals: Approvals
    gate: ToolsGate
    """Before the brain: calls a person where nobody knows what an earlier attempt did."""


def toolbox(
    settings: ToolsSettings,
    store: Store,
    voice: Voice,
    *,
    retriever: Retriever | None,
    backend: Backend | None = None,
    sinks: Sequence[str] = (),
    more: ToolList = tuple,
    cards: ApprovalCards = no_cards,
) -> Toolbox:
    """`more` are the tools of servers; `sinks` are where tickets go besides our own table; `cards` show approvals to
    people, and without them people are called instead. Without a `retriever` nothing is looked up here."""
    executor = Executor(
        settings=settings,
        backend=backend,
        retriever=retriever,
        tickets=StoreTickets(store, sinks),
        business={"time_zone": voice.business.time_zone, "opening_hours": voice.business.opening_hours},
    )

    def say(language: str, name: str) -> str:
        return voice.say(language or voice.business.locale, name)

    async def taken_over(conversation: ConversationId) -> bool:
        kept = await store.load_record(handoff.KIND, conversation)
        found = handoff.read(kept) if kept else None
        return found is not None and found.state in handoff.SILENT

    journal = Journal(store)
    catalogue = Catalogue(tools=TOOLS, executor=executor, more=more)
    approvals = Approvals(store=store, executor=executor, find=catalogue.find, words=Words(say), cards=cards)
    gateway = Gateway(
        catalogue=catalogue,
        executor=executor,
        approvals=approvals,
        store=store,
        journal=journal,
        say=say,
        taken_over=taken_over,
    )
    return Toolbox(gateway, approvals, ToolsGate(journal, store, say, voice.language))
