"""Every fault of the suite: what happens, when it counts as survived, and what plays it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bridge.failpoints import POINTS
from tests.faults import busy, disk_and_clock, kills, redis_away
from tests.faults.cluster import StoreName
from tests.faults.stage import Stage

Play = Callable[[Stage], Awaitable[None]]
BOTH: tuple[StoreName, ...] = ("sqlite", "redis")
SQLITE: tuple[StoreName, ...] = ("sqlite",)
REDIS: tuple[StoreName, ...] = ("redis",)
C = "every accepted message has one final answer or an apology, in order, nothing half, within 120 s"


@dataclass(frozen=True, slots=True)
class Fault:
    """`play` is a black-box run on each of the `stores`; `tests` are files of the test suite that are the fault."""

    name: str
    what: str
    passes_when: str
    play: Play | None = None
    stores: tuple[StoreName, ...] = ()
    tests: tuple[str, ...] = ()
    missing: str = ""
    """Why it is not covered, or what of it is not."""


UNIT, SCENARIO = "tests/unit", "tests/scenario"
FAULTS = (
    Fault("F1", f"`kill -9` at each of {len(POINTS)} named places, twice", C, kills.every_place, BOTH),
    Fault("F2", "200 `kill -9` of random workers under load", f"{C}; recovery under 20 s", kills.random_kills, BOTH),
    Fault(
        "F3",
        "`kill -9` between the commit and the 2xx; the sender repeats",
        "one answer",
        kills.before_the_receipt,
        BOTH,
    ),
    Fault(
        "F4",
        "`kill -9` of every worker, then nobody writes",
        "answered within 20 s of the restart",
        kills.the_last_worker,
        BOTH,
    ),
    Fault(
        "F5",
        "a worker is frozen for three leases in the middle of answers, and thawed",
        f"the stale worker writes nothing; {C}",
        kills.frozen,
        BOTH,
    ),
    Fault("F6", "SIGTERM to every process during 50 streams", f"exit code 0; {C}", kills.deploy, BOTH),
    Fault("F7", "`kill -9` of Redis, restart after 5 s", f"503 meanwhile; {C}", redis_away.killed, REDIS),
    Fault(
        "F8",
        "connections to Redis hang for 60 s, then break",
        f"503 within 2 s; no restart needed; {C}",
        redis_away.unreachable,
        REDIS,
    ),
    Fault(
        "F9",
        "Redis takes 500 ms for each answer, one call in twenty breaks its connection",
        f"2xx under 3 s or 503; {C}",
        redis_away.slow,
        REDIS,
    ),
    Fault(
        "F10",
        "Redis has no memory left; Redis without append-only file, or with eviction",
        f"503 and not ready; refuses to start; {C}",
        redis_away.full_or_forgetful,
        REDIS,
    ),
    Fault(
        "F11",
        "the disk is full, then there is room",
        f"503, health is told, goes on by itself, database whole; {C}",
        disk_and_clock.full,
        SQLITE,
    ),
    Fault(
        "F12",
        "another program holds the database for 2 s; each fsync takes 2 s",
        f"no 2xx before the commit; {C}",
        disk_and_clock.held_or_slow,
        SQLITE,
    ),
    Fault(
        "F13",
        "power cut: copies of the database files at random moments under load",
        "each copy is whole and has what was acknowledged",
        tests=(f"{UNIT}/stores/test_sqlite_crash.py",),
    ),
    Fault("F14", "the same message 50 times at once, and again later", "one answer", busy.repeated, BOTH),
    Fault(
        "F15",
        "Slack hears our 2xx too late and repeats on its schedule",
        "one answer, every repetition gets its 2xx",
        busy.late_receipts,
        BOTH,
        tests=(f"{SCENARIO}/test_slack_hostile.py", f"{SCENARIO}/test_slack_answers.py"),
    ),
    Fault(
        "F16",
        "edits and deletions before, during and after the answer; events out of order",
        "a question that was taken back is not answered",
        tests=(f"{UNIT}/delivery/test_wishes.py", f"{SCENARIO}/test_slack_buttons.py"),
    ),
    Fault(
        "F17",
        "20 messages in one conversation during its answer",
        f"the others' p95 does not rise by more than 20%; {C}",
        busy.burst,
        BOTH,
    ),
    Fault(
        "F18",
        "the model refuses, is overloaded, breaks or hangs for a minute",
        "another rung answers, no raw error",
        tests=(f"{SCENARIO}/test_outage.py", f"{UNIT}/brain/test_claude_outage.py", f"{UNIT}/brain/test_cascade.py"),
    ),
    Fault(
        "F19",
        "the model's stream is cut, empty, too long, an error inside a 200, wrong JSON",
        "completed, continued or replaced",
        tests=(
            f"{UNIT}/brain/test_claude_failures.py",
            f"{UNIT}/brain/test_continuing.py",
            f"{UNIT}/brain/test_claude_body.py",
        ),
    ),
    Fault(
        "F20",
        "a tool hangs, fails, answers too much or a secret",
        "told to the model as an error, nothing internal shown",
        tests=(f"{UNIT}/tools/test_tool_results.py", f"{UNIT}/tools/test_gateway.py", "tests/contract/test_tool.py"),
    ),
    Fault(
        "F21",
        "`kill -9` before, during and after a writing tool",
        "at most one effect; in doubt a person looks",
        tests=("tests/faults/test_tool_kills.py", f"{UNIT}/tools/test_tool_journal.py"),
    ),
    Fault(
        "F22",
        "platforms refuse, limit, time out after acceptance, lose messages",
        "one visible answer",
        tests=(
            f"{SCENARIO}/test_slack_faults.py",
            f"{SCENARIO}/test_telegram_trouble.py",
            f"{SCENARIO}/test_whatsapp_delivery.py",
        ),
    ),
    Fault(
        "F23",
        "streaming or edits refused; texts over the platform's limit",
        "split at a safe place, in order, no broken markup",
        tests=(
            f"{SCENARIO}/test_slack_native.py",
            f"{UNIT}/markdown/test_split.py",
            f"{SCENARIO}/test_delivery_property.py",
        ),
    ),
    Fault(
        "F24",
        "readers' connections are cut again and again; two pages; slow and idle readers",
        f"the full text once, the same to all; {C}",
        busy.cut_readers,
        BOTH,
        tests=(f"{SCENARIO}/test_streams.py",),
    ),
    Fault(
        "F25",
        "the clock of one worker goes ten minutes ahead and back",
        f"no double work; {C}",
        disk_and_clock.jumps,
        BOTH,
    ),
    Fault(
        "F26",
        "a message that kills every worker that takes it",
        "three tries, an apology, the next message is served",
        kills.poison,
        BOTH,
    ),
    Fault(
        "F27",
        "approvals: clicked twice, by strangers, replayed, expired, changed, crash after the click",
        "done at most once",
        tests=(
            f"{UNIT}/tools/test_approvals.py",
            f"{UNIT}/tools/test_approvals_property.py",
            f"{SCENARIO}/test_approvals_in_slack.py",
        ),
    ),
    Fault(
        "F28",
        "Twilio's webhooks are lost while we are down",
        "the sweep finds and answers all, once",
        tests=(f"{SCENARIO}/test_whatsapp_missed.py",),
    ),
    Fault(
        "F29",
        "the desk's channel is down when a customer asks for a person",
        "told, kept, posted when it is back",
        tests=(f"{SCENARIO}/test_slack_desk.py",),
    ),
    Fault("F30", "erasure during an open stream", "nothing is found any more", missing="there is no erasure yet"),
    Fault(
        "F31",
        "hostile webhooks and requests",
        "no 5xx, no unhandled exception",
        tests=(
            f"{SCENARIO}/test_bad_input.py",
            f"{SCENARIO}/test_raw_http.py",
            f"{SCENARIO}/test_openapi.py",
            f"{SCENARIO}/test_telegram_hostile.py",
        ),
        missing="no coverage-guided fuzzing (atheris)",
    ),
    Fault(
        "F32",
        "a soak under load with kills, a slow and a cut-off Redis in turn",
        f"memory grows by less than 5%; {C}",
        busy.soak,
        BOTH,
    ),
    Fault(
        "F33",
        "every process is replaced under load; a store that a newer version has written",
        f"{C}; refused in clear words",
        busy.another_version,
        BOTH,
    ),
)
BY_NAME = {fault.name: fault for fault in FAULTS}
