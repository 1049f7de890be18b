"""`bridge ingest`: bring the index up to date, with a progress bar and a report."""

import argparse
import asyncio

from rich.table import Table

from bridge import parts
from bridge.brain.knowledge.ingest import IngestReport
from bridge.brain.knowledge.ingest import ingest as update
from bridge.brain.knowledge.library import announce
from bridge.commands import FAILED, GOOD, out
from bridge.commands._bar import bar
from bridge.config import Config
from bridge.errors import ConfigError, StoreUnavailable

NAMES_MAX = 10
"""Files named in a row of the report; the rest are counted."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")


def run(args: argparse.Namespace, config: Config) -> int:
    """Running servers notice the new index by themselves, within seconds. Exit code 1 when documents could not be used
    or are kept out because they talk to the assistant."""
    report = asyncio.run(_update(config, dry_run=args.dry_run))
    _print(report, dry_run=args.dry_run)
    return FAILED if report.problems or report.quarantined else GOOD


async def _update(config: Config, *, dry_run: bool) -> IngestReport:
    with bar("embedding chunks") as progress:
        async with parts.embedder(config) as embedder:
            report = await update(config.knowledge, embedder, progress=progress, dry_run=dry_run)
    if not dry_run and getattr(config.store.settings, "shared", False):
        await _announce(config)
    return report


async def _announce(config: Config) -> None:
    """Tell servers whose folder is another that theirs is behind."""
    try:
        async with parts.store(config) as store:
            await announce(config.knowledge, store)
    except (ConfigError, StoreUnavailable) as error:
        out.print(f"only servers that share the folder hear of it: {error}", style="yellow", soft_wrap=True)


def _print(report: IngestReport, *, dry_run: bool) -> None:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for words, names in (("added", report.added), ("changed", report.changed), ("removed", report.removed)):
        table.add_row(words, str(len(names)), _few(names))
    table.add_row("unchanged", str(report.unchanged), "")
    table.add_row("other audience", str(len(report.skipped)), _few(report.skipped))
    table.add_row("not Markdown", str(len(report.ignored)), _few(report.ignored))
    table.add_row("chunks", str(report.chunks), f"{report.embedded} {'to embed' if dry_run else 'embedded'}")
    table.add_row("kept out", str(len(report.quarantined)), _few([problem.file for problem in report.quarantined]))
    out.print(table)
    for problem in (*report.problems, *report.quarantined):
        out.print(f"✗ {problem.where}: {problem.message}", style="red", markup=False, soft_wrap=True)
    what = "would be rebuilt" if dry_run else "rebuilt"
    out.print(f"{report.seconds:.1f} s, index {what if report.rebuilt else 'up to date'}")


def _few(names: object) -> str:
    listed = list(names) if isinstance(names, (list, tuple)) else []
    more = len(listed) - NAMES_MAX
    return ", ".join(listed[:NAMES_MAX]) + (f" and {more} more" if more > 0 else "")
