"""Telegram: private chats, groups and topics, by webhook or by polling. An answer grows by edits, or as a draft."""

from collections.abc import Mapping

from pydantic import SecretStr

from bridge.channels.telegram.secret import SECRET_FORM, SECRET_HEADER
from bridge.channels.telegram.settings import Settings
from bridge.errors import ConfigError
from bridge.ports import ChannelContext, EditableChannel

SECRETS = ("TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET")
REQUIRED = ("TELEGRAM_BOT_TOKEN",)
REQUIRED_WHEN = {"TELEGRAM_WEBHOOK_SECRET": ('mode = "webhook"', lambda settings: settings.mode == "webhook")}


def signed(path: str, body: bytes, secrets: Mapping[str, SecretStr], public_url: str) -> dict[str, str]:
    """The headers with which Telegram would send a recording now."""
    secret = secrets.get("TELEGRAM_WEBHOOK_SECRET")
    return {SECRET_HEADER: secret.get_secret_value()} if secret else {}


def build(settings: Settings, context: ChannelContext) -> EditableChannel:
    """The channel. May raise ConfigError."""
    # The SDK takes a while to import: only where Telegram is enabled.
    from bridge.channels.telegram.channel import TelegramChannel

    token = context.secrets["TELEGRAM_BOT_TOKEN"]
    bot_id = token.get_secret_value().partition(":")[0]
    problems = []
    if not (bot_id.isascii() and bot_id.isdigit() and len(bot_id) < 20):
        problems.append("TELEGRAM_BOT_TOKEN: is not like 123456789:AA..., as BotFather gives it")
    secret = context.secrets["TELEGRAM_WEBHOOK_SECRET"].get_secret_value() if settings.mode == "webhook" else "none"
    if not SECRET_FORM.fullmatch(secret):
        problems.append("TELEGRAM_WEBHOOK_SECRET: must be 1 to 256 of the characters A-Z a-z 0-9 _ -")
    if problems:
        raise ConfigError(problems)
    return TelegramChannel(settings, context, token, int(bot_id))
