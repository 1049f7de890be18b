"""A question, a tool of the demo shop, an answer: the brain as the server builds it, with a stand-in for Claude."""

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bridge import config, parts
from bridge.backends.demo.shop import DemoShop
from bridge.brain.knowledge.library import open_library
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from bridge.thinking import Thinking, thinking
from bridge.toolbox import toolbox
from bridge.types import Identity, IdentityLevel, Outcome, Progress, Reply, Turn
from tests.fakes.claude_server import KEY, OUTAGES, Answer, Block, ClaudeServer, call, calls, say, serving
from tests.fakes.embedding_server import KEY as EMBEDDER_KEY
from tests.fakes.embedding_server import embedding_server
from tests.unit.brain.made import Events, conversation, turn

ROOT = Path(__file__).parents[2]
ROUTE = say('{"category": "simple_support"}')


@dataclass
class Maya:
    """Everybody who asks is this customer of the demo shop, known so well."""

    id: str
    level: IdentityLevel = 1

    async def of(self, turn: Turn) -> Identity:
        return Identity(level=self.level, customer_id=self.id if self.level else "")


@dataclass
class Desk:
    """A conversation with the whole brain."""

    thought: Thinking
    store: MemoryStore
    claude: ClaudeServer
    shop: DemoShop
    customer: str
    turns: list[Turn] = field(default_factory=list)
    events: Events = field(default_factory=Events)

    async def ask(self, text: str) -> Reply:
        number = len(self.turns)
        asking = turn(text, name=f"t{number}")
        asking = replace(asking, inbounds=(replace(asking.inbounds[0], event_id=f"widget:{number}"),))
        await self.store.accept(asking.inbounds[0])
        claim = await self.store.claim(lease_s=30, wait_s=1)
        assert claim
        self.events = Events()
        earlier = conversation(*self.turns)
        reply = await self.thought.brain.answer(claim.turn, earlier, self.events.append, claim=claim)
        assert self.events.shown == reply.text, "what is on the screen is the reply"
        ended = replace(claim.turn, reply=reply)
        await self.store.finish(claim, ended)
        self.turns.append(ended)
        return reply

    async def order(self, number: str = "1042") -> Mapping[str, Any]:
        return await self.shop.call("order_status", {"customer_id": self.customer, "order_number": number})

    @property
    def labels(self) -> list[str]:
        return [event.label for event in self.events if isinstance(event, Progress)]


@asynccontextmanager
async def desk(tmp_path: Path, *, level: IdentityLevel = 1, smtp: str = "") -> AsyncIterator[Desk]:
    (tmp_path / "kb").mkdir()
    for name in ("faq.md", "returns/return-windows.md"):
        shutil.copy(ROOT / "kb" / name, tmp_path / "kb")
    async with AsyncExitStack() as stack:
        claude = await stack.enter_async_context(serving(ClaudeServer()))
        words = await stack.enter_async_context(embedding_server())
        (tmp_path / "config.toml").write_text(f"""
            business.name = "Larkwell Cycles"
            knowledge.path = "{tmp_path}/kb"
            knowledge.index_path = "{tmp_path}/index"
            knowledge.embedder = "openai"
            extractive.piece_s = 0
            claude.base_url = "{claude.url}"
            tools.identity = {{ lookup_customer = 1 }}
            identity.smtp = {{ host = "{smtp}", from = "service@shop.example" }}
        """)
        told = {"ANTHROPIC_API_KEY": KEY, "OPENAI_API_KEY": EMBEDDER_KEY}
        told["BRIDGE_EMBEDDERS__OPENAI__BASE_URL"] = f"{words.url}/openai"
        read = config.read(tmp_path / "config.toml", told)
        embedder = await stack.enter_async_context(parts.embedder(read))
        library = await open_library(read.knowledge, embedder, lambda done, total: None)
        stack.callback(library.close)
        shop = DemoShop(tmp_path / "demo.db")
        stack.push_async_callback(shop.aclose)
        found = await shop.call("find_customer", {"email": "maya.okafor@example.com"})
        store = MemoryStore(MemorySettings())
        box = toolbox(read.tools, store, parts.voice(read), retriever=library.retriever, backend=shop)
        known = Maya(found["customer_id"], level)
        built = thinking(read, library, embedder, store, tools=box.gateway, identities=known)
        yield Desk(await stack.enter_async_context(built), store, claude, shop, found["customer_id"])
        assert not claude.refusals, f"a request broke the API's rules: {claude.refusals}"


LOOKS = calls(("check_order_status", {"order_number": "1042"}), thinking="An order. Let me see.")
ANSWERS = say("Your order LW-001042 is on its way to you.")


async def test_what_a_tool_finds_becomes_the_answer(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        it.claude.play(ROUTE, LOOKS, ANSWERS)
        reply = await it.ask("Where is my order 1042?")
        assert (reply.text, reply.outcome) == ("Your order LW-001042 is on its way to you.", Outcome.ANSWERED)
        assert it.labels[-1] == "Looking up order 1042"
        assert [(action.tool, action.outcome) for action in reply.trace.actions] == [("check_order_status", "done")]
        first, second = it.claude.requests[1:]
        assert second["tools"] == first["tools"]
        names = [tool["name"] for tool in first["tools"]]
        assert names == sorted(names)
        assert "process_payment" not in names


async def test_what_it_does_not_tell_is_not_said(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        it.claude.play(ROUTE, LOOKS, say("Your order LW-001042 was refunded."), ANSWERS)
        reply = await it.ask("Where is my order 1042?")
        assert (reply.text, reply.trace.failed) == ("Your order LW-001042 is on its way to you.", ("check:promises",))
        assert len(reply.trace.actions) == 1, "nothing was looked up again"


async def test_the_next_question_knows_what_was_looked_up(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        it.claude.play(ROUTE, LOOKS, ANSWERS, ROUTE, say("As I said, LW-001042 is on its way."))
        await it.ask("Where is my order 1042?")
        await it.ask("And is that certain, about my parcel?")
        told = str(it.claude.requests[-1]["messages"])
        assert "check_order_status: done" in told
        assert "tool_use" not in told, "calls are told within their own turn only"


async def test_another_tier_goes_on_with_what_was_found(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        it.claude.play(ROUTE, LOOKS, *[OUTAGES[529]] * 3, ANSWERS)
        reply = await it.ask("Where is my order 1042?")
        assert (reply.text, reply.model) == ("Your order LW-001042 is on its way to you.", "claude-haiku-5-5")
        assert len(reply.trace.actions) == 1


RETURN = {
    "order_number": "987",
    "sku": "LYCHGATE",
    "quantity": 1,
    "reason": "wrong_size",
    "method": "shop",
    "note": "",
}


async def test_what_only_a_person_may_allow_goes_to_one(tmp_path: Path) -> None:
    """Nobody may approve anything here, since nobody is named."""
    async with desk(tmp_path, level=2) as it:
        it.claude.play(ROUTE, call("initiate_return", **RETURN))
        reply = await it.ask("Please start a return of the lock of order 987, I bring it to the shop.")
        assert (reply.rung, reply.escalation_reason, bool(reply.ticket)) == ("person", "model", True)
        assert not (await it.order("987")).get("returns")


@pytest.mark.parametrize(
    ("smtp", "said"), [("mail.shop.example", ["identity_needed"]), ("", ["identity_nowhere", "offer_person"])]
)
async def test_who_is_not_known_is_asked_who_they_are_where_that_can_be_shown(
    tmp_path: Path, smtp: str, said: list[str]
) -> None:
    async with desk(tmp_path, level=0, smtp=smtp) as it:
        it.claude.play(ROUTE, LOOKS)
        reply = await it.ask("Where is my order 1042?")
        assert reply.text == it.thought.brain.voice.say("en", *said)
        assert [action.outcome for action in reply.trace.actions] == ["identity"]


async def test_a_model_that_asks_for_a_person_gets_one(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        words = Block(("I will get somebody for you.",))
        wants = call("escalate_to_human", reason="other", summary="Wants to talk about a bill.")
        it.claude.play(ROUTE, Answer((words, *wants.blocks), "tool_use"))
        reply = await it.ask("This bill makes no sense to me, what now?")
        assert (reply.rung, reply.outcome, reply.escalation_reason) == ("person", Outcome.ESCALATED, "model")
        assert "I will get somebody" not in reply.text


@pytest.mark.parametrize("said", ["", "Let me look. "])
async def test_pages_that_a_tool_finds_are_cited(tmp_path: Path, said: str) -> None:
    async with desk(tmp_path) as it:
        search = calls(("search_knowledge_base", {"query": "return a bike"}), said=[said] if said else [])
        it.claude.play(ROUTE, search, say("You have 30 days to return a bike that you bought online.", cites=(0,)))
        reply = await it.ask("Until when can I bring my new bike back?")
        assert (reply.outcome, len(reply.citations)) == (Outcome.ANSWERED, 1)
        assert reply.text.startswith(f"{said}\n\nYou have" if said else "You have")
        assert reply.trace.actions[0].tool == "search_knowledge_base"
