"""Slack: direct messages, mentions, threads and `/ask`, answered in messages that are edited while they are written."""

from collections.abc import Mapping

from pydantic import SecretStr

from bridge.channels.slack import signature
from bridge.channels.slack.settings import Settings
from bridge.ports import ChannelContext, EditableChannel

SECRETS = (
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_APP_TOKEN",
    "SLACK_CLIENT_SECRET",
    "SLACK_ENCRYPTION_KEY",
)
"""SLACK_APP_TOKEN turns Socket Mode on; the last two are for installations in several workspaces."""
REQUIRED = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET")
REQUIRED_WHEN = {
    name: ("client_id", lambda settings: bool(settings.client_id))
    for name in ("SLACK_CLIENT_SECRET", "SLACK_ENCRYPTION_KEY")
}


def build(settings: Settings, context: ChannelContext) -> EditableChannel:
    """The channel. May raise ConfigError."""
    # Importing the SDK takes a noticeable part of a second: only when Slack is enabled.
    from bridge.channels.slack.channel import SlackChannel

    return SlackChannel(settings, context)


def signed(path: str, body: bytes, secrets: Mapping[str, SecretStr], public_url: str) -> dict[str, str]:
    """The headers with which Slack would send a recorded webhook now."""
    return signature.headers(secrets["SLACK_SIGNING_SECRET"].get_secret_value(), body)
