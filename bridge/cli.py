"""The command line. Exit codes: 0 good, 1 a check failed, 2 unusable configuration or arguments."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bridge import __version__, config, logs
from bridge.commands import FAILED, UNUSABLE, err
from bridge.errors import BridgeError, ConfigError

COMMANDS = {
    "serve": "start the server",
    "check": "verify settings, credentials, store, index and models",
    "ask": "answer one question in the terminal",
    "prompt": "print what a model is told, with its tokens",
    "ingest": "bring the index up to date with the knowledge folder",
    "replay": "post a recorded webhook to a running server",
    "tickets": "list the open tickets, show one with what was said, or close it",
    "demo": "show the demo shop's people, orders and free times (show), or make everything in it new (reset)",
}
"""What each does; its module in `bridge.commands` is imported when it is run."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    args = parser(next((word for word in words if word in COMMANDS), "")).parse_args(words)
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


def parser(only: str | None = None) -> argparse.ArgumentParser:
    """Every command with its arguments; or, with those of a single one, what is quick to import."""
    bridge = argparse.ArgumentParser(prog="bridge", description="A business's Claude-powered assistant, self-hosted.")
    bridge.add_argument("--version", action="version", version=f"bridge {__version__}")
    commands = bridge.add_subparsers(required=True, metavar="COMMAND")
    for name, what in COMMANDS.items():
        command = commands.add_parser(name, help=what, description=what)
        if only in (name, None):
            module = importlib.import_module(f"bridge.commands.{name}")
            command.add_argument(
                "--config", type=Path, default=Path("config.toml"), metavar="FILE", help="the settings; config.toml"
            )
            command.set_defaults(run=module.run)
            module.arguments(command)
    return bridge


def _environ(args: argparse.Namespace) -> dict[str, str]:
    """The environment; `--port` and `--role` count as their own variables would."""
    said = {f"BRIDGE_SERVER__{name.upper()}": getattr(args, name, None) for name in config.FLAGS.values()}
    return {**os.environ, **{name: str(value) for name, value in said.items() if value is not None}}
