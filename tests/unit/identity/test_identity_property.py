"""Random conversations of two people in a group and of one elsewhere: whoever is known has written the code that was
sent last for them, in time, with tries left."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.types import Identity
from tests.unit.identity.made import ANA, BEN, World

ADDRESSES = {"ana@example.com": ANA, "ben@example.com": BEN, "nobody@example.com": ""}
PLACES = [("group", "ana"), ("group", "ben"), ("room", "ana")]
PLACE = st.sampled_from(PLACES)
STEP = st.one_of(
    st.tuples(st.just("needs"), PLACE),
    st.tuples(st.just("address"), PLACE, st.sampled_from(sorted(ADDRESSES))),
    st.tuples(st.just("code"), PLACE, PLACE),
    st.tuples(st.just("guess"), PLACE),
    st.tuples(st.just("say"), PLACE, st.sampled_from(["cancel", "resend", "/verify", "What do you sell?"])),
    st.tuples(st.just("wait"), st.sampled_from([60, 599, 1_900])),
)
Place = tuple[str, str]


class Watched:
    """What an onlooker knows: the newest code of each, when it ends, and wrong tries since. Mutable."""

    def __init__(self) -> None:
        self.world = World()
        self.codes: dict[Place, tuple[str, str, float]] = {}
        self.wrong: dict[Place, int] = {}
        self.earned: dict[Place, str] = {}

    async def say(self, place: Place, text: str) -> None:
        mails = len(self.world.mails.sent)
        await self.world.say(text, *place)
        if len(self.world.mails.sent) > mails:
            customer = ADDRESSES[self.world.mails.sent[-1][0]]
            self.codes[place] = self.world.mails.code, customer, self.world.now + 600
            self.wrong[place] = 0

    async def write(self, place: Place, code: str) -> None:
        right, customer, until = self.codes.get(place, ("", "", 0.0))
        # The world's clock goes on by a second with each message.
        if code == right and self.world.now + 1 < until and self.wrong[place] < 5:
            self.earned[place] = customer
        elif place in self.wrong:
            self.wrong[place] += 1
        known_before = await self.world.who(*place) != Identity()
        await self.say(place, code)
        if not known_before and await self.world.who(*place) != Identity():
            assert code not in repr(self.world.past[f"widget:{place[0]}"][-1].inbounds)

    async def step(self, step: tuple[object, ...]) -> None:
        match step:
            case ("needs", (str(room), str(sender))):
                await self.world.needs(room=room, sender=sender)
            case ("address" | "say", (str(room), str(sender)), str(text)):
                await self.say((room, sender), text)
            case ("code", (str(room), str(sender)), (str(other), str(whose))):
                await self.write((room, sender), self.codes.get((other, whose), ("000000", "", 0.0))[0])
            case ("guess", (str(room), str(sender))):
                right = self.codes.get((room, sender), ("999999", "", 0.0))[0]
                await self.write((room, sender), f"{(int(right) + 1) % 10**6:06}")
            case ("wait", int(seconds)):
                self.world.now += seconds

    async def check(self) -> None:
        for place in PLACES:
            who = await self.world.who(*place)
            if who != Identity():
                assert who == Identity(level=2, customer_id=self.earned[place])


@settings(max_examples=60)
@given(st.lists(STEP, max_size=25))
def test_whoever_is_known_has_written_their_code(steps: list[tuple[object, ...]]) -> None:
    async def play() -> None:
        watched = Watched()
        for step in steps:
            await watched.step(step)
            await watched.check()

    asyncio.run(play())


def test_the_onlooker_sees_proofs() -> None:
    """Else the property above would hold of a gate that knows nobody."""

    async def play() -> None:
        watched = Watched()
        group = ("group", "ana")
        for step in (("needs", group), ("address", group, "ben@example.com"), ("guess", group), ("code", group, group)):
            await watched.step(step)
            await watched.check()
        assert await watched.world.who(*group) == Identity(level=2, customer_id=BEN)

    asyncio.run(play())
