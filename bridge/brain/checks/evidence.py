"""What an answer may draw on: the passages that went along, what tools told and did, what the operator says, what the
customer said. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, lru_cache

from bridge.brain import prompt
from bridge.brain.cascade import Question
from bridge.brain.checks.figures import Figure, figures, host
from bridge.brain.checks.text import folded, plain
from bridge.brain.checks.told import Told, all_told
from bridge.brain.done import of_one
from bridge.brain.knowledge.quarantine import command
from bridge.brain.settings import BusinessSettings
from bridge.types import Action, Passage, Turn

PASSAGES_CACHED_MAX = 4_000
STEM_CHARS = 6
STEM_CHARS_MIN = 4
"""Words are compared by their beginnings; shorter ones say little."""

_GROWING = (
    "passages",
    "trusted",
    "results",
    "told",
    "why_not",
    "done",
    "public",
    "pages",
    "hosts",
    "stems_of_sources",
    "names",
)
"""What a tool may add to."""
_QUOTED = re.compile(r"\A….*$|^[ \t]{0,3}>.*$", re.MULTILINE)
"""A line that is cut off at its beginning may be one of these, too."""
_NAME = re.compile(r"[^\W_]{2,}")
_WORD = re.compile(rf"[^\W\d_]{{{STEM_CHARS_MIN},}}")


@lru_cache(maxsize=500)
def stems(text: str) -> frozenset[str]:
    """The words that carry meaning, by their beginnings."""
    return frozenset(word[:STEM_CHARS] for word in _WORD.findall(folded(text)))


APPROVAL = "approval"
"""A kind of deed beside those of `Action.does`: somebody was asked to approve it."""


@dataclass(frozen=True)
class Evidence:
    """For one question. `known` is what else the operator gave the model word for word: pinned documents. Grows while
    tools are called: `renew` takes note of it."""

    question: Question
    business: BusinessSettings
    known: str = ""

    def renew(self) -> None:
        """Forget what was worked out before the newest round of calls."""
        rounds = len(self.question.work.rounds)
        if self.__dict__.get("_rounds", 0) != rounds:
            for name in _GROWING:
                self.__dict__.pop(name, None)
            self.__dict__["_rounds"] = rounds

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """What went along with the question, or earlier in this epoch, or was found by a tool."""
        earlier = (passage for exchange in self.question.history.exchanges for passage in exchange.passages)
        found = (passage for result in self.question.work.results for passage in result.passages)
        return (*self.question.passages, *earlier, *found)

    @cached_property
    def results(self) -> tuple[str, ...]:
        """What tools told for this question, those that gave no orders to the assistant, and did not fail."""
        return tuple(
            result.text
            for result in self.question.work.results
            if not result.failed and (result.action is None or result.action.outcome == "done")
            if command(result.text) is None
        )

    @cached_property
    def told(self) -> Told:
        """The same as the checks read it."""
        return all_told(self.results, self.business.zone)

    @cached_property
    def why_not(self) -> frozenset[Figure]:
        """Figures of why tools did not do something: the last day of a return."""
        texts = [result.text for result in self.question.work.results if result.failed]
        return all_told(texts, self.business.zone).figures

    @cached_property
    def told_before(self) -> Told:
        """The same of earlier questions of whoever asks, as far as it is told again, and what people of the business
        said."""
        digests = [action.digest for action in self._acted if action.outcome == "done"]
        return all_told([*self._said_by_people, *digests], self.business.zone)

    @cached_property
    def done(self) -> frozenset[str]:
        """What was done for whoever asks, by the kinds of promises that it makes true."""
        actions = [*self._acted, *self.question.work.actions]
        kinds = {kind for action in actions if action.outcome == "done" for kind in action.does}
        return frozenset(kinds | ({APPROVAL} if any(action.outcome == "approval" for action in actions) else set()))

    @cached_property
    def _said_by_people(self) -> tuple[str, ...]:
        turns = self.question.conversation.turns
        said = (turn.reply.text for turn in turns if prompt.by_people(turn) and turn.reply)
        # What they quote of the customer is no word of theirs.
        return tuple(_QUOTED.sub("", text) for text in said)

    @cached_property
    def _acted(self) -> tuple[Action, ...]:
        """Earlier in this conversation, for the same person."""
        asker = prompt.asker(self.question.turn)
        turns = [turn for turn in self.question.conversation.turns if of_one([turn], asker)]
        return tuple(action for turn in turns if turn.reply for action in turn.reply.trace.actions)

    @cached_property
    def trusted(self) -> frozenset[str]:
        """Chunks that may be relied on."""
        return frozenset(passage.chunk_id for passage in self.passages if _source(passage).trusted)

    def rests(self, cited: Iterable[Passage]) -> bool:
        """Something that is cited may be relied on."""
        return any(passage.chunk_id in self.trusted for passage in cited)

    def quotes(self, words: str, cited: Iterable[Passage]) -> bool:
        """The words, in small letters, stand so in something that is cited."""
        return any(words in _source(passage).words for passage in cited if passage.chunk_id in self.trusted)

    @cached_property
    def operator(self) -> frozenset[Figure]:
        """Figures of the operator's own words: who the business is, and when it is."""
        return frozenset().union(*(figures(text, language) for text, language in self._operator_texts))

    @cached_property
    def public(self) -> frozenset[Figure]:
        """Figures of the business: its pages, what tools and people told, and its own words."""
        return self.pages | self.told.figures | self.told_before.figures | self.why_not

    @cached_property
    def pages(self) -> frozenset[Figure]:
        """Figures of its passages, those that earlier answers cite, and its own words."""
        earlier = (turn.reply.citations for turn in self.question.conversation.turns if turn.reply)
        passages = (*self.passages, *(passage for citations in earlier for passage in citations))
        return self.operator.union(*(_source(passage).figures for passage in passages))

    @cached_property
    def own(self) -> frozenset[Figure]:
        """Figures of the customer's own words. They say what is asked, not what is so."""
        sender = prompt.asker(self.question.turn)
        asked = [self.question.turn, *self.question.conversation.turns]
        texts = [text for turn in asked for text in _said_by(turn, sender)]
        return frozenset().union(*(figures(text, self.question.language) for text in texts))

    @cached_property
    def remembered(self) -> frozenset[Figure]:
        """Figures of what else was said in this conversation: by us, by anybody around the question, and in the
        summary of both. Whoever is in a thread may have written them."""
        history = self.question.history
        texts = [history.summary, prompt.overheard(self.question.turn)]
        for exchange in history.exchanges:
            texts += [exchange.question, exchange.answer]
        return frozenset().union(*(figures(text, self.question.language) for text in texts if text))

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Hosts of the business: those it names, and those of its passages."""
        links = (figure.value for figure in self.public if figure.kind == "link")
        mails = (figure.value.rpartition("@")[2] for figure in self.public if figure.kind == "email")
        return frozenset([*(host(link) for link in links), *mails])

    @cached_property
    def stems_of_sources(self) -> frozenset[str]:
        """Of everything that a sentence without a citation may repeat."""
        operator = (stems(text) for text, _ in self._operator_texts)
        return frozenset().union(*operator, *(_source(passage).stems for passage in self.passages))

    @cached_property
    def names(self) -> frozenset[str]:
        """Words that may be names: of tools' results, the question, the business and its passages. Folded."""
        asked = (turn.question for turn in (self.question.turn, *self.question.conversation.turns))
        operator = (text for text, _ in self._operator_texts)
        titles = (f"{passage.title} {passage.text}" for passage in self.passages)
        words = (_NAME.findall(folded(text)) for text in (*asked, *operator, *titles))
        return frozenset(self.told.words | self.told_before.words).union(*words)

    @cached_property
    def _operator_texts(self) -> tuple[tuple[str, str], ...]:
        business = self.business
        now = self.question.turn.inbounds[-1].received_at.astimezone(business.zone)
        # Who talks of today may talk of tomorrow.
        days = " ".join(f"{day:%Y-%m-%d %Y}" for day in (now, now + timedelta(days=1)))
        fields = (business.name, business.industry, business.contact, business.opening_hours, business.disclosure)
        said = "\n".join([*fields, business.greeting, *business.suggestions, *business.link_hosts, days])
        return (
            (said, business.locale),
            (f"{now:%H:%M}", "en"),
            *(((self.known, business.locale),) if self.known else ()),
            *((text, self.question.language) for text in self._said_by_people),
        )


@dataclass(frozen=True, slots=True)
class _Source:
    """What a passage may be quoted for: nothing when it gives orders to the assistant that reads it."""

    trusted: bool = False
    figures: frozenset[Figure] = frozenset()
    stems: frozenset[str] = frozenset()
    words: str = ""
    """Plain, in small letters."""


@lru_cache(maxsize=PASSAGES_CACHED_MAX)
def _source(passage: Passage) -> _Source:
    if command(passage.text) is not None:
        return _Source()
    whole = f"{passage.title}\n{passage.section}\n{passage.text}\n{passage.url}\n{passage.updated}"
    return _Source(True, figures(whole, passage.language), stems(whole), plain(passage.text).lower())


def _said_by(turn: Turn, sender: str) -> list[str]:
    """What a person wrote, to us or before in the same thread."""
    remarks = (remark for inbound in turn.inbounds for remark in inbound.overheard or ())
    said = [(inbound.sender.id, inbound.text) for inbound in turn.inbounds]
    said += [(remark.sender.id, remark.text) for remark in remarks]
    return [text for who, text in said if who == sender and text]
