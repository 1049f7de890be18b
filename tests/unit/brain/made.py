"""Values for the tests of the brain."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from markdown_it import MarkdownIt

from bridge.brain.brain import Brain
from bridge.brain.cascade import Question, Rung
from bridge.brain.context import History
from bridge.brain.knowledge.settings import Settings as KnowledgeSettings
from bridge.brain.marked import MarkedText
from bridge.brain.model_rung import ModelRung
from bridge.brain.phrases import PhrasesSettings, Voice
from bridge.brain.settings import BusinessSettings, ClaudeSettings, PromptSettings, TiersSettings
from bridge.ports import Model, ModelRequest, Retriever, Spender
from bridge.types import (
    CITATION_MARK,
    Address,
    Conversation,
    ConversationId,
    Inbound,
    Outcome,
    Passage,
    Reply,
    Sender,
    TextDelta,
    TextReset,
    Turn,
    TurnId,
    Usage,
)

BUSINESS = BusinessSettings(name="Acme Bikes", industry="a bicycle shop", contact="help@acme.example")
VOICE = Voice(BUSINESS, PhrasesSettings())
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def turn(
    text: str,
    *,
    answered: str | None = None,
    outcome: Outcome = Outcome.ANSWERED,
    name: str = "t1",
    retry_of: str | None = None,
) -> Turn:
    inbound = Inbound(
        event_id="widget:1",
        address=Address("widget", "a"),
        sender=Sender("p1"),
        text=text,
        received_at=NOON,
        retry_of=TurnId(retry_of) if retry_of else None,
    )
    reply = None if answered is None else Reply(text=answered, outcome=outcome)
    return Turn(id=TurnId(name), conversation_id=ConversationId("widget:a"), inbounds=(inbound,), reply=reply)


def conversation(*turns: Turn) -> Conversation:
    return Conversation(id=ConversationId("widget:a"), turns=turns)


def passage(
    text: str,
    *,
    number: int = 1,
    section: str = "",
    kind: Literal["article", "faq"] = "article",
    language: str = "en",
    title: str = "Returns",
) -> Passage:
    return Passage(
        chunk_id=f"chunk-{number}",
        doc_id=f"doc-{number}.md",
        title=title,
        section=section,
        url=f"https://acme.example/{number}",
        updated="2026-11-01",
        language=language,
        text=text,
        kind=kind,
        score=0.6,
    )


def request(question: str = "How long may I keep it?", passages: Sequence[Passage] = ()) -> ModelRequest:
    return ModelRequest(system="You are kind.", question=question, passages=tuple(passages), facts="It is Friday.")


def rung(name: str, model: Model) -> ModelRung:
    return ModelRung(name, {"sonnet": model}, PromptSettings(), VOICE)


def brain(retriever: Retriever, rungs: Sequence[Rung]) -> Brain:
    knowledge = KnowledgeSettings(passages_max=5)
    return Brain(
        retriever=retriever, rungs=rungs, voice=VOICE, prompt=PromptSettings(), knowledge=knowledge, tier="sonnet"
    )


def question(asking: Turn, *passages: Passage, language: str = "en", told: History | None = None) -> Question:
    return Question(
        turn=asking,
        conversation=conversation(),
        query=asking.question,
        passages=passages,
        language=language,
        history=told or History(),
        spender=Spender(asking.id, asking.conversation_id, "widget:p1"),
    )


def drafted(shown: list[str] | None = None) -> MarkedText:
    """A writer; what it gives out goes to `shown`."""
    return MarkedText(([] if shown is None else shown).append)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer with its marks, and how it ended."""

    text: str
    citations: tuple[Passage, ...]
    model: str
    usage: Usage
    truncated: bool


async def told(model: Model, request: ModelRequest, shown: list[str] | None = None) -> Told:
    """Ask, and read the answer to its end."""
    draft = drafted(shown)
    ended = await model.complete(request, draft)
    draft.finish()
    return Told(draft.text, draft.citations, ended.model, ended.usage, ended.truncated)


def quick(
    url: str, *, first_text_s: float = 5.0, idle_text_s: float = 5.0, total_s: float = 10.0, connect_s: float = 2.0
) -> ClaudeSettings:
    """Settings that point at a stand-in, with watchdogs as short as a test wants them."""
    tiers = {name: {"first_text_s": min(first_text_s, total_s)} for name in ("haiku", "sonnet", "opus")}
    return ClaudeSettings(
        base_url=url,
        idle_text_s=idle_text_s,
        total_s=total_s,
        connect_s=connect_s,
        tiers=TiersSettings.model_validate(tiers),
    )


class Events(list[object]):
    """Collects what is emitted."""

    @property
    def shown(self) -> str:
        """The text a person sees: the deltas since the last reset."""
        text = ""
        for item in self:
            match item:
                case TextDelta():
                    text += item.text
                case TextReset():
                    text = ""
        return text


def marks_in_prose(text: str) -> list[int]:
    """The citation marks that a reader of Markdown sees outside of code, by a parser that is not ours."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    inlines = [token.children or [] for token in parser.parse(text) if token.type == "inline"]
    plain = ["".join(child.content if child.type == "text" else " " for child in children) for children in inlines]
    return [int(mark[1]) for mark in CITATION_MARK.finditer("\n".join(plain))]


def without_score(passage: Passage) -> Passage:
    return replace(passage, score=0.0)
