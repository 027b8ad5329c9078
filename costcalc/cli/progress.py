"""A progress bar for work that takes more than a moment; only a terminal sees it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

__all__ = ["bytes_read", "progress", "tracked"]

_BYTES = "bytes"


@contextmanager
def progress(label: str, total: int | None) -> Generator[Callable[[int], None]]:
    """Show how much of a total is done, on standard error, and let nothing of it remain."""
    with _bar(label, _count_of(total), total) as shown:
        yield lambda done: shown(done, total)


@contextmanager
def bytes_read(label: str) -> Generator[Callable[[int, int | None], None]]:
    """Show how many bytes of all are read; None is not known, as of a pipe."""
    before = 0

    def show(done: int, whole: int | None) -> None:
        nonlocal before
        advance(done - before, whole)
        before = done

    with _bar(label, _BYTES, None) as advance:
        yield show


@contextmanager
def _bar(label: str, count: str, total: int | None) -> Generator[Callable[[int, int | None], None]]:
    """Show a bar that is told how much more is done, and of how much; a pipe sees none."""
    if not sys.stderr.isatty():
        yield lambda _, __: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(),
        DownloadColumn() if count == _BYTES else TextColumn(count), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(label, total=total)
        yield lambda done, whole: shown.update(task, advance=done, total=whole)


def _count_of(total: int | None) -> str:
    return "{task.completed:,}" if total is None else "{task.completed:,} of {task.total:,}"


def tracked(items: Iterable[Any], label: str, total: int | None) -> Iterator[Any]:
    """Yield items, and show how many of them are done."""
    with progress(label, total) as advance:
        for item in items:
            yield item
            advance(1)
