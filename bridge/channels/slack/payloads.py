"""Reads Slack's payloads: what is not as Slack writes it is refused."""

import re
from collections.abc import Mapping
from typing import Any

from bridge.channels.slack.text import kept
from bridge.errors import BadPayload
from bridge.types import Attachment

ATTACHMENTS_MAX = 20
ID = re.compile(r"[A-Z0-9]{2,64}")
_TS = re.compile(r"\d{1,15}\.\d{1,9}")


def table_in(payload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = payload.get(name)
    if not isinstance(value, dict):
        raise BadPayload(f"{name} is missing")
    return value


def id_in(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name)
    if not (isinstance(value, str) and ID.fullmatch(value)):
        raise BadPayload(f"{name} is not one of Slack's ids")
    return value


def ts_in(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name)
    if not (isinstance(value, str) and _TS.fullmatch(value)):
        raise BadPayload(f"{name} is not one of Slack's times")
    return value


def attachments_in(said: Mapping[str, Any]) -> list[Attachment]:
    found = []
    files = said.get("files")
    for file in files[:ATTACHMENTS_MAX] if isinstance(files, list) else []:
        if not isinstance(file, dict) or file.get("mode") in ("tombstone", "hidden_by_limit"):
            continue
        file_id, url, size = kept(file.get("id")), kept(file.get("url_private")), file.get("size")
        if not url and not ID.fullmatch(file_id):
            continue
        found.append(
            Attachment(
                # Of files from other workspaces Slack tells no more than the id.
                url=url or f"file:{file_id}",
                media_type=kept(file.get("mimetype")) or "application/octet-stream",
                name=kept(file.get("name"))[:200],
                size_bytes=size if isinstance(size, int) and size >= 0 else None,
            )
        )
    return found
