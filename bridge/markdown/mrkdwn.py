"""Markdown -> Slack's mrkdwn."""

from collections.abc import Collection

FALLBACK_BYTES_MAX = 3_900


def mrkdwn(text: str, link_hosts: Collection[str]) -> str:
    """An answer in Slack's mrkdwn, escaped."""
    return text


def fallback(text: str, bytes_max: int = FALLBACK_BYTES_MAX) -> str:
    """mrkdwn for the `text` beside blocks: at most `bytes_max` UTF-8 bytes as it is sent."""
    return text
