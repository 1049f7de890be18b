"""The settings of the answer checks, the `[checks]` table of config.toml."""

from typing import Annotated

from pydantic import BaseModel, Field, field_validator

from bridge.brain.checks.forbidden import PHRASE_CHARS_MAX

CharsMax = Annotated[int, Field(ge=1)]
_CHARS_MAX = {"whatsapp": 2_000, "telegram": 3_500, "slack": 3_500, "widget": 4_000}
Phrase = Annotated[str, Field(min_length=2, max_length=PHRASE_CHARS_MAX)]


class ChecksSettings(BaseModel, frozen=True, extra="forbid"):
    """What a model's answer must pass before it is shown. One that fails is written anew once; then the assistant says
    that it does not know, and offers a person."""

    grounding: bool = Field(True, description="What is said of the business must rest on the knowledge base.")
    coverage_min: float = Field(
        0.8, ge=0, le=1, description="The share of such sentences that must have a source, for `grounding`."
    )
    facts: bool = Field(
        True,
        description="Numbers, prices, dates, times, percentages, telephone numbers, e-mail addresses and links must "
        "stand in a source or in what the operator says; the customer's own may be given back as theirs.",
    )
    promises: bool = Field(
        True, description="No sentence may say that something was done, or will be, unless it was or a source says so."
    )
    canary: bool = Field(True, description="Neither the secret mark of the system prompt nor long runs of its text.")
    canary_run_words: int = Field(
        10, ge=5, le=100, description="So many words of the system prompt in a row are too many, for `canary`."
    )
    privacy: bool = Field(
        True,
        description="No e-mail address, telephone number, bank account, card number or postal address but the "
        "business's and the customer's own.",
    )
    language: bool = Field(True, description="The answer is in the language of the question.")
    language_chars_min: int = Field(
        120, ge=20, description="Characters in another language that are too many, for `language`."
    )
    forbidden: tuple[Phrase, ...] = Field(
        (),
        max_length=500,
        description="Words and phrases that no answer may hold, whole, whatever their case and accents.",
    )
    competitors: tuple[Phrase, ...] = Field(
        (), max_length=500, description="Names of competitors, which no answer may mention."
    )
    length: bool = Field(True, description="No answer is longer than `chars_max` for its channel.")
    chars_max: dict[str, CharsMax] = Field(
        _CHARS_MAX,
        description="Characters of an answer by channel; a channel that is not named keeps its own, or 4,000.",
    )
    syntax: bool = Field(True, description="No tool calls, markup of prompts or leaked thoughts in the text.")

    @field_validator("chars_max", mode="before")
    @classmethod
    def _keep_what_is_not_named(cls, data: object) -> object:
        return _CHARS_MAX | data if isinstance(data, dict) else data
