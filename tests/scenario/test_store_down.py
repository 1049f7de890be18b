"""The store goes away: nothing is said to be kept that is not, and nothing that was kept is lost."""

from bridge.errors import StoreUnavailable
from bridge.ports import Accepted, Bucket, Claim, Gauges, Step
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Inbound, Turn, TurnId
from tests.fakes.brains import Gate
from tests.fakes.server import start_server
from tests.fakes.widget_client import Visitor, visiting


class Switched(MemoryStore):
    """A store that can be switched off."""

    def __init__(self) -> None:
        super().__init__(Settings())
        self.off = False

    def _may(self) -> None:
        if self.off:
            raise StoreUnavailable("switched off: marker-of-the-store")

    async def accept(self, inbound: Inbound) -> Accepted:
        self._may()
        return await super().accept(inbound)

    async def claim(self, *, lease_s: float, wait_s: float) -> Claim | None:
        self._may()
        return await super().claim(lease_s=lease_s, wait_s=wait_s)

    async def renew(self, claim: Claim, *, lease_s: float) -> None:
        self._may()
        await super().renew(claim, lease_s=lease_s)

    async def record(self, claim: Claim, step: Step) -> None:
        self._may()
        await super().record(claim, step)

    async def finish(self, claim: Claim, turn: Turn) -> None:
        self._may()
        await super().finish(claim, turn)

    async def turn(self, turn_id: TurnId) -> Turn | None:
        self._may()
        return await super().turn(turn_id)

    async def spend(
        self, bucket: Bucket, *, tokens: float = 1.0, reserve: float = 0.0, holder: str = "", call_s: float = 0.0
    ) -> float:
        self._may()
        return await super().spend(bucket, tokens=tokens, reserve=reserve, holder=holder, call_s=call_s)

    async def ended(self, bucket: Bucket) -> None:
        self._may()
        await super().ended(bucket)

    async def append(self, log: str, *bodies: str, key: str | None = None, claim: Claim | None = None) -> int:
        self._may()
        return await super().append(log, *bodies, key=key, claim=claim)

    async def gauges(self) -> Gauges:
        self._may()
        return await super().gauges()

    async def check(self) -> None:
        self._may()


async def test_a_message_that_cannot_be_kept_is_refused_and_can_come_again() -> None:
    store = Switched()
    async with start_server(store=store) as server, visiting(server.url) as visitor:
        store.off = True
        body = {"client_msg_id": "1", "text": "Hello?"}
        status, answer, headers = await visitor.post("/widget/messages", body)
        assert status == 503
        assert int(headers["Retry-After"]) >= 1
        assert answer == {"error": "The service is not available for a moment; try again."}

        store.off = False
        await visitor.read_turn(await visitor.say("Hello?", "1"))


async def test_a_refused_message_is_not_remembered_as_kept() -> None:
    store = Switched()
    async with start_server(store=store) as server, visiting(server.url) as visitor:
        store.off = True
        for _ in range(3):
            assert (await visitor.post("/widget/messages", {"client_msg_id": "1", "text": "Hello?"}))[0] == 503


async def test_every_route_says_that_the_store_is_away(visitor: Visitor) -> None:
    store = Switched()
    async with start_server(store=store) as server, visiting(server.url) as visitor:
        turn_id = await visitor.say("Hello?")
        await visitor.read_turn(turn_id)
        store.off = True
        for action in ("stop", "retry", "feedback"):
            status, answer, _ = await visitor.post(f"/widget/turns/{turn_id}/{action}", {"rating": "up"})
            assert status == 503
            assert "marker" not in str(answer)
        async with visitor.http.get(server.url + "/readyz") as ready:
            assert ready.status == 503
            assert (await ready.json())["store"] == {"ready": False}
        async with visitor.http.get(server.url + "/healthz") as alive:
            assert alive.status == 200
        async with visitor.http.get(server.url + "/metrics") as figures:
            assert figures.status == 200


async def test_a_store_that_is_away_during_a_turn_loses_nothing(gate: Gate) -> None:
    store = Switched()
    async with start_server(gate, store=store) as server, visiting(server.url) as visitor:
        turn_id = await visitor.say("Hello?")
        await gate.reached(1)
        store.off = True
        gate.open.set()
        status, _, _ = await visitor.post("/widget/messages", {"client_msg_id": "2", "text": "And?"})
        assert status == 503
        store.off = False

        assert (await visitor.read_turn(turn_id))[-1].data["text"] == "So: Hello?"
        assert len(gate.asked) == 1
