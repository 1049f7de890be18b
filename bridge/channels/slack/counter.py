"""What people at the desk do: they write below cards, press buttons, fill in forms and send `/bridge`.

Everything here has Slack's signature. Who may do what is decided by the desk; here it is only seen to that they are
people of the desk's own workspace, in its channel.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from bridge.channels.slack import cards
from bridge.channels.slack.api import Refusal, SlackApi
from bridge.channels.slack.emoji import with_emoji
from bridge.channels.slack.later import Later
from bridge.channels.slack.names import Names
from bridge.channels.slack.payloads import attachments_in, id_in, table_in, ts_in
from bridge.channels.slack.place import NAME, Place, ref_to
from bridge.channels.slack.room import Room
from bridge.channels.slack.text import kept, marked_up, mentioned, mentions, readable
from bridge.errors import BadPayload
from bridge.logs import event
from bridge.markdown.mrkdwn import fallback
from bridge.ports import Bucket, ChannelContext, Click, Colleague, DeskEars, Form, Submission
from bridge.types import Address, Inbound, Sender

log = logging.getLogger(__name__)

COMMAND = "/bridge"
SMALL_CALLS_PER_MINUTE = 80
"""Of each method that a click may need; Slack allows 100."""
COMMAND_CHARS_MAX = 500
COMMAND_S = 2.0
"""How long a command waits for its answer, which then comes by itself: Slack waits for three seconds."""
SECTIONS_MAX = 40
"""Of the answer to a command; Slack takes 50 blocks."""
INPUTS_MAX = 20
MENTIONED_MAX = 10
"""People in one message whose names are asked for."""
A_COLLEAGUE = "colleague"
_UNFIT = str.maketrans("<>|&", "    ")
NO_DESK = "There is no desk here: set `desk.slack_channel`."
ELSEWHERE = "This works in the desk's channel only."
OUTSIDER = "Only people of this workspace can answer customers here. Nobody but you has seen what you did."
A_MOMENT = "One moment …"
TOO_LATE = "That took too long to open. Please press the button again."


class Counter:
    """Has no state of its own. May raise BadPayload, StoreUnavailable throughout."""

    def __init__(self, context: ChannelContext, api: SlackApi, room: Room, names: Names, later: Later) -> None:
        self._context = context
        self._api = api
        self._room = room
        self._names = names
        self._later = later

    # ------------------------------------------------------------ messages

    async def thread_of(self, team: str, channel: str, thread: str) -> Place | None:
        """The thread below a card; None for every other place."""
        if not self._room.is_here(team, channel):
            return None
        place = self._room.place(team, channel, thread)
        return place if await self._room.is_card(place) else None

    async def inbound(self, said: Mapping[str, Any], place: Place, bot: str) -> Inbound | None:
        """What somebody wrote below a card; None when it is nothing, or they are not of the desk."""
        user, ts = id_in(said, "user"), ts_in(said, "ts")
        author_team = said.get("user_team") or said.get("team") or place.team
        if not self._room.is_colleague(author_team):
            self._tell(place, user, OUTSIDER)
            return None
        text = marked_up(readable(await self._named(place.team, with_emoji(said)), bot))
        files = tuple(attachments_in(said))
        if not (text or files):
            return None
        hints = {"ts": ts, "user": user, "bot": bot, "message": f"{place.channel}:{ts}"}
        if mentions(said.get("text"), bot):
            hints["called"] = "1"
        return Inbound(
            event_id=f"{NAME}:{place.team}:{place.channel}:{ts}",
            address=Address(NAME, place.key, hints),
            sender=Sender(user, await self._names.of(place.team, user)),
            text=text,
            received_at=datetime.now(UTC),
            attachments=files,
        )

    async def changed(self, inbound: Inbound, deleted: bool) -> None:
        """They changed it, or took it away."""
        if self._context.desk:
            await self._context.desk.changed(inbound, deleted)

    # ------------------------------------------------------------ clicks, forms, commands

    async def clicked(self, payload: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        """A button of the desk. On return what it means is stored; what is to be shown follows."""
        container, person = table_in(payload, "container"), table_in(payload, "user")
        channel, ts, user = id_in(container, "channel_id"), ts_in(container, "message_ts"), id_in(person, "id")
        team = id_in(table_in(payload, "team"), "id")
        place = self._room.place(team, channel, ts_in(container, "thread_ts") if container.get("thread_ts") else ts)
        if self._context.desk is None or not self._room.is_here(place.team, channel):
            event(log, "a click of the desk elsewhere", level=logging.WARNING, channel=NAME)
            return
        if not self._room.is_colleague(person.get("team_id") or team):
            self._tell(place, user, OUTSIDER)
            return
        click = Click(
            action=cards.action_of(kept(action.get("action_id"))),
            value=kept(action.get("value"))[: cards.VALUE_CHARS_MAX],
            by=await self._colleague(place.team, person),
            at=ref_to(Address(NAME, place.key), channel, ts),
        )
        answer = await self._context.desk.clicked(click)
        if isinstance(answer, Form):
            self._later.do("form", self._opened(place, user, kept(payload.get("trigger_id")), answer))
        elif answer:
            self._tell(place, user, answer)

    async def submitted(self, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """A form that was filled in: what is wrong with it, or None when it is stored."""
        view, person = table_in(payload, "view"), table_in(payload, "user")
        user_team = person.get("team_id") or id_in(table_in(payload, "team"), "id")
        values = _values(view)
        if self._context.desk is None or not self._room.is_colleague(user_team):
            return cards.problems({"": OUTSIDER}, [*values])
        found = await self._context.desk.submitted(
            Submission(
                form=kept(view.get("callback_id")).removeprefix(cards.DESK),
                value=kept(view.get("private_metadata")),
                by=await self._colleague(str(user_team), person),
                fields=values,
            )
        )
        return cards.problems(found, [*values]) if found else None

    async def command(self, form: Mapping[str, Any]) -> Mapping[str, Any]:
        """`/bridge ...`: answered to whoever asks alone, in the desk's channel, as it may name customers."""
        team, channel, user = id_in(form, "team_id"), id_in(form, "channel_id"), id_in(form, "user_id")
        if self._context.desk is None or not self._context.desk_channel:
            return for_one(NO_DESK)
        if not self._room.is_here(team, channel):
            return for_one(ELSEWHERE)
        asking = asyncio.create_task(self._answered(self._context.desk, team, user, form))
        done, _ = await asyncio.wait([asking], timeout=COMMAND_S)
        if done:
            text = asking.result()
            return for_one(fallback(text) or "…") | {"blocks": self._room.sections(text)[:SECTIONS_MAX]}
        self._later.do("command", self._told_later(self._room.place(team, channel, ""), user, asking))
        return for_one(A_MOMENT)

    # ------------------------------------------------------------ helpers

    async def _named(self, team: str, text: str) -> str:
        """With the names of the people whom it mentions by their ids: customers know none."""
        users = list(dict.fromkeys(mentioned(text)))[:MENTIONED_MAX]
        names = await asyncio.gather(*(self._names.of(team, user, A_COLLEAGUE) for user in users))
        for user, name in zip(users, names, strict=True):
            text = text.replace(f"<@{user}>", f"<@{user}|{name.translate(_UNFIT)}>")
        return text

    async def _answered(self, desk: DeskEars, team: str, user: str, form: Mapping[str, Any]) -> str:
        by = Colleague(user, await self._names.of(team, user, kept(form.get("user_name"))))
        return await desk.command(readable(form.get("text"), "")[:COMMAND_CHARS_MAX], by)

    async def _told_later(self, place: Place, user: str, asking: asyncio.Task[str]) -> None:
        """What took longer than Slack waits."""
        self._tell(place, user, await asking)

    async def _colleague(self, team: str, person: Mapping[str, Any]) -> Colleague:
        user = id_in(person, "id")
        return Colleague(user, await self._names.of(team, user, kept(person.get("name") or person.get("username"))))

    def _tell(self, place: Place, user: str, text: str) -> None:
        """Words for one person alone, in the thread."""
        args = {"channel": place.channel, "user": user} | ({"thread_ts": place.thread} if place.thread else {})
        blocks = self._room.sections(text)[:SECTIONS_MAX]
        words = fallback(text, cards.NOTIFICATION_BYTES_MAX) or "…"
        self._later.do("words", self._small(place, "chat_postEphemeral", args | {"text": words, "blocks": blocks}))

    async def _opened(self, place: Place, user: str, trigger: str, form: Form) -> None:
        """Open a form: its trigger is good for three seconds, and once."""
        try:
            await self._small(place, "views_open", {"trigger_id": trigger, "view": cards.view_of(form)})
        except Refusal as refusal:
            event(log, "a form was not opened", level=logging.WARNING, channel=NAME, error=refusal)
            self._tell(place, user, TOO_LATE)

    async def _small(self, place: Place, method: str, args: Mapping[str, Any]) -> None:
        bucket = Bucket(f"slack:{method}:{place.team}", SMALL_CALLS_PER_MINUTE / 2, SMALL_CALLS_PER_MINUTE / 120)
        if await self._context.store.spend(bucket) == 0.0:
            await self._api.call(place.team, method, **args)


def for_one(text: str) -> dict[str, Any]:
    """An answer to a command that only its sender sees."""
    return {"response_type": "ephemeral", "text": text}


def _values(view: Mapping[str, Any]) -> dict[str, str]:
    """What was filled in, by field; what is left empty is ""."""
    state = view.get("state")
    values = state.get("values") if isinstance(state, dict) else None
    if not isinstance(values, dict):
        _unreadable()
    found: dict[str, str] = {}
    for name, elements in [*values.items()][:INPUTS_MAX]:
        element = elements.get(cards.INPUT) if isinstance(elements, dict) else None
        if not isinstance(element, dict):
            _unreadable()
        found[str(name)] = kept(element.get("value"))[: cards.INPUT_CHARS_MAX]
    return found


def _unreadable() -> NoReturn:
    raise BadPayload("a form that cannot be read")
