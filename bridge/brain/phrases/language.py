"""What makes a language: its sentences, and the words that tell that a text is in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """Words are lower case, with white space between them; of small talk they are alternatives of a pattern."""

    code: str
    spaced: bool = True
    """False where sentences follow each other without a space."""
    phrases: Mapping[str, str] = field(default_factory=dict)
    """The fixed sentences by their names in `Phrases`; those left out are English."""
    function_words: str = ""
    """Words that hold sentences together. No word of negation is among them: it changes the answer."""
    other_words: str = ""
    """More words that tell the language: what people write to a shop."""
    letters: str = ""
    """Letters that hardly any other language has."""
    signs: str = ""
    """Signs that no other language writes."""
    beginnings: tuple[str, ...] = ()
    """What words begin with, apostrophes and all."""
    endings: tuple[str, ...] = ()
    """What words end with."""
    greetings: str
    thanks: str
    goodbyes: str
    fillers: str
    """What may follow one of those and says nothing more."""
    stop: str
    help: str
