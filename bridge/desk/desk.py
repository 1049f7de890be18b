"""The desk, put together: a gate before the assistant, who hears of its calls for people, ears in the room where
people are, and carriers of what goes between."""

from dataclasses import dataclass

from bridge.desk import opening, parcels, relaying, showing, timers
from bridge.desk.ears import Amend, Ears
from bridge.desk.gate import DeskGate
from bridge.desk.handoff import Handoff
from bridge.desk.office import Office
from bridge.ports import Carrier, Claim
from bridge.types import Conversation, Inbound, Reply, Turn


@dataclass(frozen=True, slots=True)
class Desk:
    """Implements ports.Desk."""

    office: Office
    ears: Ears
    gate: DeskGate

    async def admits(self, claim: Claim, turn: Turn, conversation: Conversation) -> Turn | Reply:
        return await self.gate.admits(claim, turn)

    async def called(self, claim: Claim, turn: Turn, reply: Reply) -> None:
        await opening.called(self.office, claim, turn, reply)

    def carriers(self) -> dict[str, Carrier]:
        """By the kind of their parcels."""
        office = self.office
        return {
            parcels.CARD: showing.Cards(office),
            parcels.NOTE: showing.Notes(office),
            parcels.MARK: showing.Marks(office),
            parcels.RELAY: relaying.Relays(office),
            parcels.NOTICE: relaying.Notices(office),
            parcels.SUGGEST: relaying.Suggestions(office),
        }

    async def look(self) -> None:
        """Do what is due. May raise StoreUnavailable."""
        await timers.look(self.office)

    async def count(self) -> None:
        """Bring the metrics up to date. May raise StoreUnavailable."""
        await timers.count(self.office)

    async def customer_changed(self, inbound: Inbound, deleted: bool) -> None:
        """A customer changed a message, or took it back: who reads it at the desk hears of that.
        May raise StoreUnavailable."""
        found = await self.office.load(inbound.address.conversation_id)
        if not found or not found[0].active or await self._waits(inbound, found[0].relayed):
            return
        now = await self.office.discreet(inbound)
        text = "(taken back by the customer)" if deleted else f"(changed) {now.text}"
        id = parcels.name("changed", inbound.event_id, text)
        handoff: Handoff = found[0]
        await self.office.send(parcels.note(handoff, id, text, inbound.sender.name or handoff.name or "Customer"))

    async def _waits(self, inbound: Inbound, relayed: str) -> bool:
        """It was not passed on yet: it will be as it reads then. `relayed` is the newest turn that was."""
        store = self.office.store
        turns = [
            await store.turn(id) for id in await store.unfinished(inbound.address.conversation_id) if id != relayed
        ]
        return any(each.event_id == inbound.event_id for turn in turns if turn for each in turn.inbounds)


def desk(office: Office, amend: Amend) -> Desk:
    """A desk that works with what the office has. `amend` changes a message that was not passed on yet."""
    return Desk(office, Ears(office, amend), DeskGate(office))
