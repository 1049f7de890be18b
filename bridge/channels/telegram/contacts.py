"""Phone numbers that people shared of themselves: Telegram says whose a contact is."""

from dataclasses import replace

from bridge.channels.telegram.places import NAME
from bridge.ports import Store
from bridge.types import Sender

KEPT_S = 180 * 86_400.0
"""Numbers change hands: after so long somebody has to share it again."""


class Contacts:
    """Of the people who write to one bot."""

    def __init__(self, store: Store, bot_id: int) -> None:
        self._store = store
        self._bot_id = bot_id

    async def keep(self, sender: Sender, phone: str) -> None:
        """Somebody shared their own number. May raise StoreUnavailable."""
        await self._store.put(self._key(sender), phone, ttl_s=KEPT_S)

    async def known(self, sender: Sender) -> Sender:
        """With the number that they have shared, if any. May raise StoreUnavailable."""
        phone = await self._store.get(self._key(sender))
        return replace(sender, vouched={"phone": phone}) if phone else sender

    def _key(self, sender: Sender) -> str:
        return f"{NAME}:contact:{self._bot_id}:{sender.id}"
