"""The settings: neutral defaults, mistakes named, and tables that change only what they name."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from bridge.brain.phrases import Phrases, PhrasesSettings, language_of
from bridge.brain.settings import (
    BusinessSettings,
    ClaudeSettings,
    ExtractiveSettings,
    PromptSettings,
    TierSettings,
    TiersSettings,
)
from tests.unit.brain.made import BUSINESS, VOICE, turn

ALL: list[type[BaseModel]] = [
    BusinessSettings, ClaudeSettings, ExtractiveSettings, Phrases, PhrasesSettings, PromptSettings, TierSettings,
    TiersSettings,
]  # fmt: skip


@pytest.mark.parametrize("settings", ALL, ids=lambda s: s.__name__)
def test_every_setting_is_described_frozen_and_strict(settings: type[BaseModel]) -> None:
    assert all(field.description for field in settings.model_fields.values())
    assert settings.model_config.get("frozen")
    assert settings.model_config.get("extra") == "forbid"


@pytest.mark.parametrize(
    ("settings", "data", "why"),
    [
        (PromptSettings, {"identity": "You are {bussiness}."}, "there is no {bussiness}; there are: {business}"),
        (Phrases, {"unknown": "Ask {name}."}, "there is no {name}"),
        (BusinessSettings, {"time_zone": "Europe/Ashcombe"}, "there is no time zone 'Europe/Ashcombe'"),
        (BusinessSettings, {"suggestions": list("abcd")}, "at most 3"),
        (ClaudeSettings, {"total_s": 5}, "tiers.sonnet.first_text_s is longer than total_s"),
        (ClaudeSettings, {"base_url": "api.anthropic.com"}, "pattern"),
        (ClaudeSettings, {"tiers": {"haiku": {"thinking": "never"}}}, "thinking"),
        (ClaudeSettings, {"tiers": {"gpt": {}}}, "gpt"),
    ],
)
def test_a_mistake_is_named(settings: type[BaseModel], data: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError) as raised:
        settings.model_validate(data)
    assert why in str(raised.value)


def test_a_table_changes_only_what_it_names() -> None:
    tiers = ClaudeSettings.model_validate({"tiers": {"opus": {"effort": "high"}}}).tiers
    assert (tiers.opus.effort, tiers.opus.model) == ("high", "claude-opus-5-5")
    assert tiers.sonnet == ClaudeSettings().tiers.sonnet
    phrases = PhrasesSettings.model_validate({"de": {"greeting": "Moin!"}})
    assert phrases.de.greeting == "Moin!"
    assert phrases.de.thanks.startswith("Gern geschehen")


def test_every_phrase_is_translated() -> None:
    english = PhrasesSettings().en.model_dump()
    for language in ("de", "es"):
        spoken = PhrasesSettings().speak(language).model_dump()
        assert not [name for name in english if spoken[name] == english[name]]


def test_the_business_speaks_in_its_own_words() -> None:
    assert VOICE.say("en", "apology", "offer_person").endswith("A person can help you with this: help@acme.example.")
    assert VOICE.apology(turn("Wie lange noch?")).startswith("Es tut mir leid")
    assert BUSINESS.fill("{business}, {industry}") == "Acme Bikes, a bicycle shop"


def test_a_language_without_phrases_is_answered_in_english_unless_configured() -> None:
    phrases = PhrasesSettings.model_validate({"more": {"sv": {"greeting": "Hej!"}}})
    assert phrases.speak("sv-FI").greeting == "Hej!"
    assert phrases.speak("ko").greeting == phrases.en.greeting


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How long do I have to return a bike?", "en"),
        ("what does it cost", "en"),
        ("Wie lange kann ich ein Fahrrad zurückgeben?", "de"),
        ("Öffnungszeiten?", "de"),
        ("¿Cuánto cuesta el envío?", "es"),
        ("Donde esta mi pedido", "es"),
        ("LW-204817", "fr"),
        ("", "fr"),
        ("何時に開きますか", "ja"),
    ],
)
def test_the_language_of_a_question(text: str, language: str) -> None:
    assert language_of(text, "fr") == language
