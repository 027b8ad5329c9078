"""What the tests of a run spent: sums, the dearest, and whether the run's ceiling was kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from costcalc.money import EXACT, ZERO, normal
from costcalc.testing.amounts import Amount, calls_of, plain
from costcalc.values import Value, frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["Spent", "broken", "dearest", "of_names", "table", "totals"]

_NAMED = 3
"""Dearest tests that a failure names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent(Value):
    """What one test spent, all its attempts together."""

    test: str
    """Its id."""
    total: Decimal
    """What it spent, the fixtures' part included."""
    fixtures: Decimal = ZERO
    """What hooks saw while its fixtures were set up and torn down."""
    currency: str = "USD"
    """ISO 4217 code of the amounts."""
    calls: int = 0
    """Calls that were priced."""
    attempts: int = 1
    """How often it ran."""
    unpriced: int = 0
    """Calls without a price; with any, the total is a lower bound."""
    models: tuple[str, ...] = ()
    """The models of these calls, where they are known."""
    together: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    """What all tests of a name, this one among them, may spend together."""

    def __post_init__(self) -> None:
        """Let nothing that a value holds be changed."""
        object.__setattr__(self, "together", frozen(self.together))

    def as_text(self) -> dict[str, Any]:
        """Return the fields as JSON has them, to travel between processes."""
        return {
            "test": self.test, "total": f"{self.total:f}", "fixtures": f"{self.fixtures:f}",
            "currency": self.currency, "calls": self.calls, "attempts": self.attempts,
            "unpriced": self.unpriced, "models": list(self.models),
            "together": {name: f"{cap:f}" for name, cap in self.together.items()},
        }  # fmt: skip

    @classmethod
    def from_text(cls, said: dict[str, Any]) -> Spent:
        """Return the value of such fields."""
        amounts = {name: Decimal(said[name]) for name in ("total", "fixtures")}
        together = {name: Decimal(cap) for name, cap in said["together"].items()}
        models = tuple(said["models"])
        fields: dict[str, Any] = {**said, **amounts, "models": models, "together": together}
        return cls(**fields)

    def __str__(self) -> str:
        """Return what is to say beside the amount."""
        said = [calls_of(self.calls)] if self.calls else []
        if self.fixtures:
            said.append(f"{plain(self.fixtures)} of it in fixtures")
        if self.attempts > 1:
            said.append(f"{self.attempts} attempts")
        if self.unpriced:
            of = f" of {', '.join(self.models)}" if self.models else ""
            said.append(f"{calls_of(self.unpriced)}{of} without a price")
        return ", ".join(said)


def totals(spent: Iterable[Spent]) -> list[Amount]:
    """Return the sum of each currency."""
    found: dict[str, Decimal] = {}
    for each in spent:
        found[each.currency] = EXACT.add(found.get(each.currency, ZERO), each.total)
    return [Amount(normal(total), currency) for currency, total in sorted(found.items())]


def dearest(spent: Iterable[Spent]) -> list[Spent]:
    """Return tests by what they spent, the most first, by id where it is the same."""
    return sorted(spent, key=lambda each: (-each.total, each.test))


def table(spent: Iterable[Spent], most: int, least: Decimal) -> list[str]:
    """Return the dearest tests as lines: `most` of them, or all where it is 0.

    Tests that spent less than `least`, or nothing, are counted in the last line.
    """
    found = dearest(each for each in spent if each.total or each.unpriced)
    shown = [each for each in found if each.total >= least]
    shown = shown[:most] if most else shown
    amounts = _pointed([f"{plain(each.total)}" for each in shown])
    width = max((len(amount) for amount in amounts), default=0)
    lines = [
        f"{amount:<{width}} {each.currency}  {each.test}  ({each})"
        for amount, each in zip(amounts, shown, strict=True)
    ]
    sums = " and ".join(str(each) for each in totals(found)) or "nothing"
    rest = len(found) - len(shown)
    more = f"; {'one of them is' if rest == 1 else f'{rest} of them are'} not shown" if rest else ""
    tests = "one test" if len(found) == 1 else f"{len(found):,} tests"
    return [*lines, f"{sums} in all, by {tests}{more}" if found else "no test spent anything"]


def _pointed(amounts: list[str]) -> list[str]:
    """Return amounts padded so that their decimal points stand below each other."""
    before = max((len(each.partition(".")[0]) for each in amounts), default=0)
    return [" " * (before - len(each.partition(".")[0])) + each for each in amounts]


def of_names(spent: Iterable[Spent]) -> dict[str, list[Spent]]:
    """Return the tests that have a cap together, by its name."""
    found: dict[str, list[Spent]] = {}
    for each in spent:
        for name in each.together:
            found.setdefault(name, []).append(each)
    return dict(sorted(found.items()))


def broken(
    spent: Iterable[Spent], ceiling: Decimal, currency: str, who: str = "the suite"
) -> str | None:
    """Return why tests break their ceiling, and which to look at; None where they keep it."""
    tests = dearest(spent)
    total = next((each.total for each in totals(tests) if each.currency == currency), ZERO)
    why: list[str] = []
    if total > ceiling:
        above = plain(EXACT.subtract(total, ceiling))
        named = [f"{each.test} {plain(each.total)}" for each in tests if each.currency == currency]
        why.append(
            f"{who} cost {plain(total)} {currency}, {above} above; dearest: "
            + ", ".join(named[:_NAMED])
        )
    foreign = [str(each) for each in totals(tests) if each.currency != currency and each.total]
    if foreign:
        why.append(f"{' and '.join(foreign)} cannot be held against a ceiling in {currency}")
    missed = [each for each in tests if each.unpriced]
    if missed:
        calls = calls_of(sum(each.unpriced for each in missed))
        why.append(
            f"{calls} without a price, in {', '.join(each.test for each in missed[:_NAMED])}"
        )
    return "; ".join(why) or None
