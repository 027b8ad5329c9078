"""What logs measured as numbers of a plan: which key each belongs to, and what it would say."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc.money import EXACT, ZERO, normal, text_of
from costcalc.planning.numbers import Quantiles
from costcalc.planning.wording import said

if TYPE_CHECKING:
    from costcalc.planning.measuring import Measured, Sample
    from costcalc.planning.plan import Plan
    from costcalc.planning.volumes import Rate
    from costcalc.planning.workloads import WorkloadBase

__all__ = ["Draft", "Drafts", "drafts_of", "values_of"]

_DAYS = 5
"""Days from which on a mean by day says something about the days to come."""
_MONTH = Decimal("30.4375")
_TAIL = Decimal("0.25")
"""By how much the mean of a log-normal distribution may differ from the one that was measured."""
_SIX = Context(prec=6, rounding=ROUND_HALF_EVEN)
_THREE = Context(prec=3, rounding=ROUND_HALF_EVEN)
_GAPS = "user_gaps"
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
        "output_tokens_per_step": "output_tokens_per_document",
    },
    "embeddings": {"prompt": "tokens_per_text"},
    "prompts": {"output_tokens_per_step": "output_tokens_per_prompt"},
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
        self.notes: list[str] = []

    def numbers(self) -> Iterator[Draft]:
        """Iterate over the numbers, the volume first."""
        yield from self._volume()
        for name, key in _KEYS[self._kind].items():
            yield self._draft(key, self._measured.samples[name])
        if self._kind in {"agent", "chat", "rag"}:
            yield from self._waits()

    def _draft(self, key: str, sample: Sample) -> Draft:
        planned = self._workload.numbers()[key]
        p50, p90 = _whole(sample.p50), _whole(sample.p90)
        value: dict[str, Any] = {"value": _whole(sample.mean)}
        if key != "system_tokens" and p90 > p50 > 0:
            value = {"p50": p50, "p90": p90}
            self._check_tail(key, Quantiles(p50=Decimal(p50), p90=Decimal(p90)), sample)
        return Draft(
            key=self._path(key), planned=_SIX.plus(planned.mean), mean=sample.mean, p50=sample.p50,
            p90=sample.p90, number=sample.count, before=said(planned),
            value={**value, **self._beside},
        )  # fmt: skip

    def _path(self, key: str) -> str:
        return f"workloads.{self._name}.{key}"

    def _check_tail(self, key: str, fitted: Quantiles, sample: Sample) -> None:
        """Say where two quantiles do not give the mean that was measured."""
        mean = _SIX.plus(fitted.mean)
        if abs(mean - sample.mean) > _TAIL * sample.mean:
            self.notes.append(
                f"{key}: P50 and P90 make a mean of {mean:,.0f}, and {sample.mean:,.0f} was "
                "measured: its tail is no log-normal one"
            )

    def _volume(self) -> Iterator[Draft]:
        rate = self._workload.stated
        planned = self._workload.numbers()[rate.key]
        sample = self._measured.samples[
            "sessions_per_day" if self._workload.unit == "session" else "calls_per_day"
        ]
        factor = self._factor(rate)
        if factor is None:
            self.notes.append(f"{rate.key} is a total, which logs of a part say nothing about")
            return
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
        yield Draft(
            key=self._path(rate.key), planned=_SIX.plus(planned.mean), mean=_SIX.plus(mean),
            p50=None, p90=None, number=sample.count, before=said(planned), value=value,
        )  # fmt: skip

    def _factor(self, rate: Rate) -> Decimal | None:
        """Return what turns a mean by active day into what a key counts; None for a total."""
        measured = self._measured
        days = (measured.last - measured.first).days + 1
        by_day = _SIX.divide(Decimal(measured.active_days), Decimal(days))
        factors = {
            "working_day": Decimal(1),
            "day": by_day,
            "month": _SIX.multiply(by_day, _MONTH),
        }
        factor = factors.get(rate.span)
        if factor is None or not rate.people:
            return factor
        people = self._workload.numbers()["people"].mean
        return _SIX.divide(factor, people) if people else None

    def _waits(self) -> Iterator[Draft]:
        sample = self._measured.samples.get("wait_minutes")
        if sample is None or not sample.varies:
            return
        numbers = self._workload.numbers()
        share = normal(self._measured.user_share)
        planned = numbers.get("user_gaps.share_of_steps")
        yield Draft(
            key=self._path("user_gaps.share_of_steps"), planned=planned.mean if planned else ZERO,
            mean=share, p50=None, p90=None, number=self._measured.calls, before=said(planned),
            value={"value": share, **self._beside},
        )  # fmt: skip
        planned = numbers.get("user_gaps.minutes")
        yield Draft(
            key=self._path("user_gaps.minutes"),
            planned=_SIX.plus(planned.mean) if planned else ZERO, mean=sample.mean, p50=sample.p50,
            p90=sample.p90, number=sample.count, before=said(planned),
            value={"p50": normal(sample.p50), "p90": normal(sample.p90), **self._beside},
        )  # fmt: skip


def _whole(number: Decimal) -> int:
    return int(number.to_integral_value(rounding=ROUND_HALF_EVEN))


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
