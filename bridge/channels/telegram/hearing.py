"""What people do on Telegram, and what becomes of it: messages, commands, edits, presses of buttons."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bridge.channels.telegram.api import Api, Me
from bridge.channels.telegram.contacts import Contacts
from bridge.channels.telegram.places import NAME, place
from bridge.channels.telegram.updates import DraftStopped, Pressed, Said, read
from bridge.channels.telegram.written import RATINGS, VERIFY, pressed
from bridge.errors import ChannelError
from bridge.logs import event
from bridge.ports import ChannelContext
from bridge.types import CONTACT, Attachment, Inbound, Turn

log = logging.getLogger(__name__)

COMMANDS = ("new", "stop", "human", "help", "verify")
"""What the menu offers; /start is Telegram's own."""
ALBUM_S = 1.0
"""How soon the next message of an album comes."""
ALBUM_TTL_S = 60.0
QUOTED_CHARS_MAX = 1_000
STOP_TTL_S = 86_400.0
"""Telegram repeats what we did not take for so long."""


class Hearing:
    """Takes updates. Mutable: remembers who we are, and the presses whose answer is under way."""

    def __init__(self, context: ChannelContext, api: Api, bot_id: int) -> None:
        self._context = context
        self._api = api
        self._bot_id = bot_id
        self._contacts = Contacts(context.store, bot_id)
        self._me: Me | None = None
        self._answering: set[asyncio.Task[None]] = set()

    async def hear(self, update: Mapping[str, Any]) -> None:
        """Do what an update asks for; on return it survives a crash. May raise BadPayload, StoreUnavailable and, before
        we know our own name, ChannelError."""
        match read(update):
            case Said() as said:
                if said.phone and said.place.private and not said.edited:
                    await self._contacts.keep(said.sender, said.phone)
                await self._said(replace(said, sender=await self._contacts.known(said.sender)))
            case Pressed() as press:
                await self._pressed(replace(press, sender=await self._contacts.known(press.sender)))
            case DraftStopped(where):
                await self._context.stop_all(where.address().conversation_id)

    async def me(self) -> Me:
        """Who we are. May raise ChannelError the first time."""
        if self._me is None:
            self._me = await self._api.me()
        return self._me

    async def close(self) -> None:
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    # ------------------------------------------------------------ messages

    async def _said(self, said: Said) -> None:
        """What is not for us is kept nowhere, and an edit is taken like what is new."""
        if said.edited and said.moves:
            return
        if not (said.place.private or await self._meant(said) or await self._awaited(said)):
            return
        text = await self._without_name(said)
        if self._context.is_stop(text) or (said.command and said.command[0] == "stop"):
            await self._stop(self._inbound(said))
        elif said.edited:
            await self._context.amend(self._asked(said, text), False)
        else:
            await self._context.receive(self._asked(said, text))

    def _asked(self, said: Said, text: str) -> Inbound:
        """What a message asks for, by a command or in words."""
        inbound = self._inbound(said)
        match said.command:
            case ("start", _, _):
                return replace(inbound, answer=self._context.welcome())
            case ("help" | "human" as name, _, words):
                return replace(inbound, answer=self._context.say("help" if name == "help" else "person", words))
            case ("new", _, words):
                answer = "" if words else self._context.say("new_conversation", "")
                return replace(inbound, text=words or inbound.text, answer=answer, begins=True)
        return self._in_words(inbound, said, text)

    def _in_words(self, inbound: Inbound, said: Said, text: str) -> Inbound:
        if said.phone and said.place.private:
            return replace(inbound, text="", notice=CONTACT)
        if said.quoted and said.answers != self._bot_id and not said.place.private:
            # What somebody else in the group has said, and the bot has not heard.
            quoted = replace(said.quoted, text=said.quoted.text.strip()[:QUOTED_CHARS_MAX])
            return replace(inbound, text=text, overheard=(quoted,))
        if self._context.is_help(text) and not said.attachments:
            return replace(inbound, answer=self._context.say("help", text))
        if text or said.attachments:
            return replace(inbound, text=text)
        return replace(inbound, answer=self._context.welcome() if said.text else self._context.say("text_only", ""))

    async def _stop(self, inbound: Inbound) -> None:
        """Sent again it still stops, but says nothing any more."""
        fresh = await self._context.store.put(f"{inbound.event_id}:stop", "1", ttl_s=STOP_TTL_S, if_absent=True)
        stopped = await self._context.stop_all(inbound.address.conversation_id)
        if fresh and not stopped:
            answer = self._context.say("nothing_to_stop", inbound.text)
            await self._context.receive(replace(inbound, answer=answer))

    def _inbound(self, said: Said) -> Inbound:
        """The id is the message's, not the update's: an edit is another update of the same message."""
        address = said.place.address(reply_to=None if said.place.private else said.id, forum=said.forum)
        return Inbound(
            event_id=f"{NAME}:{self._bot_id}:{said.place.chat}:{said.id}",
            address=address,
            sender=said.sender,
            text=said.text,
            received_at=datetime.now(UTC),
            attachments=said.attachments,
            more_within_s=ALBUM_S if said.album else 0.0,
        )

    async def _meant(self, said: Said) -> bool:
        """In a group: is it for us? By name, as a reply to us, as a command that names no other bot; and what comes in
        an album with such a message."""
        album = f"{NAME}:album:{said.place.chat}:{said.album}"
        me = await self.me()
        if said.command and (said.command[1] or said.command[0] in (*COMMANDS, "start")):
            meant = said.command[1].lower() in ("", me.username.lower())
        else:
            meant = said.answers == me.id or bool(_name(me).search(said.text))
        if meant and said.album:
            await self._context.store.put(album, "1", ttl_s=ALBUM_TTL_S)
        return meant or bool(said.album and await self._context.store.get(album))

    async def _awaited(self, said: Said) -> bool:
        """Whether it changes a message of a group that we are about to answer, as when our name is taken out of it."""
        store, inbound = self._context.store, self._inbound(said)
        if said.edited:
            for turn_id in await store.unfinished(inbound.address.conversation_id):
                turn = await store.turn(turn_id)
                if turn and any(one.event_id == inbound.event_id for one in turn.inbounds):
                    return True
        return False

    async def _without_name(self, said: Said) -> str:
        """What was said, without our name in it. In a private chat nobody needs to say it."""
        if said.place.private:
            return said.text.strip()
        return re.sub(r"\s{2,}", " ", _name(await self.me()).sub(" ", said.text)).strip()

    # ------------------------------------------------------------ buttons

    async def _pressed(self, press: Pressed) -> None:
        """What a press asks for is stored before the button comes to rest. Pressed again it is harmless."""
        words = ""
        asked = pressed(press.data)
        turn = await self._context.store.turn(asked[1]) if asked else None
        # A forged press may name a turn of another chat.
        if asked and turn and press.place and turn.address.channel == NAME:
            words = await self._obey(asked[0], turn, press) if place(turn.address).chat == press.place.chat else ""
        self._later(self._api.answer_press(press.id, words))

    async def _obey(self, action: str, turn: Turn, press: Pressed) -> str:
        """Do it; the words to show."""
        say: Callable[[str], str] = lambda name: self._context.say(name, turn.question)  # noqa: E731
        if action == "s":
            await self._context.stop(turn.id)
            return say("nothing_to_stop" if turn.reply else "stopping")
        if turn.reply is None:
            return ""
        if action in RATINGS:
            await self._context.receive(_as_written(action, "n", turn, press))
            return say("feedback_thanks")
        if action == "v":
            await self._context.receive(_as_written(VERIFY, "v", turn, press))
            return ""
        if action == "r":
            await self._context.receive(self._again(turn, press))
            return say("looking_up")
        await self._context.rate(turn, "up" if action == "u" else "down", "")
        return say("feedback_thanks")

    def _again(self, turn: Turn, press: Pressed) -> Inbound:
        attachments: tuple[Attachment, ...] = sum((inbound.attachments for inbound in turn.inbounds), ())
        return Inbound(
            event_id=f"{NAME}:{turn.address.key}:r:{turn.id}",
            address=turn.address,
            sender=press.sender,
            text=turn.question,
            received_at=datetime.now(UTC),
            attachments=attachments,
            retry_of=turn.id,
        )

    def _later(self, call: Awaitable[None]) -> None:
        """Make a call that nobody waits for."""

        async def calling() -> None:
            try:
                await call
            except ChannelError as error:  # the button rests by itself after some seconds
                event(log, "a press was not answered", level=logging.DEBUG, error=error)

        task = asyncio.create_task(calling())
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)


def _name(me: Me) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w@])@{re.escape(me.username)}(?!\w)", re.IGNORECASE)


def _as_written(text: str, mark: str, turn: Turn, press: Pressed) -> Inbound:
    """What was pressed below a turn's answer, as if it had been written: of each person the first of its kind (`mark`)
    counts."""
    return Inbound(
        event_id=f"{NAME}:{turn.address.key}:{mark}:{turn.id}:{press.sender.id}",
        address=turn.address,
        sender=press.sender,
        text=text,
        received_at=datetime.now(UTC),
    )
