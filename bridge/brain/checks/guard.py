"""Stands between a model and the person: what a model writes is held until it is checked, and goes on only then."""

from collections.abc import Callable, Sequence
from typing import Protocol

from bridge.brain import prompt
from bridge.brain.cascade import Question
from bridge.brain.checks.canary import NOTES, Canary
from bridge.brain.checks.evidence import Evidence
from bridge.brain.checks.facts import Facts
from bridge.brain.checks.forbidden import Forbidden
from bridge.brain.checks.grounding import Grounding
from bridge.brain.checks.language import Language
from bridge.brain.checks.length import CHARS_MAX, Length
from bridge.brain.checks.privacy import Privacy
from bridge.brain.checks.promises import Promises
from bridge.brain.checks.settings import ChecksSettings
from bridge.brain.checks.syntax import Syntax
from bridge.brain.checks.text import BEFORE_CHARS_MAX, Sentence, end, plain
from bridge.brain.marked import MarkedText
from bridge.brain.model_rung import Drafting
from bridge.brain.settings import BusinessSettings, PromptSettings
from bridge.brain.templates import SECTIONS
from bridge.errors import CheckFailed
from bridge.types import Passage

HELD_CHARS_MAX = 50_000
"""Whatever the settings say: nobody waits for a longer answer."""


class Check(Protocol):
    """Reads an answer sentence by sentence; made for one draft."""

    @property
    def name(self) -> str: ...

    def fault(self, sentence: Sentence) -> str | None:
        """What a sentence does wrong, as a hint for another draft; None when it is fine."""


def drafting(settings: ChecksSettings, business: BusinessSettings, told: PromptSettings, pinned: str = "") -> Drafting:
    """Drafts that pass the checks. `told` and `pinned` make the system prompt: its words stay inside, the pinned
    documents are there to be quoted."""
    system = prompt.system_prompt(told, business, pinned)
    # As they are before the business's own words are filled in: those may be said.
    instructions = "\n\n".join([*map(told.section, SECTIONS), prompt.RULES, *prompt.VENDOR.values(), *NOTES])
    mark = prompt.canary(prompt.version(system))

    def begin(question: Question, on_text: Callable[[str], None]) -> Guard:
        canary = Canary(instructions, mark=mark, run_words=settings.canary_run_words)
        return _guard(settings, Evidence(question, business, pinned), canary, on_text)

    return begin


def _guard(settings: ChecksSettings, evidence: Evidence, canary: Canary, on_text: Callable[[str], None]) -> "Guard":
    question = evidence.question
    turn = question.turn
    chars_max = settings.chars_max.get(turn.address.channel, CHARS_MAX)
    earlier = "\n".join(before.question for before in question.conversation.turns)
    checks: list[tuple[bool, Check]] = [
        (settings.syntax, Syntax()),
        (settings.length, Length(chars_max)),
        (settings.canary, canary),
        (settings.privacy, Privacy(evidence)),
        (settings.facts, Facts(evidence)),
        *((bool(words), Forbidden(name, words)) for name, words in _word_lists(settings)),
    ]
    language = Language(turn, earlier, question.language, chars_max=settings.language_chars_min)
    # Who is asked what a picture shows has no source for it; and who has no passages at all only greets and asks back.
    grounds = settings.grounding and bool(evidence.passages) and not question.files
    grounding = Grounding(evidence, coverage_min=settings.coverage_min)
    return Guard(
        on_text,
        checks=[check for on, check in checks if on],
        promises=Promises(evidence) if settings.promises else None,
        language=language if settings.language else None,
        grounding=grounding if grounds else None,
        sourced=bool(evidence.passages),
    )


def _word_lists(settings: ChecksSettings) -> Sequence[tuple[str, Sequence[str]]]:
    return [("forbidden", settings.forbidden), ("competitors", settings.competitors)]


class Guard:
    """A Draft. Nothing of a sentence is given out before all of it was read and its source is known; nothing at all
    while the answer as a whole rests on too little, or is in another language.

    `checks` need only the sentence and read it as soon as it is complete, so that a draft that fails ends early.
    """

    def __init__(
        self,
        on_text: Callable[[str], None],
        *,
        checks: Sequence[Check],
        promises: Check | None = None,
        language: Language | None = None,
        grounding: Grounding | None = None,
        sourced: bool = False,
    ) -> None:
        self._marked = MarkedText(on_text)
        self._checks = checks
        self._promises = promises
        self._language = language
        self._grounding = grounding
        self._sourced = sourced
        self._held = ""
        """What is not given out. The numbers below count its characters."""
        self._closed: list[tuple[int, tuple[Passage, ...]]] = []
        """Where blocks of the answer end, and what they rest on."""
        self._settled = 0
        """Up to here all has passed."""
        self._read = 0
        """Up to here it is in sentences that are complete."""
        self._resume = 0
        self._waiting: list[tuple[int, int, Sentence]] = []
        """Complete sentences whose source is not known: where they begin and end."""
        self._before = ""

    @property
    def text(self) -> str:
        return self._marked.text

    @property
    def citations(self) -> tuple[Passage, ...]:
        return self._marked.citations

    def write(self, text: str) -> None:
        """More text. May raise CheckFailed."""
        self._held += text
        if len(self._held) > HELD_CHARS_MAX:
            raise CheckFailed("length", "It was far too long.")
        self._go_on()

    def cite(self, passages: Sequence[Passage]) -> None:
        """A block ends here. May raise CheckFailed."""
        self._closed.append((len(self._held), tuple(passages)))
        self._go_on(closing=True)

    def finish(self) -> None:
        """The answer is complete. May raise CheckFailed."""
        if not self._closed or self._closed[-1][0] < len(self._held):
            self._closed.append((len(self._held), ()))
        self._go_on(last=True)
        for check in (self._grounding, self._language):
            if check is not None and (hint := check.last_fault()):
                raise CheckFailed(check.name, hint)
        self._give(self._settled)
        self._marked.finish()

    def _go_on(self, *, closing: bool = False, last: bool = False) -> None:
        self._cut(closing=closing, last=last)
        self._settle(last=last)
        if not any(check is not None and check.holds for check in (self._grounding, self._language)):
            self._give(self._settled)

    def _cut(self, *, closing: bool, last: bool) -> None:
        """Into sentences, and read each by itself."""
        while True:
            ended, self._resume = end(self._held, self._read, self._resume, last=last)
            if ended is None and closing and self._ends():
                # The block ends like a sentence: nobody waits for what comes next to be sure of it.
                ended = self._resume = len(self._held)
            if ended is None:
                return
            start, self._read = self._read, ended
            words = plain(self._held[start:ended])
            begins = not self._before or self._before.endswith("\n") or words.startswith("\n")
            sentence = Sentence(words.strip(), self._before, begins=begins)
            self._before = (self._before + words)[-BEFORE_CHARS_MAX:]
            if sentence.text:
                for check in self._checks:
                    _ask(check, sentence)
            self._waiting.append((start, ended, sentence))

    def _ends(self) -> bool:
        """What is left is space, or a sentence as it seems."""
        rest = self._held[self._read :]
        return bool(rest) and (not rest.strip() or rest.rstrip()[-1] in _ENDS)

    def _settle(self, *, last: bool) -> None:
        """Read the sentences whose source is known."""
        closed = self._closed[-1][0] if self._closed else 0
        while self._waiting:
            start, ended, sentence = self._waiting[0]
            cited = self._sources(start, ended)
            if not (last or cited or ended <= closed or not self._needs_source(sentence)):
                return
            self._waiting.pop(0)
            self._settled = ended
            if sentence.text:
                sentence = Sentence(sentence.text, sentence.before, cited, sentence.begins)
                for check in (self._promises, self._language, self._grounding):
                    if check is not None:
                        _ask(check, sentence)

    def _needs_source(self, sentence: Sentence) -> bool:
        return self._sourced and (self._grounding is None or self._grounding.claims(sentence))

    def _sources(self, start: int, ended: int) -> tuple[Passage, ...]:
        """What the blocks rest on that a sentence is in."""
        found: list[Passage] = []
        begun = 0
        for closed, passages in self._closed:
            if passages and self._held[max(start, begun) : min(ended, closed)].strip():
                found += passages
            begun = closed
        return tuple(found)

    def _give(self, until: int) -> None:
        at = 0
        while self._closed and self._closed[0][0] <= until:
            closed, passages = self._closed.pop(0)
            self._marked.write(self._held[at:closed])
            self._marked.cite(passages)
            at = closed
        if at < until:
            self._marked.write(self._held[at:until])
        self._held = self._held[until:]
        self._closed = [(closed - until, passages) for closed, passages in self._closed]
        self._waiting = [(start - until, ended - until, sentence) for start, ended, sentence in self._waiting]
        self._settled -= until
        self._read -= until
        self._resume -= until


_ENDS = frozenset(".!?…。！？؟:")


def _ask(check: Check, sentence: Sentence) -> None:
    if hint := check.fault(sentence):
        raise CheckFailed(check.name, hint)
