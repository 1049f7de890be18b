"""Answers a turn: searches the knowledge base, then climbs the cascade."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.brain import prompt
from bridge.brain.cascade import Question, Rung, climb
from bridge.brain.context import History, history
from bridge.brain.phrases import Voice, language_of
from bridge.brain.settings import PromptSettings
from bridge.ports import Emit, Retriever, Spender
from bridge.types import Conversation, File, Outcome, Progress, Reply, TextDelta, Turn, Unread

QUERY_CHARS_MAX = 2_000
"""Of a question, so much is searched for and compared with passages; a model reads more of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brain:
    """Implements the Brain port. `rungs` are tried in order; the last should need nothing but the passages."""

    retriever: Retriever
    rungs: Sequence[Rung]
    voice: Voice
    prompt: PromptSettings
    tier: str
    passages_max: int
    """Passages that go with a question."""

    async def answer(
        self, turn: Turn, conversation: Conversation, emit: Emit, files: Sequence[File | Unread] = ()
    ) -> Reply:
        """Emit what is being done and said, and return the final reply. `files` came with the question. Expected
        failures never leave."""
        earlier = prompt.standing(conversation.turns, turn)
        language = self._language(turn, earlier)
        if prompt.too_long(turn, self.prompt):
            return self._phrase(language, "too_long", emit)
        if prompt.wordless(turn) and not files:
            return self._phrase(language, "text_only", emit)
        emit(Progress(self.voice.say(language, "looking_up")))
        query = prompt.search_query(turn.question, earlier, chars_max=QUERY_CHARS_MAX, before=prompt.around(turn))
        passages = tuple(await self.retriever.search(query, self.passages_max))
        question = Question(
            turn=turn,
            conversation=conversation,
            query=query,
            passages=passages,
            language=language,
            tier=self.tier,
            history=self._history(turn, earlier),
            spender=Spender(turn.id, turn.conversation_id, f"{turn.address.channel}:{turn.inbounds[-1].sender.id}"),
            files=tuple(file for file in files if isinstance(file, File)),
            unread=tuple(file for file in files if isinstance(file, Unread)),
        )
        return await climb(self.rungs, question, self.voice, emit)

    def _phrase(self, language: str, name: str, emit: Emit) -> Reply:
        text = self.voice.say(language, name)
        emit(TextDelta(text))
        return Reply(text=text, outcome=Outcome.UNKNOWN, rung="phrase")

    def _history(self, turn: Turn, earlier: Sequence[Turn]) -> History:
        return history(
            earlier,
            now=turn.inbounds[-1].received_at,
            tier=self.tier,
            version=prompt.version(prompt.system_prompt(self.prompt, self.voice.business)),
            settings=self.prompt,
        )

    def _language(self, turn: Turn, earlier: Sequence[Turn]) -> str:
        """A question too short to tell ("ok?") is in the language of the one before, or of those who talk there."""
        before = earlier[-1].question if earlier else prompt.around(turn)
        return language_of(turn.question, self.voice.language(before))
