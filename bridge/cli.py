"""The command line. Exit codes: 0 good, 1 a check failed, 2 unusable configuration or arguments."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from bridge import __version__, config, logs
from bridge.commands import FAILED, UNUSABLE, ask, check, demo, err, ingest, prompt, replay, serve, tickets
from bridge.errors import BridgeError, ConfigError

COMMANDS: dict[str, ModuleType] = {
    "serve": serve,
    "check": check,
    "ask": ask,
    "prompt": prompt,
    "ingest": ingest,
    "replay": replay,
    "tickets": tickets,
    "demo": demo,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = parser().parse_args(arguments)
    try:
        settings = config.read(args.config, _environ(args))
        logs.setup(style=settings.server.log_style, level=settings.server.log_level, secrets=settings.secret_values)
        code: int = args.run(args, settings)
        return code
    except ConfigError as error:
        for problem in error.problems:
            err.print(f"✗ {problem}", style="red", markup=False, soft_wrap=True)
        return UNUSABLE
    except BridgeError as error:
        err.print(f"✗ {error}", style="red", markup=False, soft_wrap=True)
        return FAILED
    except KeyboardInterrupt:
        return FAILED


def parser() -> argparse.ArgumentParser:
    """Every command with its arguments."""
    bridge = argparse.ArgumentParser(prog="bridge", description="A business's Claude-powered assistant, self-hosted.")
    bridge.add_argument("--version", action="version", version=f"bridge {__version__}")
    commands = bridge.add_subparsers(required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        command = commands.add_parser(name, help=module.HELP, description=module.HELP)
        command.add_argument(
            "--config", type=Path, default=Path("config.toml"), metavar="FILE", help="the settings; config.toml"
        )
        command.set_defaults(run=module.run)
        module.arguments(command)
    return bridge


def _environ(args: argparse.Namespace) -> dict[str, str]:
    """The environment; `--port` and `--role` count as their own variables would."""
    said = {f"BRIDGE_SERVER__{name.upper()}": getattr(args, name, None) for name in ("port", "role")}
    return {**os.environ, **{name: str(value) for name, value in said.items() if value is not None}}
