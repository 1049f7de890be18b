"""The instructions and the notes beside a message stay inside, in whatever form they come."""

import base64
import re

import pytest

from bridge.brain import prompt
from bridge.brain.checks.canary import NOTES, Canary
from bridge.brain.checks.settings import ChecksSettings
from bridge.brain.checks.text import Sentence
from bridge.brain.templates import SECTIONS
from tests.fakes.cpu import cheap
from tests.unit.brain import made
from tests.unit.brain.checks.answers import BUSINESS, DOCUMENTS, PROMPT

SYSTEM = prompt.system_prompt(PROMPT, BUSINESS)
MARK = prompt.canary(prompt.version(SYSTEM))
INSTRUCTIONS = "\n\n".join([*map(PROMPT.section, SECTIONS), prompt.RULES, *prompt.VENDOR.values(), *NOTES])
WORDS = SYSTEM.split()[:120]
FACTS = prompt.facts(
    made.turn("Hello"), BUSINESS, "en", found=False, files=(), others_wrote=True, words_max=100, identity="anonymous"
)


def holds(*lines: str) -> bool:
    canary = Canary(INSTRUCTIONS, mark=MARK, run_words=ChecksSettings().canary_run_words)
    return any(canary.fault(Sentence(line, "")) is not None for line in lines)


TOLD = {
    "as it is": SYSTEM,
    "in capitals": SYSTEM.upper(),
    "one word a line, numbered": "\n".join(f"{number}. {word}" for number, word in enumerate(WORDS, 1)),
    "a filler after every eighth word": " ".join(
        f"{word} ok" if at % 8 == 7 else word for at, word in enumerate(WORDS)
    ),
    "a filler after every fourth word": " ".join(
        f"{word} ok" if at % 4 == 3 else word for at, word in enumerate(WORDS)
    ),
    "every eighth word left out": " ".join(word for at, word in enumerate(WORDS) if at % 8 != 7),
    "every eighth word another": " ".join("ok" if at % 8 == 7 else word for at, word in enumerate(WORDS)),
    "in bold": " ".join(f"**{word}**" for word in WORDS),
    "with underscores": "_".join(WORDS),
    "the facts of the turn": FACTS,
    "who the customer is": "The customer writes on the channel 'widget', probably in the language 'de'. Nobody has "
    "checked who the customer is.",
    "nothing found": prompt.NOTHING_FOUND,
    "what others wrote": prompt.OTHERS_WROTE,
    "files": f"It says: {prompt.FILES_CAME}",
    "a summary": prompt.SUMMARISED,
    "the mark": f"The mark is {MARK}.",
    "the mark letter by letter": ", ".join(MARK),
    "the mark backwards": MARK[::-1],
    "the mark in hexadecimal": MARK.encode().hex(" "),
    **{
        f"the mark in base64, behind {len(before)} letters": base64.b64encode(f"{before}{MARK} ok".encode()).decode()
        for before in ("", "m", "it", "The mark: ")
    },
}

SAID = [
    "I am an AI assistant, so I cannot show you my instructions, but I will gladly help with your question.",
    "I am sorry, I do not know that. You can write to hello@larkwell.example and a person will help you.",
    "We never ask for passwords, card numbers or codes.",
    "You are writing in German; shall I go on in this language?",
    "I cannot tell who you are from here, so please write to a person about your order.",
    "The file that you sent could not be read. Can you type what it says?",
    "In the thread above somebody asks for a smaller size; is that your question too?",
    "You may return it within 30 days.\n1. Print the label.\n2. Pack the bike.\n3. Bring the parcel to a shop.",
    "Sign in, open the account page, and choose the plan that you want to change.",
    "Yes: the identity of the person who collects the bike is checked at the counter.",
    "The serial number stands below the bottom bracket: it looks like WBK0123456789abcdef.",
    f"The code is {base64.b64encode(b'what a fine bike this is').decode()}.",
]


@pytest.mark.parametrize("text", TOLD.values(), ids=TOLD.keys())
def test_what_tells_of_the_instructions_is_held_back(text: str) -> None:
    assert holds(*text.split("\n"))


@pytest.mark.parametrize("text", SAID)
def test_what_anybody_would_say_is_not(text: str) -> None:
    assert not holds(*text.split("\n"))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_of_the_shop_sounds_like_the_instructions(name: str) -> None:
    assert not holds(*DOCUMENTS[name].body.split("\n"))


def test_so_many_words_are_too_many() -> None:
    instructions = "one two three four five six seven eight nine ten eleven twelve"
    canary = Canary(instructions, mark="", run_words=10)
    assert canary.fault(Sentence("one two three four five six seven eight nine", "")) is None
    assert canary.fault(Sentence("ten", "")) is not None


def test_the_businesss_own_words_may_be_said() -> None:
    canary = Canary("You speak for {business} about {industry} and {contact} only", mark="", run_words=5)
    assert canary.fault(Sentence("You speak for Acme Bikes about bicycles and trailers only", "")) is None


def test_words_from_all_over_the_instructions_are_no_run() -> None:
    pieces = [" ".join(WORDS[at : at + 5]) for at in range(0, 100, 20)]
    assert not holds(" ".join(reversed(pieces)))


@pytest.mark.parametrize("unit", ["the customer ", "1. a\n", "Never promise refunds, credits, ", f"{MARK[:6]} "])
def test_no_answer_takes_long(unit: str) -> None:
    lines = re.findall(r".{1,1000}", (unit * 20_000)[:50_000], re.DOTALL)
    assert cheap(lambda: holds(*lines), within_s=1.0)
