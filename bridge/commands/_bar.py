"""A progress bar on a terminal, a line now and then elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bridge.commands import err


@contextmanager
def bar(words: str) -> Iterator[Callable[[int, int], None]]:
    """Yields the function to call with (done, total); the bar appears at the first call."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = None

        def step(done: int, total: int) -> None:
            nonlocal task
            if total == 0:
                return
            if task is None:
                task = progress.add_task(words, total=total)
                if not err.is_terminal:
                    err.print(f"{words}: {total}")
            progress.update(task, completed=done, total=total)

        yield step
