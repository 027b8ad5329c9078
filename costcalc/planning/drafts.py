"""What logs measured as numbers of a plan: which key each belongs to, and what it would say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc import instants
from costcalc.digits import fixed
from costcalc.money import EXACT, ZERO, normal, text_of
from costcalc.planning.measuring import Z95
from costcalc.planning.numbers import Z90, Quantiles
from costcalc.planning.wording import said

if TYPE_CHECKING:
    from costcalc.planning.measuring import Measured, Sample
    from costcalc.planning.numbers import Number
    from costcalc.planning.plan import Plan
    from costcalc.planning.volumes import Rate
    from costcalc.planning.workloads import WorkloadBase

__all__ = ["Draft", "Drafts", "drafts_of", "values_of"]

_DAYS = 5
"""Days from which on a mean by day says something about the days to come."""
_MONTH = Decimal("30.4375")
_TAIL = Decimal("0.1")
"""By how much the mean of a log-normal distribution may differ from the one that was measured."""
_WIDE = Context(prec=28, rounding=ROUND_HALF_EVEN)
_SIX = Context(prec=6, rounding=ROUND_HALF_EVEN)
_THREE = Context(prec=3, rounding=ROUND_HALF_EVEN)
_WHOLE = 100
"""From which on an average is written without decimals."""
_ONE = Decimal(1)
_GAPS = "user_gaps"
_CONVERSATIONS = {"agent", "chat", "rag"}
_KEYS = {
    "agent": {
        "steps": "steps_per_session",
        "system_tokens": "system_tokens",
        "input_tokens_per_step": "input_tokens_per_step",
        "output_tokens_per_step": "output_tokens_per_step",
    },
    "chat": {
        "steps": "turns_per_session",
        "system_tokens": "system_tokens",
        "input_tokens_per_step": "user_tokens_per_turn",
        "output_tokens_per_step": "output_tokens_per_turn",
    },
    "rag": {"steps": "turns_per_session", "output_tokens_per_step": "output_tokens_per_turn"},
    "documents": {
        "prompt": "input_tokens_per_document",
        "reply": "output_tokens_per_document",
    },
    "embeddings": {"prompt": "tokens_per_text"},
    "prompts": {"reply": "output_tokens_per_prompt"},
}
"""Which key of each kind a measured number belongs to. Passages of a RAG workload cannot be told
from its messages, so that neither is measured."""


class Draft(NamedTuple):
    """One number as planned and as measured, and what would stand in the plan."""

    key: str
    planned: Decimal
    mean: Decimal
    p50: Decimal | None
    p90: Decimal | None
    number: int
    before: str
    value: Any
    """What YAML would say; None where the number stays."""


class Drafts(NamedTuple):
    """The numbers of one workload."""

    found: tuple[Draft, ...]
    notes: tuple[str, ...]


def values_of(drafts: Drafts) -> dict[str, Any]:
    """Return what would stand in the plan by dotted key; the waits as one mapping."""
    found: dict[str, Any] = {}
    for draft in drafts.found:
        above, mark, last = draft.key.partition(f".{_GAPS}.")
        if draft.value is None:
            continue
        if mark:
            found.setdefault(f"{above}.{_GAPS}", {})[last] = draft.value
        else:
            found[draft.key] = draft.value
    return found


def drafts_of(plan: Plan, name: str, measured: Measured) -> Drafts:
    """Return what logs measured, by the keys of a workload."""
    work = _Work(plan, name, measured)
    return Drafts(tuple(work.numbers()), tuple(work.notes))


class _Work:
    """The numbers of one workload while they are found."""

    def __init__(self, plan: Plan, name: str, measured: Measured) -> None:
        self._plan, self._name, self._measured = plan, name, measured
        self._workload: WorkloadBase = plan.workloads[name]
        self._kind: str = getattr(self._workload, "kind")  # noqa: B009 - each kind has its own
        days = f"{measured.first} to {measured.last}"
        self._beside = {"source": f"logs, {days}, {measured.sessions} sessions"}
        self._counted = self._kind in _CONVERSATIONS
        """Whether calls that were sent again are in what is measured."""
        self.notes: list[str] = []

    def numbers(self) -> Iterator[Draft]:
        """Iterate over the numbers, the volume first."""
        yield from self._volume()
        for name, key in _KEYS[self._kind].items():
            yield self._draft(key, self._sample(name, key))
        if self._kind in _CONVERSATIONS:
            yield from self._reasoning()
            yield from self._waits()
        yield from self._retries()

    def _sample(self, name: str, key: str) -> Sample:
        """Return what was measured, less what the plan states beside it and prompts hold, too."""
        sample = self._measured.samples[name]
        shape = self._workload.shape
        beside, number = {"prompt": shape.system, "system_tokens": shape.transient}.get(
            name, ("", None)
        )
        if number is None or not number.mean:
            return sample
        less = _SIX.plus(number.mean)
        self.notes.append(f"{key} is without the {less:,f} tokens of {beside}, which prompts hold")
        p50, p90, mean = (
            max(ZERO, EXACT.subtract(each, less)) for each in (sample.p50, sample.p90, sample.mean)
        )
        return replace(sample, p50=p50, p90=p90, mean=mean)

    def _draft(self, key: str, sample: Sample) -> Draft:
        planned = self._workload.numbers()[key]
        p50, p90 = _whole(sample.p50), _whole(sample.p90)
        value: dict[str, Any] = {"value": _average(sample.mean)}
        if key != "system_tokens" and p90 > p50 > 0:
            value = self._fitted(key, sample, p50, p90)
        return Draft(
            key=self._path(key), planned=_SIX.plus(planned.mean), mean=sample.mean, p50=sample.p50,
            p90=sample.p90, number=sample.count, before=said(planned),
            value={**value, **self._beside},
        )  # fmt: skip

    def _path(self, key: str) -> str:
        return f"workloads.{self._name}.{key}"

    def _fitted(self, key: str, sample: Sample, p50: int, p90: int) -> dict[str, Any]:
        """Return the two quantiles; others where those do not have the mean that was measured.

        A budget multiplies the mean, and long sessions cost by their square: P90 gives way.
        """
        made = _SIX.plus(Quantiles(p50=Decimal(p50), p90=Decimal(p90)).mean)
        if EXACT.subtract(made, sample.mean).copy_abs() <= EXACT.multiply(_TAIL, sample.mean):
            return {"p50": p50, "p90": p90}
        said = (
            f"P50 {p50:,} and P90 {p90:,} make a mean of {fixed(made, 0)}, and "
            f"{fixed(sample.mean, 0)} was"
        )
        spread = _WIDE.ln(_WIDE.divide(sample.mean, Decimal(p50)))
        if spread <= 0:
            self.notes.append(f"{key}: {said} measured: it is a number without a spread")
            return {"value": _average(sample.mean)}
        sigma = _WIDE.sqrt(_WIDE.multiply(Decimal(2), spread))
        tail = _WIDE.exp(_WIDE.multiply(Decimal(str(Z90)), sigma))
        fitted = max(p50 + 1, _whole(_WIDE.multiply(Decimal(p50), tail)))
        self.notes.append(f"{key}: {said} measured: with that mean, P90 is {fitted:,}")
        return {"p50": p50, "p90": fitted}

    def _volume(self) -> Iterator[Draft]:
        rate = self._workload.stated
        planned = self._workload.numbers()[rate.key]
        sample = self._measured.samples[
            "sessions_per_day" if self._workload.unit == "session" else "calls_per_day"
        ]
        factor, why = self._factor(rate, sample)
        if factor is None:
            self.notes.append(f"{rate.key} stays as planned: {why}")
            return
        sample = self._with_idle_days(sample, rate)
        mean = EXACT.multiply(sample.mean, factor)
        value: dict[str, Any] | None = None
        if self._measured.active_days < _DAYS:
            self.notes.append(
                f"{rate.key} stays as planned: the logs have {self._measured.active_days} days "
                f"with sessions, and {_DAYS} are needed"
            )
        else:
            value = _range(mean, EXACT.multiply(sample.error, factor))
            value |= self._beside
            self._counted = True
        yield Draft(
            key=self._path(rate.key), planned=_SIX.plus(planned.mean), mean=_SIX.plus(mean),
            p50=None, p90=None, number=sample.count, before=said(planned), value=value,
        )  # fmt: skip

    def _factor(self, rate: Rate, sample: Sample) -> tuple[Decimal | None, str]:
        """Return what turns a mean by active day into what a key counts, or why there is none."""
        measured = self._measured
        if self._workload.unit == "run":
            return None, "logs do not say which calls are one run over the files"
        days = (measured.last - measured.first).days + 1
        by_day = _SIX.divide(Decimal(sample.count), Decimal(days))
        factors = {
            "working_day": _ONE,  # the mean has working days without a session in it
            "day": by_day,
            "month": _SIX.multiply(by_day, _MONTH),
        }
        factor = factors.get(rate.span)
        if factor is None:
            return None, "it is a total, which logs of a part say nothing about"
        people = self._workload.numbers()["people"].mean if rate.people else _ONE
        if not people:
            return None, "the plan has no people whose sessions these could be"
        scale = self._scale()
        if not scale:
            return None, "the plan has none of it on the days of the logs"
        if scale != 1:
            self.notes.append(
                f"{rate.key} is what the logs had, divided by {normal(scale):f}: what phases, "
                "growth and seasons of the plan multiply it with on the days of the logs"
            )
        return _SIX.divide(factor, _SIX.multiply(people, scale)), ""

    def _with_idle_days(self, sample: Sample, rate: Rate) -> Sample:
        """Return a sample by working day: those without a session count, and add to chance.

        Weekends without work are a rhythm and no chance; work at weekends is put on working days.
        """
        if rate.span != "working_day":
            return sample
        many, days = sample.count, self._measured.weekdays
        mean = _WIDE.divide(_WIDE.multiply(sample.mean, many), days)
        if days <= many:
            return replace(sample, mean=mean)
        error = _WIDE.divide(sample.error, Z95)
        scatter = _WIDE.multiply(_WIDE.multiply(error, error), many * (many - 1))
        squares = _WIDE.multiply(_WIDE.multiply(sample.mean, sample.mean), many)
        spread = _WIDE.subtract(squares, _WIDE.multiply(_WIDE.multiply(mean, mean), days))
        chance = _WIDE.sqrt(_WIDE.divide(_WIDE.add(scatter, spread), days * (days - 1)))
        return replace(sample, mean=mean, error=_WIDE.multiply(Z95, chance))

    def _scale(self) -> Decimal:
        """Return how much of its volume the plan has on the days of the logs; 1 outside of it."""
        first, last = self._measured.first, self._measured.last
        growth = self._workload.numbers()["growth_ratio_per_month"].mean
        days = outside = (last - first).days + 1
        found = ZERO
        for month in self._plan.period.split(self._plan.phases):
            start, end = (instants.to_datetime(at).date() for at in (month.start, month.end))
            common = (min(last, end - timedelta(days=1)) - max(first, start)).days + 1
            if common > 0:
                grown = _SIX.power(EXACT.add(_ONE, growth), month.number)
                scale = _SIX.multiply(month.scale, self._workload.season(month))
                found = _SIX.fma(_SIX.multiply(scale, grown), Decimal(common), found)
                outside -= common
        return _SIX.divide(EXACT.add(found, outside), days)

    def _reasoning(self) -> Iterator[Draft]:
        """Give the share of reasoning: what a step adds is measured without it."""
        planned = self._workload.numbers()["reasoning_ratio"]
        share = normal(self._measured.reasoning_ratio)
        if not share and (not planned.mean or self._kind == "rag"):
            return
        if not share:
            self.notes.append(
                "reasoning_ratio is 0: the logs state no reasoning, so that what steps add is "
                "measured as if all output were sent again"
            )
        yield self._share("reasoning_ratio", share, planned)

    def _retries(self) -> Iterator[Draft]:
        """Give no calls that are sent again where what is measured has them already."""
        planned = self._plan.number(self._plan.retry_key(self._name))
        if planned.mean and self._counted:
            self.notes.append("retry_rate is 0: calls that were sent again are among those counted")
            yield self._share("retry_rate", ZERO, planned)

    def _share(self, key: str, share: Decimal, planned: Number | None) -> Draft:
        return Draft(
            key=self._path(key), planned=_SIX.plus(planned.mean) if planned else ZERO, mean=share,
            p50=None, p90=None, number=self._measured.calls, before=said(planned),
            value={"value": share, **self._beside},
        )  # fmt: skip

    def _waits(self) -> Iterator[Draft]:
        sample = self._measured.samples.get("wait_minutes")
        if sample is None or not sample.varies:
            return
        numbers = self._workload.numbers()
        share = normal(self._measured.user_share)
        key = "user_gaps.share_of_steps"
        yield self._share(key, share, numbers.get(key))
        planned = numbers.get("user_gaps.minutes")
        yield Draft(
            key=self._path("user_gaps.minutes"),
            planned=_SIX.plus(planned.mean) if planned else ZERO, mean=sample.mean, p50=sample.p50,
            p90=sample.p90, number=sample.count, before=said(planned),
            value={"p50": normal(sample.p50), "p90": normal(sample.p90), **self._beside},
        )  # fmt: skip


def _whole(number: Decimal) -> int:
    return int(number.to_integral_value(rounding=ROUND_HALF_EVEN))


def _average(number: Decimal) -> int | Decimal:
    """Return a mean at three digits at least: 2.4 steps, and 1234 tokens."""
    return _whole(number) if number >= _WHOLE else _short(number)


def _range(mean: Decimal, error: Decimal) -> dict[str, Any]:
    """Return a mean and its error as a range, at three digits; a number where there is no error."""
    if not error:
        return {"value": _short(mean)}
    low = max(ZERO, EXACT.subtract(mean, error))
    return {
        "low": _short(low),
        "likely": _short(mean),
        "high": _short(EXACT.add(mean, error)),
    }


def _short(number: Decimal) -> Decimal:
    return Decimal(text_of(normal(_THREE.plus(number))))
