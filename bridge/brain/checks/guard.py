"""Stands between a model and the person: what a model writes is held until it is checked, and goes on only then."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
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
from bridge.brain.checks.text import BEFORE_CHARS_MAX, Sentence, end, item, lead_in, plain, shown
from bridge.brain.invisible import without_invisible
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


def drafting(
    settings: ChecksSettings, business: BusinessSettings, told: PromptSettings, pinned: str = "", *, tools: bool = False
) -> Drafting:
    """Drafts that pass the checks. `told`, `pinned` and `tools` make the system prompt: its words stay inside, the
    pinned documents are there to be quoted."""
    system = prompt.system_prompt(told, business, pinned, tools=tools)
    # As they are before the business's own words are filled in: those may be said.
    instructions = "\n\n".join(
        [*map(told.section, SECTIONS), prompt.RULES, prompt.TOOLS, *prompt.VENDOR.values(), *NOTES]
    )
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
        (settings.syntax, Syntax(evidence)),
        (settings.length, Length(chars_max)),
        (settings.canary, canary),
        (settings.privacy, Privacy(evidence)),
        (settings.facts, Facts(evidence)),
        *((bool(words), Forbidden(name, words)) for name, words in _word_lists(settings)),
    ]
    language = Language(turn, earlier, question.language, chars_max=settings.language_chars_min)
    # Who is asked what a picture shows has no source for it. Who has no passages at all greets, asks back and says so.
    grounds = settings.grounding and not question.files
    grounding = Grounding(evidence, coverage_min=settings.coverage_min)
    return Guard(
        on_text,
        checks=[check for on, check in checks if on],
        as_written=(Syntax.name,),
        promises=Promises(evidence) if settings.promises else None,
        language=language if settings.language else None,
        grounding=grounding if grounds else None,
        evidence=evidence,
    )


def _word_lists(settings: ChecksSettings) -> Sequence[tuple[str, Sequence[str]]]:
    return [("forbidden", settings.forbidden), ("competitors", settings.competitors)]


class Guard:
    """A Draft. Nothing of a sentence is given out before all of it was read and its source is known; nothing at all
    while the answer as a whole rests on too little, or is in another language.

    `checks` need only the sentence and read it as soon as it is complete, so that a draft that fails ends early. They
    and `promises` read it as it is seen besides, where that is something else than what is written; not those that
    `as_written` names.
    """

    def __init__(
        self,
        on_text: Callable[[str], None],
        *,
        checks: Sequence[Check],
        as_written: Sequence[str] = (),
        promises: Check | None = None,
        language: Language | None = None,
        grounding: Grounding | None = None,
        evidence: Evidence | None = None,
    ) -> None:
        self._marked = MarkedText(on_text)
        self._checks = checks
        self._again = [check for check in checks if check.name not in as_written]
        self._promises = promises
        self._language = language
        self._grounding = grounding
        self._evidence = evidence
        self._with_sources = [check for check in (promises, language, grounding) if check is not None]
        self._seen = _Seen()
        self._held = ""
        """What is not given out. The numbers below count its characters."""
        self._closed: list[tuple[int, tuple[Passage, ...]]] = []
        """Where blocks of the answer end, and what they rest on."""
        self._settled = 0
        """Up to here all has passed."""
        self._read = 0
        """Up to here it is in sentences that are complete."""
        self._resume = 0
        self._waiting: list[tuple[int, int, Sentence, list[Sentence]]] = []
        """Complete sentences whose source is not known: where they begin and end, what is written and, where it is
        something else, what is seen."""
        self._before = ""
        self._before_shown = ""
        self._lead = ""
        """The beginning of a sentence that the items of a list go on with."""

    @property
    def text(self) -> str:
        return self._marked.text

    @property
    def citations(self) -> tuple[Passage, ...]:
        return self._marked.citations

    def write(self, text: str) -> None:
        """More text. May raise CheckFailed."""
        if self._evidence:
            self._evidence.renew()
        self._held += self._seen.feed(text)
        if len(self._held) > HELD_CHARS_MAX:
            raise CheckFailed("length", "It was far too long.")
        self._go_on()

    def cite(self, passages: Sequence[Passage]) -> None:
        """A block ends here. May raise CheckFailed."""
        self._closed.append((len(self._held), tuple(passages)))
        self._go_on()

    def finish(self) -> None:
        """The answer is complete. May raise CheckFailed."""
        self._held += self._seen.finish()
        if not self._closed or self._closed[-1][0] < len(self._held):
            self._closed.append((len(self._held), ()))
        self._go_on(last=True)
        for check in (self._grounding, self._language):
            if check is not None and (hint := check.last_fault()):
                raise CheckFailed(check.name, hint)
        self._give(self._settled)
        self._marked.finish()

    def _go_on(self, *, last: bool = False) -> None:
        self._cut(last=last)
        self._settle(last=last)
        if not any(check is not None and check.holds for check in (self._grounding, self._language)):
            self._give(self._settled)

    def _cut(self, *, last: bool) -> None:
        """Into sentences, and read each by itself."""
        while True:
            until, self._resume = end(self._held, self._read, self._resume, last=last)
            if until is None and self._only_space():
                until = self._resume = len(self._held)
            if until is None:
                return
            # Where it had to be cut, its end is read again with what follows, and is not given out before that.
            start, self._read = self._read, self._with_space(min(until, self._resume))
            self._resume = max(self._resume, self._read)
            written = plain(self._held[start:until])
            begins = not self._before or self._before.endswith("\n") or written.startswith("\n")
            sentence = Sentence(written.strip(), self._before, begins=begins)
            words = shown(sentence.text).strip()
            seen = [Sentence(words, self._before_shown)] if words not in ("", sentence.text) else []
            passed = written if until == self._read else plain(self._held[start : self._read])
            self._before = (self._before + passed)[-BEFORE_CHARS_MAX:]
            self._before_shown = (self._before_shown + (shown(passed) if seen else passed))[-BEFORE_CHARS_MAX:]
            # What a check counts, it counts once.
            again = [copy(check) for check in self._again] if seen else []
            if sentence.text:
                _ask(self._checks, sentence)
            if seen:
                _ask(again, seen[0])
            self._waiting.append((start, self._read, sentence, [*seen, *self._led(sentence, words)]))

    def _led(self, sentence: Sentence, words: str) -> list[Sentence]:
        """An item of a list as the end of the sentence above the list; `words` is what is seen of it."""
        if self._lead and (said := item(sentence.text)):
            return [Sentence(f"{self._lead} {shown(said)}", self._before_shown)]
        if words and (sentence.begins or not self._lead):
            self._lead = lead_in(words)
        return []

    def _only_space(self) -> bool:
        """A block ends here, and only space is left of it: its sources need not wait for the next sentence."""
        return bool(self._closed) and self._closed[-1][0] == len(self._held) and self._held[self._read :].isspace()

    def _with_space(self, ended: int) -> int:
        """The end of the block whose last sentence ends there, when only space stands between."""
        for closed, _ in self._closed:
            if closed > ended:
                return closed if self._held[ended:closed].isspace() else ended
        return ended

    def _settle(self, *, last: bool) -> None:
        """Read the sentences whose source is known."""
        closed = self._closed[-1][0] if self._closed else 0
        while self._waiting:
            start, ended, sentence, seen = self._waiting[0]
            cited = self._sources(start, ended)
            if not (last or cited or ended <= closed or not self._needs_source(sentence)):
                return
            self._waiting.pop(0)
            self._settled = ended
            if sentence.text:
                _ask(self._with_sources, replace(sentence, cited=cited))
            for other in seen:
                _ask([self._promises] if self._promises else [], replace(other, cited=cited))

    def _needs_source(self, sentence: Sentence) -> bool:
        """What rests on a tool goes out at once, unless a source could make a promise of it true."""
        if self._evidence is None or not self._evidence.passages:
            return False
        if self._grounding is None:
            return True
        if not self._grounding.claims(sentence):
            return False
        promises = self._promises is not None and self._promises.fault(sentence) is not None
        return promises or not self._grounding.by_tools(sentence)

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
        if not until:
            return
        if at < until:
            self._marked.write(self._held[at:until])
        self._held = self._held[until:]
        self._closed = [(closed - until, passages) for closed, passages in self._closed]
        self._waiting = [
            (start - until, ended - until, sentence, seen) for start, ended, sentence, seen in self._waiting
        ]
        self._settled -= until
        self._read -= until
        self._resume -= until


def _ask(checks: Sequence[Check], sentence: Sentence) -> None:
    for check in checks:
        if hint := check.fault(sentence):
            raise CheckFailed(check.name, hint)


class _Seen:
    """Takes the invisible out of a text that grows: a person sees what was checked, in the order it was checked in."""

    def __init__(self) -> None:
        self._last = ""
        """What a character that comes next is judged by."""
        self._unsure = ""
        """The last character, where the next one decides whether it is needed."""

    def feed(self, text: str) -> str:
        text = self._unsure + text
        self._unsure = text[-1:] if text[-1:] in _UNSURE else ""
        return self._clean(text[: len(text) - len(self._unsure)])

    def finish(self) -> str:
        unsure, self._unsure = self._unsure, ""
        return self._clean(unsure)

    def _clean(self, text: str) -> str:
        if not text:
            return ""
        text = without_invisible(self._last + text)[len(self._last) :]
        # A selector is judged by what it stands on.
        self._last = (self._last + text)[-_SIGN_CHARS_MAX:].lstrip(_NEVER_FIRST)
        return text


_UNSURE = frozenset("\r\u200c\u200d")
_NEVER_FIRST = "\u200c\u200d\ufe0e\ufe0f"
_SIGN_CHARS_MAX = 3
