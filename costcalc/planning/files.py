"""Prompts that stand in files beside a plan, counted for the model that will read them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from costcalc.tokens.counting import count_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costcalc.planning.plan import Plan
    from costcalc.planning.workloads import Prompts
    from costcalc.registry.registry import Registry

__all__ = ["CountedFile", "counted_files"]


@dataclass(frozen=True, slots=True)
class CountedFile:
    """A prompt and its tokens."""

    path: str
    tokens: int
    low: int
    high: int
    method: str


def counted_files(
    plan: Plan, name: str, workload: Prompts, registry: Registry
) -> tuple[CountedFile, ...]:
    """Return the prompts of a workload; `PlanError` for a file that is not there or no text."""
    folder = Path() if plan.source_path is None else plan.source_path.parent
    found: list[CountedFile] = []
    for number, pattern in enumerate(workload.files):
        key = f"workloads.{name}.files.{number}"
        for path in _matching(plan, folder, pattern, key):
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                why = getattr(error, "strerror", None) or "it is no UTF-8 text"
                raise plan.error(f"cannot read {path}: {why}", key) from None
            message = [{"role": "user", "content": text}]
            count = count_tokens(
                message, workload.chosen, provider=workload.provider, registry=registry
            )
            place = path.relative_to(folder) if path.is_relative_to(folder) else path
            counts = (count.tokens, count.low, count.high, count.method)
            found.append(CountedFile(place.as_posix(), *counts))
    return tuple(found)


def _matching(plan: Plan, folder: Path, pattern: str, key: str) -> Iterator[Path]:
    if not any(sign in pattern for sign in "*?["):
        yield folder / pattern
        return
    found = sorted(each for each in folder.glob(pattern) if each.is_file())
    if not found:
        raise plan.error(f"no file matches {pattern!r} in {folder}", key)
    yield from found
