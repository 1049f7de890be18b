"""The way of a proof: asked, sent, confirmed; and that nothing of a code stays anywhere."""

import pytest

from bridge.identity.digits import MASK
from bridge.identity.settings import IdentitySettings
from bridge.types import Identity
from tests.unit.identity.made import ANA, BEN, World, answers, asks

ADDRESS = "It is ana@example.com"


async def _sent(world: World, address: str = ADDRESS, room: str = "room", sender: str = "ana") -> str:
    """Somebody needs to prove who they are and has a code sent; the code."""
    await world.needs(room=room, sender=sender)
    await world.say(address, room, sender)
    return world.mails.code if "@" in address else next(reversed(world.phones.codes.values()))


async def test_the_right_code_proves_who_it_is_and_the_request_goes_on() -> None:
    world = World()
    code = await _sent(world)
    turn = await world.say(code)
    assert answers(turn) == ["<identity_confirmed>"]
    assert asks(turn) == ["Where is my order 1042?"]
    assert turn.inbounds[1].retry_of == world.past["widget:room"][0].id
    assert await world.who() == Identity(level=2, customer_id=ANA)
    assert world.mails.sent[0][0] == "ana@example.com"
    assert code not in world.kept()
    assert code not in repr(await world.store.load_record("verification", '["widget:room", "ana"]'))


async def test_a_code_to_a_telephone_is_made_and_checked_by_the_service() -> None:
    world = World()
    code = await _sent(world, "+44 1632 960002")
    assert answers(await world.say("000000")) == ["<identity_wrong>"]
    assert asks(await world.say(f"{code[:3]} {code[3:]}")) == ["Where is my order 1042?"]
    assert await world.who() == Identity(level=2, customer_id=BEN)


async def test_an_address_that_is_nobodys_is_answered_alike_and_no_code_is_right() -> None:
    world = World()
    await world.needs()
    known = await world.say(ADDRESS)
    other = World()
    await other.needs()
    unknown = await other.say("It is nobody@example.com")
    assert answers(known) == answers(unknown) == ["<identity_sent>"]
    assert not other.mails.sent
    assert other.mails.probes == 1, "the same is done for both"
    for guess in range(4):
        assert answers(await other.say(f"{guess:06}")) == ["<identity_wrong>"]
    assert answers(await other.say("000004")) == ["<identity_locked>"]
    assert await other.who() == Identity()


async def test_nothing_is_looked_up_before_the_answer_to_an_address() -> None:
    """How long it takes tells nobody whether the address is on file."""
    world = World()
    await world.needs()
    world.now += 1
    claim = await world.claim(ADDRESS)
    await world.end(claim, await world.admit(claim))
    assert (world.shop.calls, world.mails.sent, world.mails.probes) == ([], [], 0)


async def test_the_code_goes_to_what_is_on_file_and_to_nobody_who_only_looks_like_it() -> None:
    world = World()
    await world.needs()
    for address in (
        "аna@example.com",
        "ana@exаmple.com",
        "ana@example.com.evil.example",
        "ana@example.com, x@evil.example",
        "ana+evil@example.com",
    ):
        await world.say(address)
    assert [to for to, _, _ in world.mails.sent] == []


async def test_what_is_asked_beside_a_code_goes_on_without_it() -> None:
    world = World()
    code = await _sent(world)
    turn = await world.say(f"{code} and when will it arrive?")
    assert asks(turn) == ["Where is my order 1042?", f"{MASK} and when will it arrive?"]
    assert code not in world.kept()


async def test_what_is_asked_beside_a_wrong_code_or_an_address_is_answered_too() -> None:
    world = World()
    await world.needs()
    turn = await world.say("ana@example.com. Do you ship to France?")
    assert (answers(turn), asks(turn)) == (["<identity_sent>"], ["ana@example.com. Do you ship to France?"])
    turn = await world.say("000000, is that it?")
    assert (answers(turn), asks(turn)) == (["<identity_wrong>"], [f"{MASK}, is that it?"])
    assert turn.inbounds[-1].event_id == world.past["widget:room"][-1].inbounds[-1].event_id
    assert "#" not in turn.inbounds[-1].event_id, "pages know the message by its own name"


@pytest.mark.parametrize("words", ["cancel", "Abbrechen!", "キャンセル", "إلغاء"])
async def test_whoever_does_not_want_to_is_left_in_peace(words: str) -> None:
    world = World()
    await _sent(world)
    assert answers(await world.say(words)) == ["<identity_left>"]
    assert asks(await world.say("ben@example.com")) == ["ben@example.com"]
    await world.needs("And my refund?")
    assert answers(await world.say("ana@example.com")) == ["<identity_sent>"]


async def test_anything_else_goes_on_as_usual_and_the_code_stays_good() -> None:
    world = World()
    code = await _sent(world)
    assert asks(await world.say("Which colours are there?")) == ["Which colours are there?"]
    assert asks(await world.say("order #104233")) == ["order #104233"]
    assert answers(await world.say(code)) == ["<identity_confirmed>"]


@pytest.mark.parametrize("words", ["resend", "neuer Code", "再送", "رمز جديد"])
async def test_another_code_takes_the_place_of_the_first(words: str) -> None:
    world = World()
    first = await _sent(world)
    assert answers(await world.say(words)) == ["<identity_sent>"]
    second = world.mails.code
    if first != second:
        assert answers(await world.say(first)) == ["<identity_wrong>"]
    assert answers(await world.say(second)) == ["<identity_confirmed>"]


async def test_without_anything_that_needs_it_the_gate_reads_nothing() -> None:
    world = World()
    for text in ("ana@example.com", "123456", "cancel", "resend"):
        turn = await world.say(text)
        assert asks(turn) == [text]
    assert await world.store.load_record("verification", '["widget:room", "ana"]') is None


async def test_verify_asks_for_an_address_by_itself() -> None:
    world = World()
    assert answers(await world.say("/verify")) == ["<identity_ask>"]
    await world.say("ana@example.com")
    turn = await world.say(world.mails.code)
    assert (answers(turn), asks(turn)) == (["<identity_confirmed>"], [])
    assert answers(await world.say("/verify")) == ["<identity_confirmed>"]


async def test_the_proof_ends_when_nobody_uses_it_and_lasts_while_somebody_does() -> None:
    world = World()
    await world.say(await _sent(world))
    for _ in range(10):
        world.now += 29 * 60
        assert (await world.who()).level == 2
    world.now += 30 * 60
    assert await world.who() == Identity()


async def test_the_proof_ends_after_hours_however_much_it_is_used() -> None:
    world = World(IdentitySettings(hours_max=1))
    await world.say(await _sent(world))
    world.now += 29 * 60
    assert (await world.who()).level == 2
    world.now += 29 * 60
    assert (await world.who()).level == 2
    world.now += 3 * 60
    assert (await world.who()).level == 0


@pytest.mark.parametrize("part", ["mail", "shop"])
async def test_when_no_code_can_be_sent_the_customer_hears_it_whoever_they_are(part: str) -> None:
    for address in ("ana@example.com", "nobody@example.com"):
        world = World()
        await world.needs()
        world.mails.down, world.shop.down = part == "mail", part == "shop"
        assert answers(await world.say(address)) == ["<identity_sent>"]
        assert world.later == ["<identity_unavailable> <offer_person>"]
        world.mails.down = world.shop.down = False
        assert answers(await world.say(address)) == ["<identity_sent>"], "it can be asked for again"


async def test_an_address_that_refuses_mail_is_told_to_nobody() -> None:
    world = World()
    await world.needs()
    world.mails.refuses = True
    assert answers(await world.say(ADDRESS)) == ["<identity_sent>"]
    assert not world.later


async def test_when_a_code_cannot_be_checked_it_is_said_and_a_person_offered() -> None:
    world = World()
    code = await _sent(world, "+441632960001")
    world.phones.down = True
    assert answers(await world.say(code)) == ["<identity_unavailable> <offer_person>"]
    world.phones.down = False
    assert answers(await world.say(code)) == ["<identity_confirmed>"]


async def test_a_turn_that_is_begun_again_counts_nothing_twice() -> None:
    world = World()
    code = await _sent(world)
    claim = await world.claim("000000")
    for _ in range(9):
        assert answers(await world.admit(claim)) == ["<identity_wrong>"]
    await world.end(claim, await world.admit(claim))
    claim = await world.claim(code)
    first = await world.admit(claim)
    again = await world.admit(claim)
    assert asks(first) == asks(again) == ["Where is my order 1042?"]
    assert code not in repr(again)


async def test_a_sending_that_was_cut_short_begins_again() -> None:
    world = World()
    await world.needs()
    world.now += 1
    claim = await world.claim(ADDRESS)
    await world.end(claim, await world.admit(claim))
    world.mails.dies = True
    with pytest.raises(KeyboardInterrupt):
        await world.deliver()
    world.mails.dies = False
    await world.deliver()
    assert not world.mails.sent, "another may be at it still"
    world.now += 61
    await world.deliver()
    await world.deliver()
    assert len(world.mails.sent) == 1
    assert answers(await world.say(world.mails.code)) == ["<identity_confirmed>"]


async def test_with_people_nothing_is_said_but_they_do_not_read_codes() -> None:
    world = World()
    code = await _sent(world)
    world.with_people.add("widget:room")
    turn = await world.say(f"Here: {code}")
    assert (answers(turn), asks(turn)) == ([], [f"Here: {MASK}"])
    assert (await world.who()).level == 2
    assert asks(await world.say("ben@example.com")) == ["ben@example.com"]
    assert code not in world.kept()


async def test_a_shared_contact_of_a_customer_lets_the_request_go_on() -> None:
    world = World(channel="telegram")
    await world.needs()
    turn = await world.say("", notice="identity:contact", vouched={"phone": "+441632960001"})
    assert (answers(turn), asks(turn)) == (["<identity_confirmed>"], ["Where is my order 1042?"])
    assert await world.known.of(turn) == Identity(level=1, customer_id=ANA)


async def test_a_shared_contact_of_nobody_asks_for_another() -> None:
    world = World(channel="telegram")
    await world.needs()
    turn = await world.say("", notice="identity:contact", vouched={"phone": "+441632969999"})
    assert answers(turn) == ["<identity_stranger>"]
    assert answers(await world.say("ana@example.com")) == ["<identity_sent>"]


async def test_verify_keeps_the_request_that_waits() -> None:
    world = World()
    await world.needs()
    assert answers(await world.say("/verify")) == ["<identity_ask>"]
    await world.say("ana@example.com")
    assert asks(await world.say(world.mails.code)) == ["Where is my order 1042?"]


@pytest.mark.parametrize(
    "text",
    [
        "Where is my order 123456?",
        "order no. 123 456",
        "Bestellnummer: 123456",
        "pedido nº 123456",
        "commande 123456",
        "ordine numero 123456",
        "bestelling 123456",
        "注文番号123456",
        "رقم الطلب 123456",
    ],
)
async def test_an_orders_number_is_no_try_while_a_code_is_waited_for(text: str) -> None:
    world = World()
    code = await _sent(world)
    assert asks(await world.say(text)) == [text]
    assert asks(await world.say(f"The code for my order: {code}")) == ["Where is my order 1042?"]
    assert await world.who() == Identity(level=2, customer_id=ANA)


async def test_a_code_that_comes_after_all_is_said_to_be_too_late() -> None:
    world = World()
    code = await _sent(world)
    await world.say("cancel")
    assert answers(await world.say(code)) == ["<identity_late>"]
    assert code not in world.kept()
    assert answers(await world.say(ADDRESS)) == ["<identity_sent>"]


async def test_an_address_in_another_matter_asks_for_no_code_when_the_last_has_ended() -> None:
    world = World()
    await _sent(world)
    world.now += 40 * 60
    turn = await world.say("Please send the next invoice to ben@example.com, can you do that?")
    assert (answers(turn), len(world.mails.sent)) == ([], 1)
    assert answers(await world.say(ADDRESS)) == ["<identity_sent>"]
