"""The command line as a person or a script uses it: a process, judged by what it prints and its exit code."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge import cli, plugins
from tests.fakes import forked

ROOT = Path(__file__).parents[2]
RECORDINGS = sorted((ROOT / "tests/payloads/widget").glob("*.json"))
PAGE = """---
title: Deliveries
url: https://shop.example/deliveries
updated: 2026-05-04
language: en
audience: public
---

# Deliveries

## How long does a delivery take?

A parcel takes three working days within the country. We send it with a courier who calls before arriving.
"""


def bridge(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return forked.bridge(folder, arguments, _environ(environ))


def bridge_from_nothing(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As a shell starts it, with all its imports."""
    command = [sys.executable, "-m", "bridge", *arguments]
    return subprocess.run(
        command, cwd=folder, env=_environ({}), capture_output=True, text=True, timeout=150, check=False
    )


def _environ(more: dict[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error::ResourceWarning", **more}


@contextmanager
def serving(folder: Path, **environ: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process of `bridge serve` and the address that it printed."""
    with (folder / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bridge", "serve", "--port", "0"],
            cwd=folder,
            env=_environ(environ),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    with process:
        try:
            assert process.stdout is not None
            ready = re.match(r"bridge is ready: (http://\S+)/", process.stdout.readline())
            assert ready, (folder / "serve.log").read_text()
            yield process, ready[1]
        finally:
            process.terminate()
            process.wait(timeout=15)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small knowledge base that is indexed already."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "config.toml").write_text("[server]\ndrain_s = 0.5\n")
    (folder / "kb").mkdir()
    (folder / "kb" / "deliveries.md").write_text(PAGE)
    done = bridge(folder, "ingest")
    assert done.returncode == 0, done.stderr
    assert re.search(r"added +1 +deliveries.md", done.stdout)
    return folder


@pytest.fixture(scope="module")
def server(shop: Path) -> Iterator[str]:
    with serving(shop) as (_, url):
        yield url


def test_a_question_as_on_a_channel_that_is_not_there_is_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["ask", "Is it open?", "--channel", "nonsense"])

    assert left.value.code == 2
    told = capsys.readouterr().err
    assert "'nonsense'" in told
    for name in plugins.names("bridge.channels"):
        assert name in told


def test_help_names_every_command(tmp_path: Path) -> None:
    done = bridge_from_nothing(tmp_path, "--help")

    assert done.returncode == 0
    for command in ("serve", "check", "ask", "ingest", "replay"):
        assert re.search(rf"^ +{command} ", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("arguments", [[], ["dance"], ["ask"], ["serve", "--port", "x"], ["replay"]])
def test_unusable_arguments_are_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)

    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("usage: bridge")


def test_an_unusable_configuration_is_code_2_with_every_mistake(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[server]\nprot = 1\nport = "x"\n[sever]\nkey = "sk-ant-hk7hk7hk7hk7"')

    done = bridge(tmp_path, "serve")

    assert done.returncode == 2
    assert done.stdout == ""
    assert len(re.findall("^✗ ", done.stderr, re.MULTILINE)) == 4
    assert "did you mean 'port'?" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hk7" not in done.stderr


def test_a_port_out_of_range_is_code_2(shop: Path) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["serve", "--port", "70000", "--config", str(shop / "config.toml")])
    assert left.value.code == 2


def test_a_server_says_where_it_is_and_leaves_when_asked(shop: Path) -> None:
    with serving(shop, BRIDGE_STORE__URL="memory://") as (process, url):
        assert url.startswith("http://127.0.0.1:")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0, "it waits for what is over"
    assert "Traceback" not in (shop / "serve.log").read_text()


def test_a_signal_during_the_first_start_ends_it(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'[knowledge]\npath = "{ROOT}/kb"\n')
    with (tmp_path / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bridge", "serve", "--port", "0"],
            cwd=tmp_path,
            env=_environ({}),
            stdout=log,
            stderr=log,
        )
    with process:
        while "reading the knowledge base" not in (tmp_path / "serve.log").read_text():
            assert process.poll() is None, (tmp_path / "serve.log").read_text()
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=50) == 0
    said = (tmp_path / "serve.log").read_text()
    assert "Traceback" not in said
    assert "bridge is ready" not in said


def test_a_second_server_on_the_same_store_is_refused(shop: Path, server: str) -> None:
    done = bridge(shop, "serve", "--port", "0")

    assert done.returncode == 2
    assert re.search(r"✗ store.url: .*bridge.db belongs to a running bridge \(process \d+\)", done.stderr)


def test_a_port_in_use_is_told_with_the_fix(shop: Path, server: str) -> None:
    done = bridge(shop, "serve", "--port", server.rpartition(":")[2], BRIDGE_STORE__URL="memory://")

    assert done.returncode == 2
    assert "free it, or set server.port to another" in done.stderr


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_is_replayed(shop: Path, server: str, recording: Path) -> None:
    done = bridge(shop, "replay", str(recording), "--url", server)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "POST /widget/messages -> 202" in done.stdout


def test_there_are_recordings() -> None:
    assert len(RECORDINGS) >= 3


def test_a_recording_that_the_server_refuses_is_code_1(shop: Path, server: str, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"path": "/widget/messages", "json": {}}')

    done = bridge(shop, "replay", str(tmp_path / "bad.json"), "--url", server)

    assert done.returncode == 1
    assert "POST /widget/messages -> 401" in done.stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [("[{]", "is not JSON"), ('{"pth": "/"}', "path: Field required"), ('{"path": "x"}', "path: String should match")],
)
def test_a_recording_that_is_none_is_code_2(shop: Path, tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "bad.json").write_text(text)

    done = bridge(shop, "replay", str(tmp_path / "bad.json"))

    assert done.returncode == 2
    assert told in done.stderr


def test_replay_wants_an_address_with_its_scheme(shop: Path) -> None:
    done = bridge(shop, "replay", str(RECORDINGS[0]), "--url", "127.0.0.1:1")

    assert done.returncode == 2
    assert "--url: must be like http://127.0.0.1:8080 (it is '127.0.0.1:1')" in done.stderr


def test_replay_says_when_nobody_answers(shop: Path) -> None:
    done = bridge(shop, "replay", str(RECORDINGS[0]), "--url", "http://127.0.0.1:1")

    assert done.returncode == 1
    assert "does not answer" in done.stdout


def test_check_says_that_all_is_well(shop: Path) -> None:
    done = bridge(shop, "check", BRIDGE_STORE__URL="sqlite:///var/another.db", BRIDGE_SERVER__PORT="0")

    assert done.returncode == 0, done.stdout
    assert "✗" not in done.stdout
    parts = "settings store embedder knowledge prompt model routing backup prices channels address"
    for part in parts.split():
        assert f"✓ {part}: " in done.stdout
    assert re.search(r"✓ prices: prices of \d{4}-\d\d-\d\d; at most \$50 a day, at most \$500 a month", done.stdout)


def test_check_beside_the_server_finds_it_well(shop: Path, server: str) -> None:
    done = bridge(shop, "check", BRIDGE_SERVER__PORT=server.rpartition(":")[2])

    assert done.returncode == 0, done.stdout
    assert "✓ store: sqlite:///var/bridge.db takes messages in the bridge that runs here" in done.stdout
    assert re.search(r"✓ address: .* is where bridge runs", done.stdout)


def test_check_names_everything_that_would_fail(shop: Path, server: str, tmp_path: Path) -> None:
    """A store that somebody has, a platform that is away, and a document that cannot be used: each with the fix."""
    (tmp_path / "broken.md").write_text("---\ntitle: [\n---\n\ntext")

    telegram = {"TELEGRAM_BOT_TOKEN": "1:a-token", "BRIDGE_CHANNELS__TELEGRAM__API_URL": "http://127.0.0.1:1"}
    telegram |= {"BRIDGE_CHANNELS__TELEGRAM__ENABLED": "true", "BRIDGE_CHANNELS__TELEGRAM__MODE": "polling"}
    done = bridge(shop, "check", BRIDGE_KNOWLEDGE__PATH=str(tmp_path), BRIDGE_SERVER__PORT="0", **telegram)

    assert done.returncode == 1
    assert re.search(r"✗ store: store.url: .* belongs to a running bridge \(process \d+\); stop it", done.stdout)
    assert re.search(r"✗ knowledge: broken.md:\d+: ", done.stdout)
    assert re.search(r"✗ channels: telegram: .*; look at the network and at channels.telegram.api_url", done.stdout)
    assert "Traceback" not in done.stdout + done.stderr


def test_check_names_the_model_whose_price_nobody_knows(shop: Path) -> None:
    nowhere = {"ANTHROPIC_API_KEY": "a-key-for-nowhere", "BRIDGE_CLAUDE__BASE_URL": "http://127.0.0.1:1"}
    done = bridge(
        shop, "check", BRIDGE_CLAUDE__TIERS__OPUS__MODEL="claude-unheard-of", BRIDGE_SERVER__PORT="0", **nowhere
    )

    assert done.returncode == 1
    assert re.search(
        r"✗ prices: nobody knows what 'claude-unheard-of' costs.*\[prices.\"claude-unheard-of\"\]", done.stdout
    )


NOWHERE = {"BRIDGE_CLAUDE__BASE_URL": "http://127.0.0.1:1"}
KEY = {"ANTHROPIC_API_KEY": "a-key-for-nowhere"}


@pytest.mark.parametrize("key", [{}, KEY])
def test_check_reads_what_the_routing_learns_from(shop: Path, key: dict[str, str]) -> None:
    environ = {"BRIDGE_SERVER__PORT": "0", "BRIDGE_STORE__URL": "memory://", **NOWHERE, **key}
    without = bridge(shop, "check", **environ)
    missing = bridge(shop, "check", BRIDGE_ROUTING__EXAMPLES="nowhere.jsonl", **environ)

    if key:
        assert re.search(r"✓ routing: learns from [\d,]+ examples", without.stdout)
        assert "✗ routing: nowhere.jsonl cannot be read: there is no such file" in missing.stdout
    else:  # it is not read
        assert "✓ routing: none" in without.stdout
        assert missing.returncode == 0, missing.stdout


def test_check_asks_the_backup_model(shop: Path) -> None:
    away = {"BRIDGE_BACKUP__BASE_URL": "http://127.0.0.1:1/v1", "BRIDGE_BACKUP__MODEL": "llama"}
    done = bridge(shop, "check", BRIDGE_SERVER__PORT="0", **away)

    assert done.returncode == 1
    assert re.search(r"✗ backup: .*gives no answer.*check backup\.base_url", done.stdout)
    assert re.search(r"✗ prices: nobody knows what 'llama' costs", done.stdout)


def test_check_names_the_fix_for_an_address_that_somebody_else_has(shop: Path, server: str) -> None:
    """Also when that is a bridge, with another store: ours could not start."""
    port = server.rpartition(":")[2]
    done = bridge(shop, "check", BRIDGE_SERVER__PORT=port, BRIDGE_STORE__URL="sqlite:///var/another.db")

    assert done.returncode == 1
    assert "✓ store" in done.stdout
    assert re.search(
        r"✗ address: server.port: cannot listen on .*; free it, or set server.port to another", done.stdout
    )


def test_a_store_that_cannot_be_written_is_told(shop: Path) -> None:
    done = bridge(shop, "serve", "--port", "0", BRIDGE_STORE__URL="sqlite:///config.toml/bridge.db")

    assert done.returncode == 2
    assert "✗ store.url: cannot write beside config.toml/bridge.db" in done.stderr


def test_a_question_is_answered_with_its_sources_and_facts(shop: Path) -> None:
    done = bridge_from_nothing(shop, "ask", "How long does a delivery take?")

    assert done.returncode == 0, done.stderr
    assert "three working days" in done.stdout
    assert re.search(r"^\[1\] Deliveries.*https://shop.example/deliveries", done.stdout, re.MULTILINE)
    assert re.search(r"^outcome +answered$", done.stdout, re.MULTILINE)
    assert re.search(r"^rung +extractive$", done.stdout, re.MULTILINE)
    for fact in ("model", "passages", "tools", "tokens", "cost"):
        assert re.search(rf"^{fact} +\S", done.stdout, re.MULTILINE)
    assert re.search(r"^failed +none$", done.stdout, re.MULTILINE)


def test_a_greeting_has_no_route(shop: Path) -> None:
    done = bridge(shop, "ask", "hi", **NOWHERE, **KEY)

    assert done.returncode == 0, done.stderr
    assert re.search(r"^route +none$", done.stdout, re.MULTILINE)


def test_a_ticket_of_the_terminal_is_kept_nowhere_and_says_so(shop: Path) -> None:
    done = bridge(shop, "ask", "I want to speak to a human", **NOWHERE, **KEY)

    assert done.returncode == 0, done.stderr
    told = re.search(r"^\((\S+) is not kept: asked in the terminal\)$", done.stdout, re.MULTILINE)
    assert told
    assert done.stdout.count(told[1]) == 2


def test_ingest_reports_and_a_dry_run_changes_nothing(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text(PAGE)
    (tmp_path / "broken.md").write_text("---\ntitle: [\n---\n\ntext")
    environ = {"BRIDGE_KNOWLEDGE__PATH": str(tmp_path), "BRIDGE_KNOWLEDGE__INDEX_PATH": str(tmp_path / "index")}

    dry = bridge(shop, "ingest", "--dry-run", **environ)
    assert not (tmp_path / "index").exists()
    real = bridge(shop, "ingest", **environ)
    assert (tmp_path / "index").exists()

    for done in (dry, real):
        assert done.returncode == 1
        assert re.search(r"^✗ broken.md:\d+: ", done.stdout, re.MULTILINE)
        assert re.search(r"added .*good.md", done.stdout)
    assert "would be rebuilt" in dry.stdout
