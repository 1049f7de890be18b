"""A day of customers: who writes when, on which channel, and what. The same day for the same seed.

What they ask in general comes from the tests' questions about the demonstration shop, and their own matters from the
router's held-out messages, some of which are about other trades: what the knowledge base knows nothing of is asked too.
"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from bridge.brain.route import Category

T = TypeVar("T")
DATA = Path(__file__).parents[1] / "tests" / "data"
MIDNIGHT = datetime(2026, 11, 3, tzinfo=UTC)
TOPICS = {
    Category.FAQ: 0.45,
    Category.SIMPLE_SUPPORT: 0.25,
    Category.SALES_INQUIRY: 0.12,
    Category.COMPLEX_SUPPORT: 0.08,
    Category.TECHNICAL_ISSUE: 0.07,
    Category.SENSITIVE_MATTER: 0.03,
}
"""What conversations are about, by share: in the middle of the plan for the tiers."""
CHANNELS = {"widget": 0.45, "whatsapp": 0.25, "telegram": 0.15, "slack": 0.15}
QUESTIONS = {1: 0.24, 2: 0.22, 3: 0.18, 4: 0.13, 5: 0.08, 6: 0.05, 8: 0.05, 11: 0.03, 15: 0.02}
"""How many questions a conversation has, greetings and thanks not counted, by share."""
HOURS = [1, 1, 1, 1, 1, 2, 4, 8, 14, 20, 22, 20, 18, 18, 20, 20, 19, 18, 17, 16, 14, 10, 6, 3]
"""How many conversations begin in each hour, one against the other."""
ENGLISH = 0.7
FOLLOW_UPS = 0.65
"""The share of a conversation's later messages that lean on what was said before; the others ask something new."""
GREETS, THANKS = 0.2, 0.4
GAP_S, GAP_SPREAD = 45.0, 0.9
"""Between two messages: the median, and the spread of its logarithm. One in twelve comes back later."""
LATER, LATER_S = 1 / 12, (600.0, 3_600.0)

_FOLLOW_UPS: Mapping[str, Sequence[str]] = {
    "en": (
        "And how long does that take?",
        "Does it cost anything?",
        "I have tried that already, it did not help",
        "Is it the same if I bought it second-hand?",
        "And if I do it in the shop instead?",
        "Can you explain that a bit more simply?",
        "Which of those would you pick?",
        "yes, since last week",
        "What do I need to bring?",
        "Where do I find that?",
        "no, it's the other one",
        "Can somebody else do it for me?",
        "What happens if I miss it?",
        "Do I have to decide now?",
        "ok, and after that?",
        "Who do I talk to about it?",
    ),
    "de": ("Und wie lange dauert das?", "Kostet das etwas?", "Das habe ich schon versucht", "Wo finde ich das?"),
    "es": ("¿Y cuánto tarda?", "¿Tiene algún coste?", "Eso ya lo he probado", "¿Dónde lo encuentro?"),
    "fr": ("Et combien de temps ça prend ?", "Est-ce payant ?", "J'ai déjà essayé", "Où est-ce que je trouve ça ?"),
    "pt": ("E quanto tempo demora?", "Isso tem custo?", "Já tentei isso", "Onde encontro isso?"),
    "it": ("E quanto tempo ci vuole?", "Costa qualcosa?", "L'ho già provato", "Dove lo trovo?"),
    "nl": ("En hoe lang duurt dat?", "Kost dat iets?", "Dat heb ik al geprobeerd", "Waar vind ik dat?"),
    "ja": ("どのくらい時間がかかりますか?", "費用はかかりますか?", "それはもう試しました", "どこにありますか?"),
    "ar": ("وكم يستغرق ذلك؟", "هل لذلك تكلفة؟", "جربت ذلك بالفعل", "أين أجد ذلك؟"),
}
_GREETINGS = ("Hi", "Hello", "hello there", "Good morning", "hey")
_THANKS = ("Thanks!", "thank you, that's all", "Great, thanks", "ok thanks", "Thank you very much")


@dataclass(frozen=True, slots=True)
class Question:
    """What could be asked: all wordings ask the same."""

    wordings: tuple[str, ...]
    category: Category
    language: str


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """What somebody writes."""

    at: datetime
    conversation: int
    channel: str
    text: str
    category: Category
    """What the conversation is about."""


def day(conversations: int, seed: int) -> Sequence[Message]:
    """Every message of a day, in the order in which they come."""
    chance = random.Random(seed)
    asked = _questions()
    for questions in asked.values():
        chance.shuffle(questions)
    return sorted(message for number in range(conversations) for message in _conversation(number, asked, chance))


def _conversation(number: int, asked: Mapping[Category, list[Question]], chance: random.Random) -> Iterator[Message]:
    category, channel = _one_of(TOPICS, chance), _one_of(CHANNELS, chance)
    hour = chance.choices(range(24), HOURS)[0]
    at = MIDNIGHT + timedelta(hours=hour, seconds=chance.uniform(0, 3_600))
    english = chance.random() < ENGLISH
    pool = [question for question in asked[category] if (question.language == "en") == english]
    language = "en" if english else chance.choice(pool).language
    pool = [question for question in pool if question.language == language]
    for text in _texts(pool, language, chance):
        yield Message(at, number, channel, text, category)
        pause_s = chance.uniform(*LATER_S) if chance.random() < LATER else chance.lognormvariate(0, GAP_SPREAD) * GAP_S
        at += timedelta(seconds=5 + pause_s)


def _texts(pool: Sequence[Question], language: str, chance: random.Random) -> Iterator[str]:
    if language == "en" and chance.random() < GREETS:
        yield chance.choice(_GREETINGS)
    # Some things are asked far more often than others: the second half as often as the first, and so on.
    popular = [1 / (place + 1) for place in range(len(pool))]
    for place in range(_one_of(QUESTIONS, chance)):
        if place and chance.random() < FOLLOW_UPS:
            yield chance.choice(_FOLLOW_UPS[language])
        else:
            yield chance.choice(chance.choices(pool, popular)[0].wordings)
    if language == "en" and chance.random() < THANKS:
        yield chance.choice(_THANKS)


def _questions() -> dict[Category, list[Question]]:
    found: dict[Category, list[Question]] = {category: [] for category in TOPICS}
    for row in _rows("routing_heldout.jsonl"):
        category = Category(row["category"])
        found[category].append(Question((row["text"],), category, row["language"]))
    for row in _rows("cache_paraphrases.jsonl"):
        found[Category.FAQ].append(Question((row["a"], row["b"]), Category.FAQ, row["language"]))
    return found


def _rows(name: str) -> Iterator[dict[str, str]]:
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _one_of(shares: Mapping[T, float], chance: random.Random) -> T:
    return chance.choices(list(shares), list(shares.values()))[0]
