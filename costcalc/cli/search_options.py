"""The options of `costcalc compare --cheapest`: what a model must be to count."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Annotated, Any

import typer

from costcalc.cli.counts import parse_count
from costcalc.errors import UsageError

__all__ = ["SearchOptions"]

_PANEL = "Cheapest"
_DAYS = re.compile(r"([0-9]{1,6})d?")
_LIMIT = 10


def _named(option: str, metavar: str, about: str) -> Any:
    return typer.Option(
        option, show_default=False, metavar=metavar, help=about, rich_help_panel=_PANEL
    )


def _flag(option: str, about: str) -> Any:
    return typer.Option(option, show_default=False, help=about, rich_help_panel=_PANEL)


@dataclass(frozen=True, kw_only=True)
class SearchOptions:
    """What the cheapest models are searched among."""

    cheapest: Annotated[
        bool,
        _flag(
            "--cheapest",
            "Search all models, or those that are named, for the cheapest ones: by price and "
            "limits alone, since no price list says how good their answers are.",
        ),
    ] = False
    window: Annotated[
        str | None,
        _named("--window", "TOKENS", "Least context window; else what the usage needs; 0 is any."),
    ] = None
    max_output: Annotated[
        str | None, _named("--max-output", "TOKENS", "Least length that a reply may have.")
    ] = None
    needs: Annotated[
        list[str] | None,
        _named("--needs", "NAMES", "What it must do: images,pdf,audio,batch,cache,… Repeatable."),
    ] = None
    provider_in: Annotated[
        list[str] | None,
        _named("--provider-in", "NAMES", "Of these providers only: openai,google. Repeatable."),
    ] = None
    without: Annotated[
        list[str] | None,
        _named(
            "--without", "NAMES",
            "Without these models or providers; 'pplx-decider*' is every id that begins so. "
            "Repeatable.",
        ),
    ] = None  # fmt: skip
    until: Annotated[
        str | None, _named("--until", "TIME", "Still served at this time; else when it runs.")
    ] = None
    retired: Annotated[bool, _flag("--retired", "With models that are retired by then.")] = False
    free: Annotated[bool, _flag("--free", "With models that are free, within their limits.")] = (
        False
    )
    max_age: Annotated[
        str | None, _named("--max-age", "DAYS", "Prices checked within so many days: 60d.")
    ] = None
    every_seller: Annotated[
        bool, _flag("--every-seller", "Every seller of a model, not only the cheapest.")
    ] = False
    limit: Annotated[
        str | None, _named("--limit", "COUNT", f"Most models to show; {_LIMIT} unless given.")
    ] = None

    def check(self) -> None:
        """Refuse constraints where nothing is searched."""
        stated = [
            f"--{each.name.replace('_', '-')}"
            for each in fields(self)
            if each.name != "cheapest" and getattr(self, each.name)
        ]
        if stated and not self.cheapest:
            msg = f"{' and '.join(stated)} is for a search; add --cheapest, or leave it out"
            raise UsageError(msg, options=stated)

    def constraints(self) -> dict[str, Any]:
        """Return the constraints as arguments of `cheapest`."""
        return {
            "context_window": _count(self.window, "--window"),
            "max_output": _count(self.max_output, "--max-output"),
            "capabilities": _names(self.needs),
            "providers": _names(self.provider_in) or None,
            "exclude": _names(self.without),
            "until": self.until,
            "retired_ok": self.retired,
            "free_ok": self.free,
            "max_price_age_days": _days(self.max_age),
            "every_seller": self.every_seller,
            "limit": _LIMIT if self.limit is None else parse_count(self.limit, "--limit"),
        }


def _count(text: str | None, option: str) -> int | None:
    return None if text is None else parse_count(text, option)


def _names(texts: list[str] | None) -> list[str]:
    """Return the names of a repeatable option, each of which may hold several."""
    said = (name.strip() for text in texts or () for name in text.split(","))
    return [name for name in said if name]


def _days(text: str | None) -> int | None:
    if text is None:
        return None
    found = _DAYS.fullmatch(text.strip())
    if found is None:
        msg = f"--max-age {text!r} is no number of days; write it like 60 or 60d"
        raise UsageError(msg, option="--max-age", value=text)
    return int(found[1])
