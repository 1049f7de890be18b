"""Where tickets go besides our own table: the `[tickets]` table of config.toml, and its secrets."""

import re
from collections.abc import Collection

from pydantic import BaseModel, Field, field_validator

ZENDESK_TOKEN = "ZENDESK_API_TOKEN"
FRESHDESK_KEY = "FRESHDESK_API_KEY"
WEBHOOK_SECRET = "TICKETS_WEBHOOK_SECRET"
SECRETS = (ZENDESK_TOKEN, FRESHDESK_KEY, WEBHOOK_SECRET)
_ADDRESS = re.compile(r"https?://[^/@\s?#]+(/[^\s?#]*)?")


class _Reached(BaseModel, frozen=True, extra="forbid"):
    url: str = Field("", description="Its address; empty: it is not used.")

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if url and not _ADDRESS.fullmatch(url):
            raise ValueError("must be like https://example.zendesk.com, without a name, password or query in it")
        return url.rstrip("/")


class ZendeskSettings(_Reached, frozen=True):
    """Tickets in Zendesk Support."""

    email: str = Field("", description="Of the agent in whose name tickets are opened; the token is theirs.")
    tags: tuple[str, ...] = Field(("bridge",), description="Tags of each ticket.")


class FreshdeskSettings(_Reached, frozen=True):
    """Tickets in Freshdesk."""

    priority: int = Field(1, ge=1, le=4, description="Of each ticket: 1 is low, 4 urgent.")
    tags: tuple[str, ...] = Field(("bridge",), description="Tags of each ticket, besides its number.")


class WebhookSettings(_Reached, frozen=True):
    """Tickets posted to an address of yours, signed."""


class TicketsSettings(BaseModel, frozen=True, extra="forbid"):
    """Where tickets go besides our own table."""

    transcript: bool = Field(True, description="Whether what was said in the conversation goes along.")
    turns_max: int = Field(10, ge=1, le=50, description="Newest questions, with their answers, that go along.")
    zendesk: ZendeskSettings = Field(ZendeskSettings(), description="Tickets in Zendesk Support.")
    freshdesk: FreshdeskSettings = Field(FreshdeskSettings(), description="Tickets in Freshdesk.")
    webhook: WebhookSettings = Field(WebhookSettings(), description="Tickets posted to an address of yours.")

    @property
    def sinks(self) -> tuple[str, ...]:
        """The names of those that are used."""
        each = {"zendesk": self.zendesk, "freshdesk": self.freshdesk, "webhook": self.webhook}
        return tuple(name for name, sink in each.items() if sink.url)


def problems(settings: TicketsSettings, secrets: Collection[str]) -> list[str]:
    """What keeps it from working, with the fix."""
    needed = {"zendesk": ZENDESK_TOKEN, "freshdesk": FRESHDESK_KEY, "webhook": WEBHOOK_SECRET}
    found = [
        f"tickets.{name}: set {needed[name]} in the environment or in .env"
        for name in settings.sinks
        if needed[name] not in secrets
    ]
    if settings.zendesk.url and "@" not in settings.zendesk.email:
        found.append("tickets.zendesk.email: must be the e-mail address of the agent whose token it is")
    return found
