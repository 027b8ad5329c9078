"""A progress bar for work that takes more than a moment; only a terminal sees it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

__all__ = ["progress", "tracked"]


@contextmanager
def progress(label: str, total: int | None) -> Generator[Callable[[int], None]]:
    """Show how much of a total is done, on standard error, and let nothing of it remain."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(),
        TextColumn("{task.completed:,}"), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(label, total=total)
        yield lambda done: shown.update(task, advance=done)


def tracked(items: Iterable[Any], label: str, total: int | None) -> Iterator[Any]:
    """Yield items, and show how many of them are done."""
    with progress(label, total) as advance:
        for item in items:
            yield item
            advance(1)
