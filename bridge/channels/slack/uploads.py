"""Files of ours in Slack, each shown once.

Slack names a file before it has its bytes, and shows it a moment after it says that all is done, or never. So the name
is written down first; whoever comes again asks where the file is shown.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from bridge.channels.slack.api import Refusal, SlackApi
from bridge.channels.slack.place import Place
from bridge.channels.slack.quotas import SlackQuotas
from bridge.errors import ChannelUnavailable, Undeliverable
from bridge.ports import KeyValue, OutFile

FILES_MAX = 10
"""Of one message."""
FILE_BYTES_MAX = 100 * 1024 * 1024
NAME_CHARS_MAX = 150
KEEP_S = 30 * 86_400.0
LOOKS_S = (0.2, 0.5, 1.0, 2.0, 3.0)
"""Rests before it is asked again whether a file is shown."""
LOOKS_LATER_S = (1.0,)
"""The same of one that was to be shown by an earlier try."""
WAIT_S = 3.0
_DONE = "done"


class Uploads:
    """May raise ChannelError, StoreUnavailable throughout."""

    def __init__(self, api: SlackApi, store: KeyValue, quotas: SlackQuotas) -> None:
        self._api = api
        self._store = store
        self._quotas = quotas

    async def show(self, name: str, place: Place, files: Sequence[OutFile]) -> None:
        """Show files together, in a thread when the place is one; once for each name."""
        if len(files) > FILES_MAX or any(len(file.data) > FILE_BYTES_MAX for file in files):
            raise Undeliverable(f"Slack: more than {FILES_MAX} files, or one of more than {FILE_BYTES_MAX} bytes")
        key = f"slack:upload:{name}"
        kept = await self._store.get(key)
        if kept == _DONE:
            return
        ids: list[str] = json.loads(kept) if kept else []
        if not ids or not await self._is_shown(name, place, ids[0], LOOKS_LATER_S):
            ids = [await self._sent(name, place, file) for file in files if file.data]
            if ids:
                await self._store.put(key, json.dumps(ids), ttl_s=KEEP_S)
                await self._completed(name, place, ids, files)
        await self._store.put(key, _DONE, ttl_s=KEEP_S)

    async def _sent(self, name: str, place: Place, file: OutFile) -> str:
        """Bring the bytes to Slack, which shows them nowhere yet: the file's id."""
        method = "files_getUploadURLExternal"
        async with self._quotas.in_turn(self._quotas.upload(place, method), name, patience_s=WAIT_S):
            answer = await self._api.call(place.team, method, filename=_title(file), length=len(file.data))
        await self._api.send(str(answer["upload_url"]), file.data)
        return str(answer["file_id"])

    async def _completed(self, name: str, place: Place, ids: Sequence[str], files: Sequence[OutFile]) -> None:
        method = "files_completeUploadExternal"
        titles = [_title(file) for file in files if file.data]
        args: dict[str, Any] = {"files": [{"id": id_, "title": title} for id_, title in zip(ids, titles, strict=True)]}
        args["channel_id"] = place.channel
        if place.thread:
            args["thread_ts"] = place.thread
        async with self._quotas.in_turn(self._quotas.upload(place, method), name, patience_s=WAIT_S):
            await self._api.call(place.team, method, creates=True, **args)
        if not await self._is_shown(name, place, ids[0], LOOKS_S):
            raise ChannelUnavailable(f"{method}: Slack has the file and does not show it")

    async def _is_shown(self, name: str, place: Place, file_id: str, rests_s: Sequence[float]) -> bool:
        """Whether people see the file there, as soon as they do."""
        bucket = self._quotas.upload(place, "files_info")
        for rest_s in (0.0, *rests_s):
            await asyncio.sleep(rest_s)
            try:
                async with self._quotas.in_turn(bucket, name, patience_s=WAIT_S):
                    answer = await self._api.call(place.team, "files_info", file=file_id)
            except Refusal:
                return False  # there is no such file any more
            if _shared(answer, place.channel):
                return True
        return False


def _shared(answer: Mapping[str, Any], channel: str) -> bool:
    file = answer.get("file")
    shares = file.get("shares") if isinstance(file, dict) else None
    return isinstance(shares, dict) and any(isinstance(where, dict) and channel in where for where in shares.values())


def _title(file: OutFile) -> str:
    return file.name.strip()[-NAME_CHARS_MAX:] or "file"
