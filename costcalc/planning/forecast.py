"""What a project will cost: a distribution, by workload, month and person, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from costcalc.assumptions import Assumption
from costcalc.digits import fixed
from costcalc.errors import CurrencyMismatchError, UsageError
from costcalc.estimate.outputs import as_ratio
from costcalc.money import EXACT, from_fraction, normal
from costcalc.planning.budget import Budget, Threshold, Verdict, budget_of, verdict_of
from costcalc.values import Value, frozen

__all__ = [
    "CapEffect",
    "Forecast",
    "LedgerEntry",
    "MonthForecast",
    "Notice",
    "Spread",
    "UnpricedPart",
    "WorkloadForecast",
    "coverage_of",
]

_LAST = 100


def coverage_of(parts: Iterable[str]) -> str:
    """Return how much of a whole has a price, by what its parts say: whole, part or none."""
    found = set(parts)
    return found.pop() if len(found) == 1 else "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread(Value):
    """How an amount is distributed over the runs.

    What has no price is in no amount. So where `lower_bound` is true each is the least that it may
    be, and where `coverage` is none they are 0 because nothing is known, and not because it is
    free.
    """

    mean: Decimal
    """What it averages to: the expected cost."""
    p10: Decimal
    """One run in ten costs no more."""
    p50: Decimal
    """Half of the runs cost no more."""
    p80: Decimal
    """Eight runs in ten cost no more."""
    p90: Decimal
    """Nine runs in ten cost no more."""
    p95: Decimal
    """All but one run in twenty cost no more."""
    coverage: str = "whole"
    """How much of it has a price: whole, part or none."""

    @property
    def lower_bound(self) -> bool:
        """Whether some of it has no price, so that it may cost more than any amount says."""
        return self.coverage != "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Distribution(Spread):
    """A spread with all its percentiles."""

    percentiles: tuple[Decimal, ...]
    """The least of all runs, each percentile from 1 to 99, and the most."""

    def quantile(self, share: Decimal | float | str) -> Decimal:
        """Return the cost that such a share of the runs does not exceed.

        Between two percentiles it is a straight line. Raises `UsageError` where nothing has a
        price; where some has none, it is a lower bound.
        """
        if self.coverage == "none":
            raise UsageError("no quantile is known of what has no price; see `unpriced`")
        ratio = as_ratio(share, "a quantile")
        if ratio > 1:
            raise UsageError(f"a quantile is a share from 0 to 1, not {share!r}", share=share)
        place = EXACT.multiply(ratio, Decimal(_LAST))
        below = min(int(place), _LAST - 1)
        low, high = (Fraction(each) for each in self.percentiles[below : below + 2])
        return from_fraction(low + (high - low) * (Fraction(place) - below), 6)

    def reserve(self, share: Decimal | float | str) -> Decimal:
        """Return what must stand ready above the mean to cover such a share of the runs.

        Raises `UsageError` where some of it has no price: no reserve is known to be enough.
        """
        if self.lower_bound:
            raise UsageError("no reserve covers what has no price; see `unpriced`")
        return normal(EXACT.subtract(self.quantile(share), self.mean))


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthForecast(Spread):
    """What one month costs."""

    start: datetime
    """First instant."""
    until: datetime
    """First instant after it."""
    scale: Decimal
    """How much of each volume its phase has."""
    phase: str | None
    """Name of its phase."""
    cumulative: Spread
    """What the project costs from its start to the end of the month."""

    @property
    def month(self) -> str:
        """Its first day."""
        return self.start.date().isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class CapEffect(Value):
    """What a cap saves."""

    key: str
    """The cap, as the plan states it."""
    limit: Decimal
    """Its limit."""
    reached_ratio: float
    """Share of sessions, or of months, that reach it."""
    saved: Decimal
    """What it saves on average over the whole project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpricedPart(Value):
    """A part of the project that has no price, and is not in any total."""

    workload: str
    """Its name in the plan."""
    model: str
    """The model without a price."""
    start: datetime
    """First instant without a price."""
    until: datetime
    """First instant after that."""
    reason: str
    """Why there is none."""

    def __str__(self) -> str:
        """Return it as a sentence."""
        first, last = self.start.date(), self.until.date()
        return f"{self.workload} has no price from {first} until {last}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadForecast(_Distribution):
    """What one workload costs over the whole project.

    Where some of it has no price, amounts, units, calls and tokens are those of the months or days
    that have one; what one session costs is the mean of these.
    """

    name: str
    """Its name in the plan."""
    kind: str
    """agent, chat, rag, documents, embeddings or prompts."""
    model: str
    """The model that is billed when the project begins, after aliases and redirects."""
    provider: str
    """Who bills it."""
    unit: str
    """What is counted: session, document, text or run."""
    closed_form_mean: Decimal | None
    """The mean by formula, beside that of the runs; None where it does not know the case."""
    units: Decimal
    """Sessions, documents, texts or runs on average."""
    calls: Decimal
    """Model calls on average, retries and summaries included."""
    tokens: Mapping[str, Decimal]
    """Tokens on average, by the meter they are billed on."""
    amounts: Mapping[str, Decimal]
    """Cost on average, by meter, before caps of cost and the shared factor."""
    hit_ratio: float | None
    """Input tokens that are read from the cache, as a share; None without input."""
    unit_cost: Decimal
    """What one session, document, text or run costs on average."""
    unit_p50: Decimal
    """Half of them cost no more."""
    unit_p90: Decimal
    """Nine in ten cost no more."""
    people: Decimal | None
    """How many people work with it on average; None where the plan does not say."""
    per_person: Decimal | None
    """Cost of one person in a month on average."""
    caps: tuple[CapEffect, ...]
    """What each of its caps saves."""
    months: tuple[MonthForecast, ...]
    """Month by month; their means sum to that of the workload exactly."""
    unpriced: tuple[UnpricedPart, ...] = ()
    """What of it has no price, and is in no total."""

    def __post_init__(self) -> None:
        """Let nothing that a value holds be changed."""
        object.__setattr__(self, "tokens", frozen(self.tokens))
        object.__setattr__(self, "amounts", frozen(self.amounts))

    @property
    def billed(self) -> str:
        """Return provider and model, or the name as planned where no provider has it."""
        return f"{self.provider}/{self.model}" if self.provider else self.model


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry(Value):
    """One number that the forecast rests on."""

    key: str
    """Where it stands in the plan, or what it is."""
    value: str
    """The number, in words."""
    basis: str
    """measured where a source says it, assumed where nobody does, derived where it was computed."""
    source: str | None = None
    """Where it was read or measured."""
    checked: str | None = None
    """Day on which it was last compared with the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Value):
    """What a reader of the forecast should know before believing it."""

    code: str
    """price_change, retirement, redirect, old_price, context_window, cut_steps, closed_form or
    uncertain."""
    text: str
    """The same as a sentence."""
    workload: str | None = None
    """The workload that it is about."""
    at: datetime | None = None
    """When it happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast(_Distribution):
    """What a project costs before it starts."""

    project: str
    """Name of the project."""
    currency: str
    """ISO 4217 code of every amount."""
    start: datetime
    """First instant of the project."""
    until: datetime
    """First instant after it."""
    samples: int
    """Runs that were drawn."""
    seed: int
    """What the draws began from."""
    closed_form_mean: Decimal | None
    """The mean by formula, beside that of the runs; None where it does not know a workload."""
    workloads: Mapping[str, WorkloadForecast]
    """Workload by workload; the means of parts sum to that of the whole, their quantiles do not."""
    months: tuple[MonthForecast, ...]
    """Month by month; their means sum to that of the project exactly."""
    people: Decimal | None
    """The most people of any workload; None where the plan states none."""
    per_person: Decimal | None
    """Cost of the whole project by person and month on average."""
    ledger: tuple[LedgerEntry, ...]
    """Each number that the forecast rests on."""
    assumptions: tuple[Assumption, ...]
    """What was taken to hold because nobody said."""
    warnings: tuple[Notice, ...]
    """What a reader should know before believing it."""
    unpriced: tuple[UnpricedPart, ...]
    """What has no price, and is in no total: amounts are lower bounds where there is any."""
    thresholds: tuple[Threshold, ...]
    """The limits of the plan's budget."""
    registry_version: str
    """Digest of the prices."""

    def __post_init__(self) -> None:
        """Let nothing that a value holds be changed."""
        object.__setattr__(self, "workloads", frozen(self.workloads))

    @property
    def total(self) -> Decimal:
        """The expected cost, which is the mean; a lower bound where `unpriced` is not empty."""
        return self.mean

    @property
    def missing(self) -> str:
        """What has no price, by name, with its days where it has one on others; else empty."""
        return ", ".join(
            each.workload
            if (each.start, each.until) == (self.start, self.until)
            else f"{each.workload} from {each.start.date()} until {each.until.date()}"
            for each in self.unpriced
        )

    def check(
        self, budget: Budget | Mapping[str, Any] | None = None, base: Forecast | None = None
    ) -> Verdict:
        """Return whether the forecast keeps a budget, which is the plan's own if left out.

        `base` is the forecast that `increase_percent` compares with. Amounts of a budget are
        decimals, whole numbers, or either as text. Raises `PlanError` for what is no budget, and
        `CurrencyMismatchError` where `base` is in another currency.
        """
        if base is not None and base.currency != self.currency:
            raise CurrencyMismatchError(self.currency, base.currency)
        thresholds = self.thresholds if budget is None else budget_of(budget).thresholds
        for each in thresholds:
            if each.workload is not None and each.workload not in self.workloads:
                known = ", ".join(self.workloads)
                msg = f"the budget names workload {each.workload!r}, and the plan has {known}"
                raise UsageError(msg, workload=each.workload)
        return verdict_of(self, thresholds, base)

    def __str__(self) -> str:
        """Return the figures as a sentence, and what is not in them."""
        mean, half, most = (fixed(each, 2) for each in (self.mean, self.p50, self.p90))
        if self.coverage == "none":
            return f"{self.project}: not priced; no price is known of {self.missing}"
        if self.lower_bound:
            return (
                f"{self.project}: at least {mean} {self.currency} expected, P50 at least {half}, "
                f"P90 at least {most}; no price is known of {self.missing}"
            )
        return (
            f"{self.project}: {mean} {self.currency} expected; half of all runs cost no more than "
            f"{half}, nine in ten no more than {most}"
        )
