"""The commands: one file each, with HELP, arguments() and run()."""

from rich.console import Console

from bridge.config import ServerSettings

GOOD, FAILED, UNUSABLE = 0, 1, 2
"""Exit codes."""

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def address(server: ServerSettings) -> str:
    """Where a server with these settings answers on this machine, without a slash at the end."""
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"http://{host}:{server.port}"
