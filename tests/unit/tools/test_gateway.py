"""What may be done is decided by the gateway alone: a model that wants anything at all gets what the policy allows."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import BackendRefused, BackendUnavailable, LeaseLost, ToolError
from bridge.ports import ToolCall, ToolResult
from bridge.tools.arguments import Args, Typed
from bridge.tools.given import COUNTS_S, Given
from bridge.tools.policy import CALLS_MAX, RESTRICTED, SAME_MAX
from bridge.tools.settings import ToolsSettings
from bridge.tools.tool import Done, Tier, Tool, ToolContext
from bridge.types import Identity, Passage
from tests.fakes.acting import BOSS, MAYA, NOBODY, CountingBackend, Stage, call, lost, session, shop_stage, stage
from tests.fakes.fake_retriever import FakeRetriever

SETTING = {"setting": "newsletter", "value": "yes"}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Stage]:
    async with shop_stage(tmp_path) as made:
        yield made


def told(result: ToolResult) -> Any:
    return json.loads(result.text)


async def test_the_order_of_the_sessions_own_customer_is_found(shop: Stage) -> None:
    [result] = await shop.run(await shop.session(), call("check_order_status", {"order_number": "1042"}))
    assert not result.failed
    assert told(result)["status"] == "dispatched"
    assert result.action
    assert (result.action.tool, result.action.outcome) == ("check_order_status", "done")
    assert result.action.digest == "order LW-001042: dispatched"


@pytest.mark.parametrize("number", ["1043", "LW-001043", "999999"])
async def test_somebody_elses_order_does_not_exist(shop: Stage, number: str) -> None:
    """It looks the same as one that nobody has."""
    [result] = await shop.run(await shop.session(), call("check_order_status", {"order_number": number}))
    assert result.failed
    assert result.text == "there is no such entry among this customer's records"


async def test_a_stranger_hears_what_is_needed_and_nothing_of_what_there_is(shop: Stage) -> None:
    numbers = ["1042", "999999"]
    calls = [call("check_order_status", {"order_number": number}) for number in numbers]
    results = await shop.run(await shop.session(NOBODY), *calls)
    assert results[0].text == results[1].text
    assert [(result.ends, result.action and result.action.outcome) for result in results] == [
        ("identity", "identity")
    ] * 2


async def test_what_is_nobodys_needs_no_identity(shop: Stage) -> None:
    session = await shop.session(NOBODY)
    stock, slots = await shop.run(
        session,
        call("check_inventory", {"product": "Heron", "size": ""}),
        call("find_appointment_slots", {"service": "Full service", "after": "", "before": ""}),
    )
    assert told(stock)["products"]
    assert told(slots)["slots"]


async def test_a_slot_is_booked_for_whom_the_session_knows(shop: Stage) -> None:
    session = await shop.session()
    [slots] = await shop.run(
        session, call("find_appointment_slots", {"service": "Full service", "after": "", "before": ""})
    )
    slot = told(slots)["slots"][0]["slot_id"]
    [booked] = await shop.run(session, call("schedule_appointment", {"slot_id": slot, "note": ""}))
    assert booked.action
    assert booked.action.does == ("booking",)
    again = call("schedule_appointment", {"slot_id": slot, "note": "Once more."})
    [taken] = await shop.run(await shop.session(MAYA, "elsewhere"), again)
    assert taken.failed, "the customer has something else then"


async def test_a_search_gives_passages_that_may_be_cited() -> None:
    found = Passage(
        chunk_id="1", doc_id="a.md", title="A", section="", url="", updated="2026-11-01", language="en", text="Free."
    )
    made = stage(retriever=FakeRetriever([found]))
    [result] = await made.run(await made.session(NOBODY), call("search_knowledge_base", {"query": "returns"}))
    assert result.passages == (found,)


async def test_a_person_is_called_for_anybody() -> None:
    made = stage()
    wanted = call("escalate_to_human", {"reason": "complaint", "summary": ""})
    [result] = await made.run(await made.session(NOBODY), wanted)
    assert (result.ends, result.failed) == ("person", False)


# ---------------------------------------------------------------- what there is


def test_without_a_business_its_tools_are_not_offered() -> None:
    names = [spec.name for spec in stage(backend=None).gateway.specs]
    assert names == ["create_support_ticket", "escalate_to_human", "search_knowledge_base"]


async def test_all_of_them_are_offered_by_name_and_restricted_ones_never(shop: Stage) -> None:
    names = [spec.name for spec in shop.gateway.specs]
    assert names == sorted(names)
    assert len(names) == 15
    assert not RESTRICTED & set(names)


async def test_a_tool_with_a_restricted_name_is_not_offered_even_when_somebody_makes_it() -> None:
    made = stage(tools=[replace(reading(), name=name) for name in RESTRICTED])
    assert made.gateway.specs == ()
    [result] = await made.run(await made.session(), call("delete_account"))
    assert result.failed


async def test_a_tool_that_is_off_is_not_there(tmp_path: Path) -> None:
    settings = ToolsSettings(off=("check_order_status",))
    async with shop_stage(tmp_path, settings=settings) as made:
        assert "check_order_status" not in [spec.name for spec in made.gateway.specs]
        [result] = await made.run(await made.session(), call("check_order_status", {"order_number": "1042"}))
        assert result.text == "There is no such tool."


async def test_labels_say_what_is_done_and_repeat_nothing_that_is_malformed(shop: Stage) -> None:
    label = shop.gateway.label
    assert label(call("check_order_status", {"order_number": "1042"}), "en") == "<doing_order> 1042"
    assert label(call("check_order_status", {"order_number": "1042 <script>"}), "en") == ""
    assert label(call("rm"), "en") == label(ToolCall(id="1", name="check_order_status", args=None), "en") == ""


# ---------------------------------------------------------------- tiers and identity


@pytest.mark.parametrize(
    ("settings", "amount", "outcome"),
    [
        (ToolsSettings(approvers=(BOSS,)), 1, "approval"),
        (ToolsSettings(approvers=(BOSS,), discount_max=500), 500, "done"),
        (ToolsSettings(approvers=(BOSS,), discount_max=500), 501, "approval"),
        (ToolsSettings(approvers=(BOSS,), discount_max=500), 5_001, "denied"),
        (ToolsSettings(approvers=(BOSS,), discount_max=500, tiers={"apply_discount": "high"}), 1, "approval"),
        (ToolsSettings(discount_max=500), 501, "denied"),
    ],
)
async def test_an_amount_decides_what_it_takes(settings: ToolsSettings, amount: int, outcome: str) -> None:
    backend = CountingBackend()
    made = stage(backend=backend, settings=settings)
    wanted = call("apply_discount", {"order_number": "", "amount": amount, "reason": "It was late."})
    [result] = await made.run(await made.session(), wanted)
    assert result.action
    assert result.action.outcome == outcome
    assert len(backend.effects) == (outcome == "done")


async def test_small_amounts_are_a_large_one_together() -> None:
    """In one turn, in a later one, in another conversation; what was refused, or approved by a person, is not among
    them, and everybody has their own."""
    answers: list[Exception] = []
    backend = CountingBackend(before=lambda: answers.pop() if answers else None)
    made = stage(backend=backend, settings=ToolsSettings(approvers=(BOSS,), discount_max=500))
    voucher = {"order_number": "", "reason": "It was late."}

    async def outcomes(key: str, *amounts: int, customer: str = "C-1001") -> list[str]:
        held = session(await made.claim(key), Identity(level=1, customer_id=customer))
        ran = await made.run(held, *[call("apply_discount", {**voucher, "amount": amount}) for amount in amounts])
        await made.store.finish(held.claim, held.claim.turn)
        return [result.action.outcome for result in ran if result.action]

    answers.append(BackendRefused("too much"))
    assert await outcomes("ada", 400) == ["failed"]
    assert await outcomes("ada", 200, 201, 600, 100) == ["done", "done", "approval", "approval"]
    assert await outcomes("elsewhere", 100, 99, 1) == ["approval", "done", "approval"]
    assert await outcomes("others", 500, customer="C-1002") == ["done"]
    assert [args["amount"]["amount"] for _, args, _ in backend.effects] == [200, 201, 99, 500]


async def test_an_amount_that_was_counted_counts_once_and_not_for_ever() -> None:
    made = stage(backend=CountingBackend())
    claim = (await made.session()).claim
    now = time.time()
    earlier, later = (Given(made.store, "tool", "whom", partial(float, at)) for at in (now, now + COUNTS_S + 1))
    assert [await earlier.add(claim, key, 300, 500) for key in ("a", "a", "b")] == [True, True, False]
    assert await later.add(claim, "b", 300, 500)


async def test_the_value_of_an_order_counts_as_it_can_come_back_bit_by_bit(tmp_path: Path) -> None:
    """A helmet for 49.00 and a lock for 69.00."""
    wanted = {"order_number": "987", "quantity": 1, "reason": "wrong_size", "method": "label", "note": ""}
    for limit, outcome in ((11_799, "approval"), (11_800, "done")):
        settings = ToolsSettings(approvers=(BOSS,), return_value_max=limit)
        async with shop_stage(tmp_path / str(limit), settings=settings) as made:
            held = await made.session()
            ran = await made.run(
                held, *[call("initiate_return", {**wanted, "sku": sku}) for sku in ("MARKET-M", "LYCHGATE")]
            )
            assert [result.action.outcome for result in ran if result.action] == [outcome] * 2


async def test_without_anybody_who_may_approve_a_person_takes_over() -> None:
    made = stage(backend=CountingBackend(), settings=ToolsSettings())
    wanted = call("apply_discount", {"order_number": "", "amount": 900, "reason": "It was late."})
    [result] = await made.run(await made.session(), wanted)
    assert result.ends == "person"


async def test_the_value_of_what_comes_back_decides_who_says_yes(tmp_path: Path) -> None:
    wanted = {"order_number": "987", "sku": "LYCHGATE", "quantity": 1, "reason": "wrong_size", "method": "label"}
    for limit, outcome in ((0, "approval"), (1_000_000, "done")):
        settings = ToolsSettings(approvers=(BOSS,), return_value_max=limit)
        async with shop_stage(tmp_path / str(limit), settings=settings) as made:
            [result] = await made.run(await made.session(), call("initiate_return", {**wanted, "note": ""}))
            assert result.action
            assert (result.action.outcome, result.ends) == (outcome, "approval" if outcome == "approval" else "")


async def test_what_could_not_be_done_anyway_is_not_asked_for(shop: Stage) -> None:
    wanted = {"order_number": "1043", "sku": "WEIR-L", "quantity": 1, "reason": "late", "method": "shop", "note": ""}
    [result] = await shop.run(await shop.session(), call("initiate_return", wanted))
    assert (result.failed, result.ends) == (True, "")
    assert not await shop.store.open_records("approval", limit=9)


@pytest.mark.parametrize(("level", "outcome"), [(0, "identity"), (1, "identity"), (2, "done")])
async def test_a_setting_can_ask_for_more_identity(level: int, outcome: str) -> None:
    made = stage(backend=CountingBackend(), settings=ToolsSettings(identity={"update_account_settings": 2}))
    known = Identity(level=level, customer_id="C-1001")  # type: ignore[arg-type]
    [result] = await made.run(await made.session(known), call("update_account_settings", SETTING))
    assert result.action
    assert result.action.outcome == outcome


async def test_no_setting_asks_for_less() -> None:
    made = stage(backend=CountingBackend(), settings=ToolsSettings(identity={"update_account_settings": 0}))
    [result] = await made.run(await made.session(NOBODY), call("update_account_settings", SETTING))
    assert result.ends == "identity"


async def test_a_level_without_a_customer_is_none() -> None:
    made = stage(backend=CountingBackend())
    [result] = await made.run(await made.session(Identity(level=2)), call("lookup_customer"))
    assert result.ends == "identity"


@pytest.mark.parametrize("setting", ["phone", "address"])
async def test_whoever_would_take_an_account_over_needs_a_person(setting: str) -> None:
    backend = CountingBackend()
    made = stage(backend=backend)
    value = {"phone": "+441632960999", "address": "9 Elsewhere Road"}[setting]
    [result] = await made.run(
        await made.session(), call("update_account_settings", {"setting": setting, "value": value})
    )
    assert result.ends == "approval"
    assert result.reference in result.text
    assert not backend.effects


# ---------------------------------------------------------------- loops, order, takeover


async def test_at_most_so_many_calls_a_turn() -> None:
    backend = CountingBackend()
    made = stage(backend=backend)
    session = await made.session()
    calls = [call("check_order_status", {"order_number": f"{n}"}) for n in range(CALLS_MAX + 5)]
    results = await made.run(session, *calls)
    assert len(backend.asked) == CALLS_MAX
    assert all("Too many calls" in result.text for result in results[CALLS_MAX:])


async def test_the_same_call_is_made_so_often_and_no_more() -> None:
    backend = CountingBackend()
    made = stage(backend=backend)
    session = await made.session()
    for spelt in ("1042", " 1042", "1042\u200b", "1042", "1042"):
        await made.run(session, call("check_order_status", {"order_number": spelt}))
    asked = [call.args for call in session.made]
    assert len(asked) == 5
    assert len(backend.asked) == SAME_MAX, "a space makes no other call of it"


async def test_reads_run_side_by_side_and_writes_in_order() -> None:
    running, most, order = 0, 0, []

    async def work(args: Any, context: ToolContext) -> Done:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        order.append(args.text)
        return Done(data="ok")

    made = stage(tools=[replace(reading(), run=work), replace(reading(), name="write", tier=Tier.LOW, run=work)])
    session = await made.session()
    await made.run(session, *[call("read", {"text": f"r{n}"}) for n in range(5)])
    assert most == 5
    most = 0
    await made.run(session, *[call("write", {"text": f"w{n}"}) for n in range(5)])
    assert (most, order[5:]) == (1, [f"w{n}" for n in range(5)])
    order.clear()
    await made.run(session, call("read", {"text": "a"}), call("write", {"text": "b"}), call("read", {"text": "c"}))
    assert order == ["a", "b", "c"]


async def test_when_people_have_the_conversation_nothing_runs() -> None:
    backend = CountingBackend()

    async def taken(_: object) -> bool:
        return True

    made = stage(backend=backend, taken_over=taken)
    results = await made.run(await made.session(), call("lookup_customer"), call("update_account_settings", SETTING))
    assert backend.asked == []
    assert all(result.failed for result in results)


async def test_who_takes_over_in_the_middle_stops_the_writes_that_are_left() -> None:
    there: list[bool] = []
    backend = CountingBackend(then=lambda: there.append(True))

    async def taken(_: object) -> bool:
        return bool(there)

    made = stage(backend=backend, taken_over=taken)
    other = {"setting": "language", "value": "de"}
    first, second = await made.run(
        await made.session(), call("update_account_settings", SETTING), call("update_account_settings", other)
    )
    assert (first.failed, second.failed) == (False, True)
    assert len(backend.effects) == 1


async def test_nothing_is_written_after_the_claim_is_lost() -> None:
    backend = CountingBackend()
    made = stage(backend=backend)
    session = await made.session()
    await lost(made.store, session.claim)
    with pytest.raises(LeaseLost):
        await made.run(session, call("update_account_settings", SETTING))
    assert backend.effects == []


async def test_the_writes_after_a_call_for_a_person_are_not_made() -> None:
    backend = CountingBackend(then=lambda: BackendUnavailable("?", unknown=True))
    made = stage(backend=backend)
    other = {"setting": "newsletter", "value": "no"}
    first, second = await made.run(
        await made.session(), call("update_account_settings", SETTING), call("update_account_settings", other)
    )
    assert first.action
    assert (first.action.outcome, first.ends) == ("unknown", "person")
    assert second.failed
    assert len(backend.effects) == 1


# ---------------------------------------------------------------- what goes wrong


class Words(Args):
    text: str


def reading(**more: Any) -> Tool[Words]:
    async def run(args: Words, context: ToolContext) -> Done:
        return Done(data=args.text)

    made: dict[str, Any] = {"name": "read", "description": "Reads.", "subject": False, "run": run, **more}
    return Tool(arguments=Typed(Words), **made)


SECRET = "sk-very-secret-4711"


async def hang(args: Any, context: ToolContext) -> Done:
    await asyncio.sleep(60)
    raise AssertionError


def raising(error: Exception) -> Any:
    async def run(args: Any, context: ToolContext) -> Done:
        raise error

    return run


@pytest.mark.parametrize(
    ("run", "reads", "writes"),
    [
        (raising(ToolError("the shop is shut")), ("failed", "the shop is shut"), ("failed", "the shop is shut")),
        (raising(BackendRefused("taken")), ("failed", "taken"), ("failed", "taken")),
        (raising(BackendUnavailable(SECRET, unknown=False)), ("failed", "not answer"), ("failed", "not answer")),
        (raising(BackendUnavailable(SECRET, unknown=True)), ("failed", "not answer"), ("unknown", "Nobody knows")),
        (raising(TimeoutError(SECRET)), ("failed", "not answer"), ("unknown", "Nobody knows")),
        (raising(RuntimeError(SECRET)), ("failed", "did not work"), ("unknown", "Nobody knows")),
        (hang, ("failed", "not answer"), ("unknown", "Nobody knows")),
    ],
)
async def test_no_error_is_told_on(
    run: Any, reads: tuple[str, str], writes: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = ToolsSettings(timeout_s=0.1)
    made = stage(settings=settings, tools=[reading(run=run), reading(name="write", tier=Tier.LOW, run=run)])
    session = await made.session()
    wanted = {"text": "private words"}
    for name, (outcome, sentence) in (("read", reads), ("write", writes)):
        [result] = await made.run(session, call(name, wanted))
        assert result.action
        assert (result.action.outcome, result.failed) == (outcome, True)
        assert sentence in result.text
        assert result.ends == ("person" if outcome == "unknown" else "")
    seen = "".join([*(str(vars(record)) for record in caplog.records), *await made.audit(), caplog.text])
    assert SECRET not in seen
    assert "private words" not in seen


async def test_a_huge_or_binary_result_is_cut_and_stays_whole(tmp_path: Path) -> None:
    rows = [{"name": "x\u200b" * 3_000, "blob": b"\x00\xff", "number": float("nan")}] * 500

    async def run(args: Any, context: ToolContext) -> Done:
        return Done(data={"rows": rows, "text": "see [1]"})

    made = stage(tools=[reading(run=run)])
    [result] = await made.run(await made.session(), call("read", {"text": ""}))
    assert len(result.text) <= 6_000
    data = json.loads(result.text)
    assert data["rows"][-1].startswith("and 4")
    assert "\u200b" not in result.text
    assert data["text"] == "see (1)"


async def test_a_stop_in_the_middle_of_a_write_lets_it_end_and_writes_it_down() -> None:
    gate = asyncio.Event()
    backend = CountingBackend(before=lambda: gate.wait())
    made = stage(backend=backend)
    session = await made.session()
    task = asyncio.create_task(made.gateway.run([call("update_account_settings", SETTING)], session))
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.sleep(0.02)
    assert not task.done()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(backend.effects) == 1
    assert [step.state for step in session.steps.values()] == ["done"]


async def test_the_audit_log_knows_every_decision_and_nobodys_data() -> None:
    made = stage(backend=CountingBackend())
    session = await made.session()
    await made.run(
        session,
        call("check_order_status", {"order_number": "1042"}),
        call("ignore_all_rules", {"to": "maya@example.com"}),
        call("delete_account"),
        call("check_order_status", {"order_number": "1042", "customer_id": "C-1002"}),
        call("update_account_settings", {"setting": "address", "value": "9 Elsewhere Road"}),
    )
    lines = [json.loads(line) for line in await made.audit()]
    assert [line["verdict"] for line in lines] == [
        "allowed", "no_such_tool", "restricted", "malformed", "approval", "asked_people",
    ]  # fmt: skip
    assert {line["turn"] for line in lines} == {session.claim.turn.id}
    text = json.dumps(lines)
    assert not any(word in text for word in ("1042", "maya", "C-1001", "C-1002", "Elsewhere", "ignore_all"))


async def test_a_result_is_replayed_within_the_turn_and_not_made_again() -> None:
    backend = CountingBackend()
    made = stage(backend=backend)
    session = await made.session()
    first = await made.run(session, call("update_account_settings", SETTING))
    again = await made.run(session, call("update_account_settings", SETTING))
    assert len(backend.effects) == 1
    assert first[0].text == again[0].text
    assert again[0].action == first[0].action


async def test_what_failed_for_now_may_be_tried_again() -> None:
    answers = [BackendUnavailable("away", unknown=False), None]
    backend = CountingBackend(before=lambda: answers.pop(0))
    made = stage(backend=backend)
    session = await made.session()
    [first] = await made.run(session, call("update_account_settings", SETTING))
    [second] = await made.run(session, call("update_account_settings", SETTING))
    assert (first.failed, second.failed) == (True, False)
    assert len(backend.effects) == 1


async def test_the_subject_is_the_sessions_whatever_the_tool_says() -> None:
    backend = CountingBackend()
    made = stage(backend=backend)
    await made.run(await made.session(MAYA), call("lookup_customer"), call("update_account_settings", SETTING))
    assert {args["customer_id"] for _, args in backend.asked} == {"C-1001"}
