"""What a project may cost, and the verdict whether a forecast keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, Field, ValidationError, model_validator

from costcalc.digits import fixed, percent
from costcalc.money import EXACT, from_fraction, text_of
from costcalc.planning.numbers import AS_TEXT, Amount
from costcalc.registry.closed import Closed
from costcalc.registry.problems import MistakeError
from costcalc.values import Value

if TYPE_CHECKING:
    from typing import Self

    from costcalc.planning.forecast import Forecast, Spread

__all__ = [
    "METRICS",
    "Budget",
    "Finding",
    "Limits",
    "Threshold",
    "Verdict",
    "budget_of",
    "unpriced_before",
    "verdict_of",
]

METRICS = ("mean_usd", "p50_usd", "p80_usd", "p90_usd", "p95_usd")
"""What of a forecast can have a limit."""
_LEVELS = ("ok", "warn", "fail", "unpriced")
_EXIT = {"ok": 0, "warn": 1, "fail": 2, "unpriced": 3}
_WORDS = {"ok": "within", "warn": "warning", "fail": "over", "unpriced": "unpriced"}
"""What a reader sees of a level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold(Value):
    """One limit of a budget."""

    level: str
    """warn or fail."""
    workload: str | None
    """Whose limit it is; None is the whole project's."""
    metric: str
    """mean_usd, p50_usd, p80_usd, p90_usd, p95_usd, or increase_percent of the mean."""
    limit: Decimal
    """Most that it may be."""

    @property
    def key(self) -> str:
        """The key that the plan states it by."""
        return self.metric if self.workload is None else f"{self.workload}.{self.metric}"


class Limits(Closed):
    """Limits by what they limit: p90_usd of the project, or coding_agent.p90_usd of a workload."""

    model_config = ConfigDict(extra="allow")

    mean_usd: Amount | None = None
    """Most that the expected cost may be."""
    p50_usd: Amount | None = None
    """Most that the median may be."""
    p80_usd: Amount | None = None
    """Most that the cost may be that eight runs in ten stay within."""
    p90_usd: Amount | None = None
    """Most that the cost may be that nine runs in ten stay within."""
    p95_usd: Amount | None = None
    """Most that the cost may be that nineteen runs in twenty stay within."""
    increase_percent: Amount | None = None
    """Most that the expected cost may rise above that of another plan, in percent."""

    __pydantic_extra__: dict[str, Amount] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride] - how pydantic types what is extra

    @model_validator(mode="before")
    @classmethod
    def _say_dots(cls, data: Any) -> Any:
        """Show how the limits of a workload are written, where they are nested."""
        stated: dict[str, Any] = data if isinstance(data, dict) else {}
        for key, value in stated.items():
            if isinstance(value, dict):
                inner = next((each for each in value if each in METRICS), "p90_usd")  # pyright: ignore[reportUnknownVariableType]
                msg = f"a limit is one number; write that of a workload as {key}.{inner}: 500"
                raise MistakeError(msg, key)
        return data

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        for key in self.__pydantic_extra__:
            workload, _, metric = key.rpartition(".")
            if not workload or metric not in METRICS:
                listed = ", ".join((*METRICS, "increase_percent"))
                msg = f"{key!r} is no limit; write one of {listed}, or WORKLOAD.p90_usd"
                raise MistakeError(msg, key)
        return self

    def thresholds(self, level: str) -> tuple[Threshold, ...]:
        """Return each limit as a value, the whole project's first."""
        found: list[Threshold] = []
        for metric in (*METRICS, "increase_percent"):
            limit: Decimal | None = getattr(self, metric)
            if limit is not None:
                found.append(Threshold(level=level, workload=None, metric=metric, limit=limit))
        for key, limit in self.__pydantic_extra__.items():
            workload, _, metric = key.rpartition(".")
            found.append(Threshold(level=level, workload=workload, metric=metric, limit=limit))
        return tuple(found)


class Budget(Closed):
    """What a project may cost: limits that warn, and limits that it must keep."""

    warn: Limits = Limits()
    """Limits above which somebody should look."""
    fail: Limits = Limits()
    """Limits that the project must keep."""

    @model_validator(mode="before")
    @classmethod
    def _say_limits(cls, data: Any) -> Any:
        """Show what to write where an amount stands alone."""
        if isinstance(data, int | Decimal | str):
            msg = f"a mapping is expected, not {data}; write {{fail: {{p90_usd: 7500}}}}"
            raise ValueError(msg)  # noqa: TRY004 - pydantic turns ValueError into its own report
        return data

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        """Refuse a warning that could only come after the failure."""
        must = {each.key: each.limit for each in self.fail.thresholds("fail")}
        for each in self.warn.thresholds("warn"):
            if each.limit > must.get(each.key, each.limit):
                msg = (
                    f"warn {text_of(each.limit)} is above fail {text_of(must[each.key])}, so that "
                    "it would never warn; make it the smaller one"
                )
                raise MistakeError(msg, "warn", each.key)
        return self

    @property
    def thresholds(self) -> tuple[Threshold, ...]:
        """All limits, those that must be kept first."""
        return (*self.fail.thresholds("fail"), *self.warn.thresholds("warn"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Value):
    """One limit beside what the forecast says."""

    threshold: Threshold
    """The limit."""
    actual: Decimal | None
    """What the forecast has; None where nothing has a price, or nothing was there to compare."""
    exceeded: bool
    """Whether it is above the limit for certain, whatever has no price may cost."""
    text: str
    """The same as a sentence."""
    lower_bound: bool = False
    """Whether it may be more than `actual`, since some of it has no price."""

    @property
    def checked(self) -> bool:
        """Whether it is known if the limit is kept."""
        return self.exceeded or (self.actual is not None and not self.lower_bound)

    @property
    def word(self) -> str:
        """The verdict as a word: within, warning, over or not checked."""
        if self.exceeded:
            return _WORDS[self.threshold.level]
        return "within" if self.checked else "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Value):
    """Whether a forecast keeps a budget."""

    level: str
    """ok, warn, fail, or unpriced where something that a limit needs has no price."""
    findings: tuple[Finding, ...]
    """Every limit, in the order of the budget."""
    reserve: Decimal | None
    """What has to stand ready above the mean so that nine runs in ten are covered; None where some
    of the project has no price."""
    currency: str
    """ISO 4217 code of every amount."""
    unpriced: tuple[str, ...] = ()
    """What has no price, in sentences."""

    @property
    def word(self) -> str:
        """The level as a word: within, warning, over or unpriced."""
        return _WORDS[self.level]

    @property
    def exit_code(self) -> int:
        """Return what a command ends with: 0 within, 1 warning, 2 over, 3 unpriced."""
        return _EXIT[self.level]

    @property
    def exceeded(self) -> tuple[Finding, ...]:
        """The limits that are exceeded."""
        return tuple(each for each in self.findings if each.exceeded)

    def __str__(self) -> str:
        """Return the verdict as one sentence."""
        missing = self.unpriced[:1] if self.level == "unpriced" else ()
        said = [*missing, *(each.text for each in self.exceeded)]
        if not said:
            said = ["every limit is kept" if self.findings else "the plan states no budget"]
        return f"{self.word}: {'; '.join(said)}"


def verdict_of(
    forecast: Forecast, thresholds: tuple[Threshold, ...], base: Forecast | None
) -> Verdict:
    """Return whether a forecast keeps limits; `base` is what an increase is measured against."""
    findings = tuple(_finding(forecast, each, base) for each in thresholds)
    levels = [each.threshold.level for each in findings if each.exceeded]
    unpriced = tuple(str(each) for each in forecast.unpriced)
    if base is not None and any(_is_increase(each) for each in thresholds):
        unpriced += unpriced_before(base)
    if unpriced:
        levels.append("unpriced")
    return Verdict(
        level=max(levels, key=_LEVELS.index, default="ok"),
        findings=findings,
        reserve=None if forecast.lower_bound else forecast.reserve("0.9"),
        currency=forecast.currency,
        unpriced=unpriced,
    )


def _finding(forecast: Forecast, threshold: Threshold, base: Forecast | None) -> Finding:
    metric, limit = threshold.metric, threshold.limit
    if _is_increase(threshold):
        return _increase(forecast, threshold, base)
    spread: Spread = forecast
    if threshold.workload is not None:
        spread = forecast.workloads[threshold.workload]
    name = f"{threshold.workload or forecast.project}: {metric.removesuffix('_usd').upper()}"
    most = f"{text_of(limit)} {forecast.currency}"
    if spread.coverage == "none":
        text = f"{name} is not known, so that {most} was not checked: nothing of it has a price"
        return Finding(threshold=threshold, actual=None, exceeded=False, text=text)
    actual: Decimal = getattr(spread, metric.removesuffix("_usd"))
    over = actual > limit
    text = f"{name} {_cents(actual)} is {'above' if over else 'within'} {most}"
    if spread.lower_bound:
        text = f"{name} is at least {_cents(actual)}, "
        text += f"above {most}" if over else f"so that {most} was not checked: some has no price"
    return Finding(
        threshold=threshold, actual=actual, exceeded=over, text=text, lower_bound=spread.lower_bound
    )


def _increase(forecast: Forecast, threshold: Threshold, base: Forecast | None) -> Finding:
    """Compare the means of two plans; where they cannot be, nothing is exceeded, and that is said.

    What is missing of the second could only add to the increase; what is missing of the first could
    be anything of it.
    """
    limit, lower_bound = threshold.limit, forecast.lower_bound
    if base is None:
        return _unchecked(threshold, "there is no plan to compare")
    if base.lower_bound:
        return _unchecked(threshold, "some of the plan to compare with has no price")
    if forecast.coverage == "none":
        return _unchecked(threshold, "nothing of the plan has a price")
    least = "at least " if lower_bound else ""
    if not base.mean and forecast.mean:
        text = f"mean rose from 0 to {least}{_cents(forecast.mean)} {forecast.currency}"
        return Finding(threshold=threshold, actual=None, exceeded=True, text=text)
    share = Fraction(forecast.mean) / Fraction(base.mean) - 1 if base.mean else Fraction(0)
    change = from_fraction(100 * share, 6)
    over = change > limit
    if lower_bound and not over:  # what is known alone may look like a saving
        return _unchecked(threshold, "some of the plan has no price")
    shown = f"{least}{percent(EXACT.scaleb(change, -2), sign='+')}"
    text = f"mean changes by {shown}, {'above' if over else 'within'} {text_of(limit)}%"
    return Finding(
        threshold=threshold, actual=change, exceeded=over, text=text, lower_bound=lower_bound
    )


def unpriced_before(base: Forecast) -> tuple[str, ...]:
    """Return what has no price in the plan to compare with, as it stands beside the plan's own."""
    return tuple(f"in the plan to compare with, {each}" for each in base.unpriced)


def _unchecked(threshold: Threshold, why: str) -> Finding:
    """Return the finding on an increase that nothing is known of."""
    text = f"increase of at most {text_of(threshold.limit)}% was not checked: {why}"
    return Finding(threshold=threshold, actual=None, exceeded=False, text=text)


def _is_increase(threshold: Threshold) -> bool:
    return threshold.metric == "increase_percent"


def _cents(amount: Decimal) -> str:
    return fixed(amount, 2)


def budget_of(stated: Any) -> Budget:
    """Return a budget from a mapping, whose amounts may be text; `PlanError` for what is none."""
    if isinstance(stated, Budget):
        return stated
    from costcalc.planning.loading import plan_error

    try:
        return Budget.model_validate(stated, context=AS_TEXT)
    except ValidationError as error:
        raise plan_error(error, stated) from None
