"""Puts a person's name before what they wrote, where a platform has no place of its own for it, and lets their links
lead where they say."""

import re
from collections.abc import Collection

from bridge.markdown.links import BARE, host_of

NAME_CHARS_MAX = 60
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&])")
HOSTS_MAX = 20
_HOST = re.compile(r"[a-z0-9][a-z0-9.-]*(?::\d{1,5})?", re.IGNORECASE | re.ASCII)
_SPACE = re.compile(r"\s+")


def signed(author: str, text: str) -> str:
    """A text (Markdown) below its author's name in bold; as it is when nobody is named. Nothing in a name is markup."""
    name = _SPACE.sub(" ", author).strip()[:NAME_CHARS_MAX].strip()
    if not name:
        return text
    escaped = _SPECIAL.sub(r"\\\1", name)
    return f"**{escaped}**\n\n{text}"


def hosts_for(author: str, text: str, link_hosts: Collection[str]) -> Collection[str]:
    """Where links in a text may lead: in what a person of the business wrote, wherever they say."""
    if not author.strip():
        return link_hosts
    named = (host_of(address) or address.rpartition("@")[2] for address in BARE.findall(text))
    hosts = dict.fromkeys(found[0].rstrip(".-").lower() for each in named if (found := _HOST.match(each)))
    return (*link_hosts, *list(hosts)[:HOSTS_MAX])
