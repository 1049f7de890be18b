"""The documents that go along with every question: read from the knowledge folder, and read again when it changes."""

import asyncio
import logging
from collections.abc import Sequence

from bridge.brain.invisible import without_invisible
from bridge.brain.knowledge.load import Document, parse, read, suspicion
from bridge.brain.knowledge.paths import below
from bridge.brain.knowledge.settings import Settings
from bridge.brain.settings import PromptSettings
from bridge.brain.tokens import estimate
from bridge.errors import KnowledgeError
from bridge.logs import event

log = logging.getLogger(__name__)


class Pinned:
    """Mutable: `refresh` reads them anew. Called, it says what they say now: "" before that."""

    def __init__(self, settings: PromptSettings, knowledge: Settings) -> None:
        self._settings = settings
        self._knowledge = knowledge
        self._text = ""
        self.problems: Sequence[str] = ()
        """Why documents are left out, with the fix."""

    def __call__(self) -> str:
        return self._text

    async def refresh(self) -> None:
        """Read them; one that cannot be used is left out, and that is logged once."""
        if not self._settings.pinned:
            return
        text, problems = await asyncio.to_thread(self._read)
        for problem in problems:
            if problem not in self.problems:
                event(log, "document not pinned", level=logging.WARNING, why=problem)
        self._text, self.problems = text, problems

    def _read(self) -> tuple[str, Sequence[str]]:
        texts: list[str] = []
        problems: list[str] = []
        left = self._settings.pinned_tokens_max
        for path in self._settings.pinned:
            try:
                text = _told(self._document(path))
            except KnowledgeError as error:
                problems.append(f"prompt.pinned: {path}: {error}")
                continue
            tokens = estimate(text)
            if tokens > left:
                problems.append(f"prompt.pinned: {path}: has {tokens} tokens, {left} are left: shorten it, or raise "
                                "prompt.pinned_tokens_max")  # fmt: skip
                continue
            left -= tokens
            texts.append(text)
        return "\n\n".join(texts), problems

    def _document(self, path: str) -> Document:
        folder = self._knowledge.path
        raw, _ = read(folder / path, folder)
        document = parse(path, raw)
        if document.front.audience not in self._knowledge.audiences:
            raise KnowledgeError(f"is for the audience {document.front.audience!r}")
        if not below(self._knowledge.trusted).fullmatch(path) and (problem := suspicion(path, raw)):
            raise KnowledgeError(problem.message)
        return document


def _told(document: Document) -> str:
    return without_invisible(f"### {document.front.title} (updated {document.front.updated})\n{document.body.strip()}")
