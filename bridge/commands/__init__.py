"""The commands: one file each, with HELP, arguments() and run()."""

from rich.console import Console

GOOD, FAILED, UNUSABLE = 0, 1, 2
"""Exit codes."""

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
