"""Answers a turn: searches the knowledge base, then climbs the cascade."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.brain import prompt
from bridge.brain.cascade import Question, Rung, climb
from bridge.brain.phrases import Voice, language_of
from bridge.ports import Emit, Retriever
from bridge.types import Conversation, Outcome, Progress, Reply, TextDelta, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Brain:
    """Implements the Brain port. `rungs` are tried in order; the last should need nothing but the passages."""

    retriever: Retriever
    rungs: Sequence[Rung]
    voice: Voice
    passages_max: int
    """Passages that go with a question."""

    async def answer(self, turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        """Emit what is being done and said, and return the final reply. Expected failures never leave."""
        language = self._language(turn, conversation)
        if not prompt.sanitise(turn.question).strip():
            text = self.voice.say(language, "text_only")
            emit(TextDelta(text))
            return Reply(text=text, outcome=Outcome.UNKNOWN, rung="phrase")
        emit(Progress(self.voice.say(language, "looking_up")))
        query = prompt.search_query(turn.question, conversation.turns)
        passages = tuple(await self.retriever.search(query, self.passages_max))
        question = Question(turn=turn, conversation=conversation, query=query, passages=passages, language=language)
        return await climb(self.rungs, question, self.voice, emit)

    def _language(self, turn: Turn, conversation: Conversation) -> str:
        """A question too short to tell ("ok?") is in the language of the one before."""
        earlier = conversation.turns[-1].question if conversation.turns else ""
        return language_of(turn.question, self.voice.language(earlier))
