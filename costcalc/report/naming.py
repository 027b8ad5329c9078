"""Words of charts: names that tell series apart, days, and where prices are from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from costcalc.errors import UsageError
from costcalc.report.amounts import rounded

__all__ = ["day", "distinct", "drawn_by", "few", "in_short", "one_currency", "source_line"]

_MOST = 4  # sentences below a title


def distinct(candidates: Sequence[Sequence[str]]) -> list[str]:
    """Return a name for each series: the first of its candidates by which it is told apart."""
    found = [names[0] for names in candidates]
    for level in range(1, max(map(len, candidates), default=0)):
        counts = Counter(found)
        found = [
            names[level] if counts[name] > 1 and level < len(names) else name
            for names, name in zip(candidates, found, strict=True)
        ]
    seen: Counter[str] = Counter()
    for number, name in enumerate(found):
        seen[name] += 1
        if seen[name] > 1:
            found[number] = f"{name} #{seen[name]}"
    return found


def one_currency(currencies: Sequence[str]) -> str:
    """Return the currency that all amounts are in; `UsageError` where there are several."""
    found = list(dict.fromkeys(currencies))
    if len(found) > 1:
        msg = (
            f"amounts in {' and '.join(found)} do not share an axis, and no exchange rate is "
            "guessed; draw a chart for each currency"
        )
        raise UsageError(msg, currencies=found)
    return found[0]


def few(sentences: Sequence[str]) -> tuple[str, ...]:
    """Return what stands below a title: the first sentences, and how many more there are."""
    said = tuple(dict.fromkeys(sentences))
    if len(said) <= _MOST:
        return said
    return (*said[: _MOST - 1], f"and {len(said) - _MOST + 1} more assumptions of the result")


def in_short(amount: Decimal, currency: str) -> str:
    """Return an amount at three digits or in cents: $1.24."""
    return rounded([amount], currency)[0]


def day(at: datetime) -> str:
    """Return the day of an instant, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d}"


def source_line(at: datetime, registry: str | None = None) -> str:
    """Return what drew a chart, with which prices, and of when."""
    from costcalc.report.amounts import moment

    return f"prices of {moment(at)}, {drawn_by(registry)}"


def drawn_by(registry: str | None = None) -> str:
    """Return the version of costcalc, and the digest of the prices where it is known."""
    from costcalc import __version__

    version = f"costcalc {__version__}"
    return f"{version}, registry {registry}" if registry else version
