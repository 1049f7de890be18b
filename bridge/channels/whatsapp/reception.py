"""What a person's message asks for: mostly an answer, sometimes silence, a command or a thumb."""

import re
from typing import Literal

from bridge.channels.whatsapp.inbound import Heard
from bridge.channels.whatsapp.ledger import Ledger
from bridge.errors import StoreUnavailable
from bridge.ports import ChannelContext
from bridge.types import Address, Inbound, Sender, Turn

ALBUM_S = 1.5
"""Pictures that were chosen together come one by one."""
OPT_OUT_WORDS = ("stop", "stopall", "unsubscribe")
"""Alone they mean that we shall be silent, also where Twilio does not understand them for us."""
Wish = Literal["start", "help", "human", "new", "anew", "stop", "retry", "up", "down"]
"""`new` begins a conversation, `anew` begins one with a question."""
_COMMANDS: dict[str, Wish] = {"/start": "start", "/help": "help", "/human": "human", "/new": "new", "/stop": "stop"}
_BUTTONS: dict[str, Wish] = {
    "start": "start",
    "help": "help",
    "human": "human",
    "new": "new",
    "stop": "stop",
    "retry": "retry",
    "helpful": "up",
    "not_helpful": "down",
}
_THUMBS: dict[str, Wish] = {"👍": "up", "👎": "down"}
_ANEW = re.compile(r"/new\s+\S", re.IGNORECASE)
_NUMBER = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_SKIN = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f]")


class Reception:
    """Has no state of its own."""

    def __init__(self, context: ChannelContext, ledger: Ledger) -> None:
        self._context = context
        self._ledger = ledger

    async def hear(self, heard: Heard) -> None:
        """Deal with a message, once. On return it is safe. May raise StoreUnavailable."""
        if await self._ledger.noted(heard.sid):
            return
        if heard.opt_out == "STOP" or (heard.text.lower() in OPT_OUT_WORDS and not heard.attachments):
            if await self._ledger.opt_out(heard.person, heard.at):
                await self._context.stop_all(_address(heard).conversation_id)
        elif await self._ledger.opt_in(heard.person, heard.at):
            await self._ledger.heard(heard.person, heard.at)
            await self._send_kept(heard.person)
            if not heard.opt_out:  # else Twilio has answered
                await self._understand(heard)
        await self._ledger.note(heard.sid)

    async def _send_kept(self, person: str) -> None:
        """Answers that came too late for the 24 hours can be given now."""
        async for key, turn_id, text in self._ledger.take_kept(person):
            try:
                if turn := await self._context.store.turn(turn_id):
                    await self._context.send_later(turn, text, 0.0)
            except StoreUnavailable:
                await self._ledger.not_sent(key)
                raise
            await self._ledger.sent(key)

    async def _understand(self, heard: Heard) -> None:
        match _wish(heard) or self._word(heard):
            case "stop":
                await self._stop(heard)
            case "start":
                await self._context.receive(_inbound(heard, answer=self._context.welcome()))
            case "help" | "human" | "new" as command:
                phrase = {"help": "help", "human": "person", "new": "new_conversation"}[command]
                await self._answer(heard, phrase, begins=command == "new")
            case ("up" | "down") as thumb if turn := await self._meant(heard):
                await self._context.rate(turn, thumb, "")
                await self._answer(heard, "feedback_thanks")
            case "retry" if turn := await self._meant(heard):
                if turn.reply:  # else its answer is still to come
                    event_id = f"whatsapp:{heard.person}:r:{turn.id}"
                    files = tuple(file for inbound in turn.inbounds for file in inbound.attachments)
                    again = _inbound(heard, event_id=event_id, text=turn.question, attachments=files, retry_of=turn.id)
                    await self._context.receive(again)
            case "anew":
                question = heard.text.split(maxsplit=1)[1]
                await self._context.receive(_inbound(heard, text=question, begins=True))
            case _ if not heard.text and not heard.attachments:
                await self._answer(heard, "text_only")
            case _:
                await self._context.receive(_inbound(heard))

    def _word(self, heard: Heard) -> Wish | None:
        """What a single word asks for, in any of our languages."""
        if heard.attachments:
            return None
        return "stop" if self._context.is_stop(heard.text) else "help" if self._context.is_help(heard.text) else None

    async def _stop(self, heard: Heard) -> None:
        """The answer that is stopped says so itself."""
        if not await self._context.stop_all(_address(heard).conversation_id):
            await self._answer(heard, "nothing_to_stop")

    async def _answer(self, heard: Heard, phrase: str, *, begins: bool = False) -> None:
        answer = self._context.say(phrase, heard.text)
        await self._context.receive(_inbound(heard, answer=answer, begins=begins))

    async def _meant(self, heard: Heard) -> Turn | None:
        """The turn of this person whose message they quote or whose button they tapped."""
        turn_id = await self._ledger.turn_of(heard.reply_to) if heard.reply_to else None
        turn = await self._context.store.turn(turn_id) if turn_id else None
        return turn if turn and turn.address.key == heard.person else None


def _wish(heard: Heard) -> Wish | None:
    """What a message says without words of its own; None for all others."""
    if heard.payload:
        return _BUTTONS.get(heard.payload)
    if _ANEW.match(heard.text):
        return "anew"
    return _COMMANDS.get(heard.text.lower()) or _THUMBS.get(_SKIN.sub("", heard.text))


def _address(heard: Heard) -> Address:
    return Address("whatsapp", heard.person, {"sid": heard.sid})


def _vouched(heard: Heard) -> dict[str, str]:
    """WhatsApp lets nobody write who does not hold the number. What is no number stands for one that it keeps back."""
    return {"phone": heard.person} if _NUMBER.fullmatch(heard.person) else {}


def _inbound(heard: Heard, **more: object) -> Inbound:
    fields = {
        "event_id": f"whatsapp:{heard.sid}",
        "address": _address(heard),
        "sender": Sender(heard.person, heard.name, _vouched(heard)),
        "text": heard.text,
        "received_at": heard.at,
        "attachments": heard.attachments,
        "more_within_s": ALBUM_S if heard.attachments else 0.0,
    }
    return Inbound(**fields | more)  # type: ignore[arg-type] # checked by Inbound's own tests
