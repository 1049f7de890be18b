"""The settings of the brain: `[business]`, `[prompt]`, `[claude]` and `[extractive]` of config.toml.

The sentences the product says itself are in phrases/.
"""

import re
from collections.abc import Container
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, Field, field_validator, model_validator

from bridge.brain import templates
from bridge.brain.tokens import CHARS_PER_TOKEN

PLACEHOLDERS = ("business", "industry", "opening_hours", "contact")
"""What `{...}` may name in a section of the prompt and in a phrase: fields of `[business]`."""

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def _known_placeholders(text: str) -> str:
    for name in _PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS:
            raise ValueError(
                f"there is no {{{name}}}; there are: {', '.join(f'{{{known}}}' for known in PLACEHOLDERS)}"
            )
    return text


def _known_time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"there is no time zone {name!r}; use a name such as 'Europe/London'")
    return name


def _below_a_folder(path: str) -> str:
    parts = path.split("/")
    if not path.endswith(".md") or ".." in parts or "" in parts or "\\" in path:
        raise ValueError("must be a document's path below the knowledge folder, such as 'returns/return-windows.md'")
    return path


Template = Annotated[str, AfterValidator(_known_placeholders)]
"""Text in which `{business}` and the other placeholders stand for the fields of `[business]`."""


class BusinessSettings(BaseModel, frozen=True, extra="forbid"):
    """Who the assistant speaks for."""

    name: str = Field("our company", min_length=1, description="The business's name, as customers know it.")
    industry: str = Field(
        "a business that helps its customers online",
        description="What the business is, as it would follow its name: 'a bicycle shop in Ashcombe'.",
    )
    locale: str = Field(
        "en",
        pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        description="The language used when a question's own language cannot be told; a tag such as 'en' or 'de-AT'.",
    )
    time_zone: Annotated[str, AfterValidator(_known_time_zone)] = Field(
        "UTC", description="Where the business's clock is, such as 'Europe/London'."
    )
    opening_hours: str = Field("", description="When people can be reached, in words, such as 'Mon-Fri 9:00-17:00'.")
    contact: str = Field(
        "our team", min_length=1, description="How to reach a person, in words: e-mail address, telephone number."
    )
    disclosure: str = Field(
        "You are chatting with an AI assistant. It can make mistakes.",
        description="So that people know what they talk to: shown below the widget's field, in the answer to /start and"
        " to a mere mention, else once above the first answer to a person; empty for nothing.",
    )
    greeting: str = Field("Hello! How can I help you?", description="The first line of an empty conversation.")
    suggestions: tuple[str, ...] = Field(
        (), max_length=3, description="Up to three questions that an empty conversation offers to tap."
    )
    link_hosts: tuple[str, ...] = Field(
        (), description="Hosts that links in answers may lead to; any other link is shown as plain text."
    )

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def fill(self, text: str) -> str:
        """Put the business's own words where `{business}` and the other placeholders stand."""
        words = {
            "business": self.name,
            "industry": self.industry,
            "opening_hours": self.opening_hours,
            "contact": self.contact,
        }
        return _PLACEHOLDER.sub(lambda match: words[match[1]], text)


_WORDS_MAX = {"whatsapp": 80, "telegram": 120}

TemplateName = Literal["support", "sales", "onboarding", "faq"]


class PromptSettings(BaseModel, frozen=True, extra="forbid"):
    """What a model is told: the six sections of the system prompt, and how much of a conversation goes with it."""

    template: TemplateName = Field(
        "support", description="The ready-made sections; one that is set here, also to nothing, replaces its own."
    )
    identity: Template | None = Field(
        None, description="Section 1: who the assistant is, for whom it speaks and what it is for."
    )
    knowledge: Template | None = Field(
        None, description="Section 2: what the assistant knows, and what it says when it does not know."
    )
    tone: Template | None = Field(None, description="Section 3: how the assistant sounds.")
    format: Template | None = Field(None, description="Section 4: how an answer is laid out.")
    guardrails: Template | None = Field(None, description="Section 5: what the assistant never does.")
    escalation: Template | None = Field(None, description="Section 6: when a person is offered, and how.")
    vendor: Literal["say", "keep_quiet"] = Field(
        "keep_quiet",
        description="Whether the assistant names the model it runs on and its maker when asked. That it is an AI it "
        "always says.",
    )
    pinned: tuple[Annotated[str, AfterValidator(_below_a_folder)], ...] = Field(
        (),
        max_length=20,
        description="Documents that go with every question, as paths below the knowledge folder: a short FAQ, the "
        "policies. They are read from the model's cache.",
    )
    pinned_tokens_max: int = Field(
        4_000, ge=0, le=20_000, description="Tokens of pinned documents; one that does not fit is left out whole."
    )
    words_max: dict[str, Annotated[int, Field(ge=10, le=2_000)]] = Field(
        _WORDS_MAX,
        description="Words that an answer stays below on a channel, where that is less than the format section says. "
        "A channel that is not named keeps its own.",
    )
    request_tokens_max: int = Field(
        24_000,
        ge=4_000,
        le=75_000,
        description="Tokens of a whole request. From four fifths of it on fewer passages go along, then less of what "
        "was said before. Far below the 100,000 above which a Haiku costs five times as much.",
    )
    history_turns_max: int = Field(
        10, ge=0, le=50, description="Finished turns that are told word for word when an epoch begins; 0 for none."
    )
    history_tokens_max: int = Field(
        14_000,
        ge=0,
        description="Tokens of what was said before, sources included, that go with a question; then a new epoch "
        "begins, with a summary.",
    )
    summary_turns: int = Field(
        8, ge=5, le=50, description="After so many turns a summary is written, while the next answer is given."
    )
    epoch_idle_s: float = Field(
        300.0, ge=0, description="Seconds of silence after which the model's cache has forgotten a conversation."
    )
    question_tokens_max: int = Field(
        8_000, ge=50, le=40_000, description="Tokens of a question; whoever writes more is asked to say it shorter."
    )

    @field_validator("words_max", mode="before")
    @classmethod
    def _keep_what_is_not_named(cls, data: object) -> object:
        return _WORDS_MAX | data if isinstance(data, dict) else data

    @property
    def turns_loaded(self) -> int:
        """Finished turns that must be known to go on with any epoch."""
        return 2 * self.history_turns_max + self.summary_turns

    @property
    def question_chars_max(self) -> int:
        """No question of so many tokens is longer."""
        return int(self.question_tokens_max * CHARS_PER_TOKEN)

    def section(self, name: str) -> str:
        """A section as it is in force."""
        own: str | None = getattr(self, name)
        return templates.sections(self.template)[name] if own is None else own

    @model_validator(mode="after")
    def _question_fits(self) -> Self:
        if self.question_tokens_max > self.request_tokens_max // 2:
            raise ValueError("question_tokens_max is more than half of request_tokens_max")
        return self


Effort = Literal["low", "medium", "high", "xhigh", "max"]
Thinking = Literal["default", "disabled", "between_tools", "adaptive"]
TierName = Literal["haiku", "sonnet", "opus"]


class TierSettings(BaseModel, frozen=True, extra="forbid"):
    """One class of Claude model."""

    model: str = Field(min_length=1, description="The model's id, complete as Anthropic writes it.")
    output_tokens_max: int = Field(ge=1, le=20_000, description="The longest answer that a person reads, in tokens.")
    thinking_tokens_max: int = Field(
        0, ge=0, le=20_000, description="Tokens for thinking besides; they are billed like the answer's own."
    )
    effort: Effort | None = Field(description="How hard the model tries; leave out for models without this setting.")
    thinking: Thinking = Field(
        description="'default' sends nothing. Sonnet 5.5 refuses 'disabled', Opus 5.5 always thinks."
    )
    system_messages: bool = Field(
        description="The model takes system messages in mid-conversation: the facts of a turn (date, channel) go "
        "there, else into the last text block, marked as the operator's."
    )
    first_text_s: float = Field(gt=0, description="Seconds until the first word; then the answer is given up.")

    def tokens_max(self, visible: int | None = None, *, roomier: bool = False) -> int:
        """The most that one call can put out, thinking included, when a person is to read at most `visible`; twice as
        much when that was too little before."""
        most = min(visible or self.output_tokens_max, self.output_tokens_max) + self.thinking_tokens_max
        return 2 * most if roomier else most


_HAIKU = TierSettings(
    model="claude-haiku-5-5",
    output_tokens_max=800,
    effort="low",
    thinking="disabled",
    # Anthropic's pages disagree on whether Haiku 5.5 takes them; the marked text block works either way.
    system_messages=False,
    first_text_s=4.0,
)
_SONNET = TierSettings(
    model="claude-sonnet-5-5",
    output_tokens_max=1_000,
    effort="low",
    thinking="between_tools",
    system_messages=True,
    first_text_s=6.0,
)
_OPUS = TierSettings(
    model="claude-opus-5-5",
    output_tokens_max=1_000,
    thinking_tokens_max=3_000,
    effort="low",
    thinking="adaptive",
    system_messages=True,
    first_text_s=12.0,
)


class TiersSettings(BaseModel, frozen=True, extra="forbid"):
    """The models, fastest first. A table in config.toml changes only the keys it names."""

    haiku: TierSettings = Field(_HAIKU, description="Fast and cheap.")
    sonnet: TierSettings = Field(_SONNET, description="The standard.")
    opus: TierSettings = Field(_OPUS, description="For the hardest questions.")

    @model_validator(mode="before")
    @classmethod
    def _keep_what_is_not_named(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        defaults = {"haiku": _HAIKU, "sonnet": _SONNET, "opus": _OPUS}
        return {
            name: defaults[name].model_dump() | tier if name in defaults and isinstance(tier, dict) else tier
            for name, tier in data.items()
        }


ANTHROPIC_URL = "https://api.anthropic.com"

Provider = Literal["anthropic", "bedrock", "vertex"]

SECRET_OF: dict[Provider, str] = {
    "anthropic": "ANTHROPIC_API_KEY",
    "bedrock": "AWS_BEARER_TOKEN_BEDROCK",
    "vertex": "ANTHROPIC_VERTEX_TOKEN",
}
"""The secret that holds a provider's key. Bedrock and Vertex need none where the machine itself has credentials."""


class ClaudeSettings(BaseModel, frozen=True, extra="forbid"):
    """The Claude API. The key comes from the environment: ANTHROPIC_API_KEY; AWS_BEARER_TOKEN_BEDROCK or the usual
    credentials of AWS for Bedrock; the application default credentials of Google for Vertex."""

    provider: Provider = Field(
        "anthropic", description="Who runs the models. With bedrock and vertex, set region and each tier's model too."
    )
    region: str = Field("", description="The region of bedrock or vertex, such as 'eu-central-1' or 'global'.")
    project: str = Field("", description="The Google Cloud project, for vertex.")
    base_url: str = Field(
        ANTHROPIC_URL,
        pattern=r"^https?://",
        description="Where the API is, without /v1. The default means the provider's own address.",
    )
    tier: TierName = Field("sonnet", description="The tier that answers.")
    tiers: TiersSettings = Field(TiersSettings(), description="Model, output limit and effort of each tier.")
    system_ttl: Literal["5m", "1h"] = Field(
        "1h",
        description="How long the system prompt stays in the cache after its last use. An hour costs more to write and "
        "pays whenever a model is sometimes not asked for five minutes.",
    )
    turn_first_text_s: float = Field(
        15.0, gt=0, description="Seconds until the first word of an answer, retries and smaller models included."
    )
    connect_s: float = Field(3.0, gt=0, description="Seconds until the connection stands.")
    files_s: float = Field(
        20.0, ge=0, description="Seconds more until the first word when pictures or PDFs go along with a question."
    )
    idle_text_s: float = Field(10.0, gt=0, description="Seconds of silence between two words of an answer.")
    total_s: float = Field(60.0, gt=0, description="Seconds for a whole answer, retries and smaller models included.")

    @property
    def secret(self) -> str:
        """The name of the key's secret."""
        return SECRET_OF[self.provider]

    def is_used(self, secrets: Container[str]) -> bool:
        """Claude is asked at all, when these secrets are set: without a key, only where the machine may have one."""
        return self.provider != "anthropic" or self.secret in secrets

    @model_validator(mode="after")
    def _provider_is_complete(self) -> Self:
        if self.provider != "anthropic" and not self.region:
            raise ValueError(f"with provider = {self.provider!r}, set region")
        if self.provider == "vertex" and not self.project:
            raise ValueError("with provider = 'vertex', set project")
        return self

    @model_validator(mode="after")
    def _watchdogs_fit(self) -> Self:
        for name in ("haiku", "sonnet", "opus"):
            if getattr(self.tiers, name).first_text_s > self.total_s:
                raise ValueError(f"tiers.{name}.first_text_s is longer than total_s")
        return self


class ExtractiveSettings(BaseModel, frozen=True, extra="forbid"):
    """Answers that no model writes: they quote the knowledge base."""

    sentences_max: int = Field(4, ge=1, le=12, description="Sentences quoted; a list item counts as one.")
    rows_max: int = Field(8, ge=1, le=50, description="Rows of a table quoted.")
    piece_s: float = Field(
        0.02, ge=0, le=1, description="Seconds between two pieces of the answer as it streams; 0 is all at once."
    )
