"""What people try who are not who they say: guesses, replays, other people's codes, addresses and conversations."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.identity import verification
from bridge.identity.settings import IdentitySettings
from bridge.identity.verification import Verification
from bridge.types import Address, Identity, Sender, Turn, TurnId
from tests.unit.identity.made import ANA, BEN, World, answers, asks

NOBODY = Identity()


async def _code(world: World, address: str = "ana@example.com", room: str = "room", sender: str = "ana") -> str:
    await world.needs(room=room, sender=sender)
    await world.say(address, room, sender)
    return world.mails.code


async def _guessing(world: World) -> Identity:
    """Five guesses end the code; the sixth try is the right code."""
    code = await _code(world)
    for guess in range(5):
        await world.say(f"{(int(code) + 1 + guess) % 10**6:06}")
    await world.say(code)
    return await world.who()


async def _guessing_in_one_message(world: World) -> Identity:
    """As many codes in a message as fit."""
    code = await _code(world)
    guesses = [f"{(int(code) + 1 + guess) % 10**6:06}" for guess in range(5)]
    await world.say(", ".join([*guesses, code]))
    return await world.who()


async def _replay_in_the_same_conversation(world: World) -> Identity:
    """A code that was good once, when its proof is over."""
    code = await _code(world)
    await world.say(code)
    world.now += 31 * 60
    await world.needs("And now?")
    await world.say(code)
    return await world.who()


async def _replay_in_another_conversation(world: World) -> Identity:
    code = await _code(world)
    await _code(world, "nobody@example.com", "other")
    await world.say(code, "other")
    await world.say(code, "third")
    return await world.who("other")


async def _another_address_in_between(world: World) -> Identity:
    """The code of one address while that of another is waited for."""
    code = await _code(world, "ben@example.com")
    await world.say("ana@example.com")
    if code != world.mails.code:
        await world.say(code)
    return await world.who()


async def _too_late(world: World) -> Identity:
    code = await _code(world)
    world.now += 10 * 60
    await world.say(code)
    return await world.who()


async def _other_sender_of_a_group(world: World) -> Identity:
    """Somebody else in the group writes the code first."""
    code = await _code(world)
    await world.say(code, sender="ben")
    return await world.who(sender="ben")


async def _the_others_proof(world: World) -> Identity:
    """Somebody else in the group asks once it is confirmed."""
    await world.say(await _code(world))
    return await world.who(sender="ben")


async def _a_name_that_ends_like_another_conversation(world: World) -> Identity:
    """Ids that are put together otherwise give no other's record."""
    await world.say(await _code(world, room="a", sender="b\nc"), "a", "b\nc")
    return await world.who("a\nb", "c")


async def _address_of_somebody_else(world: World) -> Identity:
    """Whoever knows an address does not have its code."""
    await _code(world, "ben@example.com")
    for guess in ("000000", "123456", "111111"):
        if guess != world.mails.code:
            await world.say(guess)
    return await world.who()


async def _digits_of_several_scripts(world: World) -> Identity:
    code = await _code(world)
    await world.say("".join(chr(0x660 + int(sign)) if place % 2 else sign for place, sign in enumerate(code)))
    return await world.who()


async def _superscript_digits(world: World) -> Identity:
    code = await _code(world)
    await world.say("".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(sign)] for sign in code))
    return await world.who()


async def _letters_that_look_like_digits(world: World) -> Identity:
    code = await _code(world)
    await world.say(code.translate(str.maketrans("013", "OlЗ")) if set(code) & set("013") else "OlЗ456")
    return await world.who()


async def _an_empty_hash(world: World) -> Identity:
    """Before the code is made there is nothing that anything could fit."""
    await world.needs()
    world.now += 1
    claim = await world.claim("ana@example.com")
    await world.end(claim, await world.admit(claim))
    for code in ("000000", "999999"):
        world.now += 1
        claim = await world.claim(code)
        await world.end(claim, await world.admit(claim))
    return await world.who()


async def _after_leaving(world: World) -> Identity:
    code = await _code(world)
    await world.say("cancel")
    await world.say(code)
    return await world.who()


async def _words_instead(world: World) -> Identity:
    """Nothing that is only said counts."""
    await _code(world)
    for text in ("I am Ana, customer cus_ana", "My identity level is 2", "{'customer_id': 'cus_ana'}", "verified ✅"):
        await world.say(text)
    return await world.who()


async def _a_record_that_cannot_be_read(world: World) -> Identity:
    await _code(world)
    id = verification.record_id(Address("widget", "room").conversation_id, "ana")
    record = await world.store.load_record(verification.KIND, id)
    assert record
    await world.store.save_records(replace(record, body='{"state": "confirmed", "customer_id": 1, "used_at": "x"}'))
    return await world.who()


ATTACKS: list[Callable[[World], Awaitable[Identity]]] = [
    _guessing,
    _guessing_in_one_message,
    _replay_in_the_same_conversation,
    _replay_in_another_conversation,
    _another_address_in_between,
    _too_late,
    _other_sender_of_a_group,
    _the_others_proof,
    _a_name_that_ends_like_another_conversation,
    _address_of_somebody_else,
    _digits_of_several_scripts,
    _superscript_digits,
    _letters_that_look_like_digits,
    _an_empty_hash,
    _after_leaving,
    _words_instead,
    _a_record_that_cannot_be_read,
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__.strip("_"))
async def test_nobody_is_taken_for_another(attack: Callable[[World], Awaitable[Identity]]) -> None:
    assert await attack(World()) == NOBODY


@pytest.mark.parametrize(
    "written",
    [
        "{}",
        "Code: {}",
        "{} please",
        "My code is {}.",
        "コードは{}です",
        "الرمز {}",
    ],
)
@pytest.mark.parametrize("digits", ["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９"])
@pytest.mark.parametrize("grouped", ["", " ", "-", "\u200b"])
async def test_a_code_is_understood_however_it_is_written(written: str, digits: str, grouped: str) -> None:
    world = World()
    code = "".join(digits[int(sign)] for sign in await _code(world))
    shown = f"{code[:3]}{grouped}{code[3:]}"
    turn = await world.say(written.format(shown))
    assert asks(turn) == ["Where is my order 1042?"]
    assert shown not in world.kept()
    assert await world.who() == Identity(level=2, customer_id=ANA)


async def test_what_two_people_wrote_is_asked_by_nobody() -> None:
    """Else whoever writes above somebody known would be answered with their rights."""
    world = World()
    await world.say(await _code(world))
    claim = await world.claim("Cancel the order, please")
    asked = claim.turn.inbounds[0]
    stranger = replace(asked, event_id="another", sender=Sender("ben"), text="Refund everything!")
    assert await world.known.of(replace(claim.turn, inbounds=(stranger, asked))) == NOBODY
    command = replace(stranger, answer="Help is here.")
    assert (await world.known.of(replace(claim.turn, inbounds=(command, asked)))).level == 2


@pytest.mark.parametrize(
    ("limits", "room", "address"),
    [
        (IdentitySettings(codes_per_person=5), "room", "{}@example.com"),
        (IdentitySettings(codes_per_address=5), "room{}", "ana@example.com"),
        (IdentitySettings(codes_per_hour=5), "room{}", "{}@example.com"),
    ],
    ids=["by one sender", "to one address", "to all together"],
)
async def test_no_flood_of_codes_goes_out_in_an_hour(limits: IdentitySettings, room: str, address: str) -> None:
    world = World(limits)
    said = []
    for number in range(12):
        where = room.format(number)
        who = f"somebody{number}" if "{" in room else "ana"
        await world.needs(room=where, sender=who)
        said += answers(await world.say(address.format(number), where, who))
    assert set(said[-6:]) == {"<identity_too_many> <offer_person>"}
    assert 1 <= said.count("<identity_sent>") <= 5


# ---------------------------------------------------------------- what channels vouch for


@pytest.mark.parametrize(
    ("vouched", "customer"),
    [
        ({"customer": ANA}, ANA),
        ({"email": "ana@example.com"}, ANA),
        ({"phone": "+441632960002"}, BEN),
        ({"customer": ANA, "email": "ana@example.com", "phone": "+441632960001"}, ANA),
        ({"customer": "unknown", "email": "ben@example.com"}, BEN),
        ({"customer": ANA, "email": "ben@example.com"}, ""),
        ({"email": "nobody@example.com"}, ""),
        ({"email": ""}, ""),
        ({"name": "Ana"}, ""),
        ({}, ""),
    ],
)
async def test_a_channel_vouches_for_exactly_one_customer_or_for_nobody(vouched: dict[str, str], customer: str) -> None:
    who = await World().who(**vouched)
    assert who == (Identity(level=1, customer_id=customer) if customer else NOBODY)


async def test_a_customer_who_cannot_be_looked_up_is_nobody_until_they_can() -> None:
    world = World()
    world.shop.down = True
    assert await world.who(phone="+441632960001") == NOBODY
    world.shop.down = False
    assert await world.who(phone="+441632960001") == Identity(level=1, customer_id=ANA)
    for _ in range(5):
        await world.who(phone="+441632960001")
    assert len(world.shop.calls) == 2, "it is remembered for a while"


async def test_a_code_counts_more_than_the_channel() -> None:
    world = World()
    await world.say(await _code(world, "ben@example.com"))
    assert await world.who(phone="+441632960001") == Identity(level=2, customer_id=BEN)


# ---------------------------------------------------------------- the states

STEPS = st.lists(
    st.one_of(
        st.sampled_from(["asked", "requested", "made", "sent", "failed", "tried", "confirmed", "left", "renewed"]),
        st.integers(0, 4000),
    ),
    max_size=40,
)


@given(STEPS)
def test_whatever_happens_a_proof_has_one_right_code_behind_it(steps: list[str | int]) -> None:
    """Random changes in any order: who counts as proven was named when a code was made, after whatever was asked last;
    and a proof never outlives its hours."""
    settings = IdentitySettings()
    now, state, proven_at = 1_000.0, Verification(), 0.0
    for step in steps:
        if isinstance(step, int):
            now += step
            continue
        before = state
        state = {
            "asked": lambda: state.asked(now, "turn", "words"),  # noqa: B023
            "requested": lambda: state.requested(now, "email", "a@b.example", "turn", now + 600),  # noqa: B023
            "made": lambda: state.made(ANA, "salt", "digest") if state.state == "sending" else state,  # noqa: B023
            "sent": lambda: state.sent() if state.state == "sending" else state,  # noqa: B023
            "failed": lambda: state.failed(now),  # noqa: B023
            "tried": lambda: state.tried(),  # noqa: B023
            "confirmed": lambda: state.confirmed(now) if state.has_code(now) else state,  # noqa: B023
            "left": lambda: state.left(now),  # noqa: B023
            "renewed": lambda: state.renewed(now) if state.holds(now, settings) else state,  # noqa: B023
        }[step]()
        if step == "confirmed" and before.has_code(now):
            proven_at = now
        if state.holds(now, settings):
            assert state.customer_id == ANA
            assert state.digest
            assert now - proven_at < settings.hours_max * 3600
        if step in ("asked", "requested", "failed", "left"):
            assert not state.holds(now, settings)
            assert not state.customer_id or state.has_code(now)


async def test_nobody_is_known_by_a_name_that_several_write_under() -> None:
    """Every administrator of a group on Telegram who writes in its name has the group's own id."""
    world = World(channel="telegram")
    await world.needs(sender="-100", shared=True)
    assert answers(await world.say("ana@example.com", sender="-100", shared=True)) == [
        "<identity_unavailable> <offer_person>"
    ]
    assert not world.mails.sent
    await _code(world, sender="-100")
    await world.say(world.mails.code, sender="-100")
    assert await world.who(sender="-100") == Identity(level=2, customer_id=ANA)
    assert await world.who(sender="-100", shared=True) == NOBODY, "whoever it was that proved it"


async def test_who_asks_is_known_also_where_something_happened_beside_it() -> None:
    world = World()
    await world.say(await _code(world))
    [asked] = (await world.claim("Where is my order?")).turn.inbounds
    happened = replace(asked, sender=Sender("desk:U1"), notice="said:1", text="One moment")
    turn = Turn(id=TurnId("t"), conversation_id=asked.address.conversation_id, inbounds=(asked, happened))
    assert await world.known.of(turn) == Identity(level=2, customer_id=ANA)
