"""Options that several commands share: one dataclass a group, one field an option."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli.completion import complete_model, complete_provider, registry_of
from costcalc.cli.counts import parse_count, parse_pairs
from costcalc.errors import UsageError, nearest_names

if TYPE_CHECKING:
    from costcalc.registry.registry import Registry
    from costcalc.usage.usage import Usage

__all__ = [
    "ConditionOptions",
    "ModelArgument",
    "OutputOptions",
    "ProviderOption",
    "TableOptions",
    "UsageOptions",
    "WindowOptions",
]

_WINDOW = "Which calls"
_REST = (
    "citation", "input_audio", "input_image", "input_video", "cache_read_audio",
    "cache_read_image", "output_audio", "output_image", "output_video",
)  # fmt: skip


def _count(option: str, about: str, *more: str) -> Any:
    return typer.Option(
        option, *more, show_default=False, metavar="COUNT", help=about, rich_help_panel="Usage"
    )


def _named(option: str, metavar: str, about: str, *more: str, panel: str = "When and how") -> Any:
    return typer.Option(
        option, *more, show_default=False, metavar=metavar, help=about, rich_help_panel=panel
    )


def _flag(option: str, about: str, panel: str = "Output") -> Any:
    return typer.Option(option, show_default=False, help=about, rich_help_panel=panel)


ModelArgument = Annotated[
    str,
    typer.Argument(
        show_default=False,
        metavar="MODEL",
        help="Model id, alias or provider/model.",
        autocompletion=complete_model,
    ),
]
ProviderOption = Annotated[
    str | None,
    typer.Option(
        "--provider",
        show_default=False,
        metavar="NAME",
        help="Who bills, where several sell the model.",
        rich_help_panel="When and how",
        autocompletion=complete_provider,
    ),
]


@dataclass(frozen=True, kw_only=True)
class UsageOptions:
    """The counts of one request, or of an aggregate of requests."""

    input: Annotated[
        str | None, _count("--input", "All input tokens, cached included: 1M, 600k, 20_000.")
    ] = None
    cache_read: Annotated[
        str | None, _count("--cache-read", "Part of --input: read from a cache.", "--cached")
    ] = None
    cache_write: Annotated[
        str | None, _count("--cache-write", "Part of --input: written to a cache, all lives.")
    ] = None
    cache_write_1h: Annotated[
        str | None, _count("--cache-write-1h", "Part of --cache-write: kept for 1 hour.")
    ] = None
    cache_write_12h: Annotated[
        str | None, _count("--cache-write-12h", "Part of --cache-write: kept for 12 hours.")
    ] = None
    output: Annotated[str | None, _count("--output", "All output tokens, reasoning included.")] = (
        None
    )
    reasoning: Annotated[
        str | None, _count("--reasoning", "Part of --output: reasoning tokens.")
    ] = None
    tokens: Annotated[
        list[str] | None,
        _named(
            "--tokens", "KIND=COUNT",
            "Other parts: input_audio=5k, output_image=2k. Repeatable.", panel="Usage",
        ),
    ] = None  # fmt: skip
    unit: Annotated[
        list[str] | None,
        _named(
            "--unit", "METER=COUNT",
            "What is not tokens: web_search=3, audio_second=90. Repeatable.", panel="Usage",
        ),
    ] = None  # fmt: skip
    requests: Annotated[
        str | None, _count("--requests", "Requests that the counts add up; 1 unless given.")
    ] = None

    def usage(self) -> Usage:
        """Return the usage; `UsageError` in the words of the options where it cannot be."""
        from costcalc.usage.usage import Usage

        counts = self._counts()
        units = {
            name: parse_count(text, f"--unit {name}")
            for name, text in parse_pairs(self.unit, "--unit", "web_search=3").items()
        }
        if not counts and not units:
            msg = "there is nothing to price; say --input, --output, --tokens or --unit"
            raise UsageError(msg)
        requests = None if self.requests is None else parse_count(self.requests, "--requests")
        try:
            return Usage(**counts, units=units, requests=requests)
        except UsageError as error:
            raise _in_options(error, counts) from None

    def _counts(self) -> dict[str, int]:
        """Return the stated counts by field of `Usage`."""
        found: dict[str, int] = {}
        for name in _PLAIN:
            text: str | None = getattr(self, name)
            if text is not None:
                found[f"{name}_tokens"] = parse_count(text, _option(name))
        for name, text in parse_pairs(self.tokens, "--tokens", "input_audio=5k").items():
            if name not in _REST:
                raise UsageError(_unknown_kind(name), kind=name)
            found[f"{name}_tokens"] = parse_count(text, f"--tokens {name}")
        lives = [found.get(f"cache_write_{life}_tokens", 0) for life in ("1h", "12h")]
        if any(lives):  # a total that was left out is what its parts sum to
            found.setdefault("cache_write_tokens", sum(lives))
        return found


_PLAIN = (
    "input", "cache_read", "cache_write", "cache_write_1h", "cache_write_12h", "output",
    "reasoning",
)  # fmt: skip


def _option(name: str) -> str:
    """Return the option, as it is typed, of a kind of tokens."""
    return f"--{name.replace('_', '-')}" if name in _PLAIN else f"--tokens {name}"


def _unknown_kind(name: str) -> str:
    if name in _PLAIN:
        return f"--tokens {name} has an option of its own; write {_option(name)} COUNT"
    near = nearest_names(name, _REST)
    hint = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(_REST)}"
    return f"--tokens {name!r} is no kind of tokens; {hint}; what is not tokens is --unit"


def _in_options(error: UsageError, counts: dict[str, int]) -> UsageError:
    """Return an error about fields of `Usage` in the words of the options, where it names two."""
    part, total = str(error.facts.get("field")), str(error.facts.get("total"))
    if "total" not in error.facts:
        return error
    stated = [_option(each.removesuffix("_tokens")) for each in part.split(" + ")]
    count = sum(counts[each] for each in part.split(" + "))
    whole = _option(total.removesuffix("_tokens"))
    msg = (
        f"{' and '.join(stated)} {'is' if len(stated) == 1 else 'are together'} {count:,}, above "
        f"{whole}, which contains {'it' if len(stated) == 1 else 'them'} and is "
        f"{counts.get(total, 0):,}; {whole} is a total, its parts included"
    )
    return UsageError(msg, **error.facts)


@dataclass(frozen=True, kw_only=True)
class ConditionOptions:
    """When and under what conditions the request ran."""

    at: Annotated[
        str | None,
        _named("--at", "TIME", "When: 2025-09-07 (00:00 UTC) or 2025-09-07T12:00Z; else now."),
    ] = None
    service_tier: Annotated[
        str | None, _named("--service-tier", "NAME", "Tier: flex, priority, …", "--tier")
    ] = None
    batch: Annotated[bool, _flag("--batch", "It runs in a batch.", "When and how")] = False
    region: Annotated[str | None, _named("--region", "NAME", "Region or data residency.")] = None
    condition: Annotated[
        list[str] | None,
        _named("--condition", "KEY=VALUE", "Any other condition. Repeatable."),
    ] = None

    def terms(self) -> dict[str, Any]:
        """Return the conditions as arguments of `price` and `rate_card`."""
        return {
            "at": self.at,
            "service_tier": self.service_tier,
            "batch": self.batch or None,
            "region": self.region,
            "conditions": parse_pairs(self.condition, "--condition", "thinking=on"),
        }


@dataclass(frozen=True, kw_only=True)
class OutputOptions:
    """Whose prices, and in what form they are printed."""

    pricing: Annotated[
        str | None,
        _named(
            "--pricing", "FILE", "Your own price file, merged over the bundled prices.",
            panel="Output",
        ),
    ] = None  # fmt: skip
    json: Annotated[bool, _flag("--json", "JSON; amounts are decimal text.")] = False

    def registry(self) -> Registry:
        """Return the registry to ask."""
        return registry_of(self.pricing)


@dataclass(frozen=True, kw_only=True)
class TableOptions(OutputOptions):
    """The same, for commands that print one table."""

    csv: Annotated[bool, _flag("--csv", "CSV; amounts are exact.")] = False
    markdown: Annotated[bool, _flag("--markdown", "A Markdown table.")] = False

    def check(self) -> None:
        """Refuse more than one form."""
        stated = [name for name in ("json", "csv", "markdown") if getattr(self, name)]
        if len(stated) > 1:
            msg = f"{' and '.join(f'--{name}' for name in stated)} exclude each other; keep one"
            raise UsageError(msg)


@dataclass(frozen=True, kw_only=True)
class WindowOptions:
    """Which calls of logs count, and how the logs are read."""

    since: Annotated[
        str | None,
        _named(
            "--since", "TIME", "First day or time that counts: 2026-09-01, today, yesterday, 7d.",
            panel=_WINDOW,
        ),
    ] = None  # fmt: skip
    until: Annotated[
        str | None,
        _named(
            "--until", "TIME", "First day or time that does not count any more.", panel=_WINDOW
        ),
    ] = None  # fmt: skip
    timezone: Annotated[
        str,
        typer.Option(
            "--timezone", metavar="ZONE", rich_help_panel=_WINDOW,
            help="Whose days: UTC, local, Europe/Berlin, …; those of bills are UTC's.",
        ),
    ] = "UTC"  # fmt: skip
    format: Annotated[
        str | None,
        _named(
            "--format", "NAME", "Read every log in this format; else it is told by its content.",
            panel=_WINDOW,
        ),
    ] = None  # fmt: skip

    def terms(self) -> dict[str, Any]:
        """Return them as arguments of `logs.price` and `logs.reconcile`."""
        return {
            "since": _day_of(self.since, self.timezone),
            "until": _day_of(self.until, self.timezone),
            "timezone": self.timezone,
            "format": self.format,
        }


def _day_of(said: str | None, timezone: str) -> Any:
    """Return a day or time; `today`, `yesterday` and `7d` are days of the time zone."""
    if said is None:
        return None
    text = said.strip().lower()
    back = {"today": 0, "yesterday": 1}.get(text)
    if back is None and text.endswith("d") and text[:-1].isdigit():
        back = int(text[:-1])
    if back is None:
        return said
    from datetime import UTC, date, datetime, timedelta

    from costcalc.logs.periods import Zone

    today = Zone(timezone).labels("day")(int(datetime.now(UTC).timestamp() * 1_000_000))
    try:
        return date.fromisoformat(today) - timedelta(days=back)
    except OverflowError:
        msg = f"{said!r} is before the year 1"
        raise UsageError(msg, at=said) from None
