"""The rung that needs no model: it quotes the passages. Every sentence is theirs, or stands in phrases/."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bridge.brain import prompt
from bridge.brain.cascade import Question
from bridge.brain.marked import MarkedText
from bridge.brain.phrases import Voice, small_talk
from bridge.brain.quotes import Quote, Relevance, SentenceVectors, faq_answer, quotes
from bridge.brain.settings import ExtractiveSettings
from bridge.ports import Embedder, Emit
from bridge.types import Outcome, Reply, TextDelta

PIECE_WORDS = 3
SURE = 0.3
"""The score of the best sentence from which an answer is given without a reservation. Of the demonstration shop's
questions, 87 % of the good quotations are above it, and two thirds of the misleading ones."""


class Extractive:
    """A rung. With the embedder it also finds sentences that answer in other words than the question's. The `last` of
    all says that it does not know; before others it leaves that to them."""

    name = "extractive"

    def __init__(
        self, settings: ExtractiveSettings, voice: Voice, embedder: Embedder | None = None, *, last: bool = True
    ) -> None:
        self._settings = settings
        self._voice = voice
        self._vectors = SentenceVectors(embedder) if embedder else None
        self._last = last

    async def prepare(self, question: Question) -> None:
        """Find what can be quoted."""
        await self._relevance(question)

    async def answer(self, question: Question, emit: Emit) -> Reply | None:
        unread = self._unread(question)
        if prompt.wordless(question.turn):
            return await self._said(Reply(text=unread, outcome=Outcome.UNKNOWN, rung=self.name), emit)
        reply = await self._worded(question)
        if reply is None and not self._last:
            return None
        return await self._said(_with(unread, reply or self._unknown(question)), emit)

    async def entry(self, question: Question, emit: Emit) -> Reply | None:
        """Only the answer of a FAQ entry that asks the same."""
        if prompt.wordless(question.turn) or not (found := faq_answer(await self._relevance(question))):
            return None
        return await self._said(_with(self._unread(question), self._quoted([found])), emit)

    async def _relevance(self, question: Question) -> Relevance:
        return await question.quotable.relevance(question.query, question.passages, self._vectors)

    async def _said(self, reply: Reply, emit: Emit) -> Reply:
        for piece in pieces(reply.text):
            emit(TextDelta(piece))
            await asyncio.sleep(self._settings.piece_s)
        return reply

    def _unread(self, question: Question) -> str:
        """It reads nothing but text: one sentence for all files, whatever else is wrong with them."""
        spoken = [file for file in question.unread if file.why == "voice"]
        sentences = [self._voice.unread(question.language, spoken)]
        if question.files or len(spoken) < len(question.unread):
            name = "text_only" if prompt.wordless(question.turn) else "files_unread"
            sentences.append(self._voice.say(question.language, name))
        return " ".join(filter(None, sentences))

    async def _worded(self, question: Question) -> Reply | None:
        """None when nothing that was found answers the question."""
        if kind := small_talk(question.turn.question):
            return Reply(text=self._voice.say(question.language, kind), outcome=Outcome.ANSWERED, rung=self.name)
        relevance = await self._relevance(question)
        if entry := faq_answer(relevance):
            return self._quoted([entry])
        if found := quotes(relevance, sentences_max=self._settings.sentences_max, rows_max=self._settings.rows_max):
            sure = max(relevance.scores) >= SURE
            before = self._voice.say(question.language, "lead_in" if sure else "unsure")
            # Who expected an answer in words of its own, and gets a page's while no model is there, may ask people.
            after = "" if sure and self._last else self._voice.say(question.language, "offer_person")
            return self._quoted(found, before=before, after=after)
        return None

    def _unknown(self, question: Question) -> Reply:
        text = self._voice.say(question.language, "unknown", "offer_person")
        return Reply(text=text, outcome=Outcome.UNKNOWN, rung=self.name)

    def _quoted(self, found: Sequence[Quote], *, before: str = "", after: str = "") -> Reply:
        said: list[str] = []
        text = MarkedText(said.append)
        text.write(f"{before}\n\n")
        for quote in found:
            for part in quote.parts:
                text.write(f"{part}\n\n")
                if part is quote.marked:
                    text.cite([quote.passage])
        text.write(after)
        text.finish()
        return Reply(text=text.text, outcome=Outcome.ANSWERED, citations=text.citations, rung=self.name)


def _with(note: str, reply: Reply) -> Reply:
    """With a note below."""
    return replace(reply, text=f"{reply.text.rstrip()}\n\n{note}") if note else reply


def pieces(text: str) -> Iterator[str]:
    """The text a few words at a time."""
    words = re.findall(r"\S+\s*|\s+", text)
    for start in range(0, len(words), PIECE_WORDS):
        yield "".join(words[start : start + PIECE_WORDS])
