"""A project before it starts: its period, its workloads and its budget, as a file states them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from costcalc.errors import PlanError, UsageError, nearest_names
from costcalc.planning.budget import Budget
from costcalc.planning.numbers import Fixed, Number, PerRunShare, Range
from costcalc.planning.period import Period, Phase, Whole
from costcalc.planning.workload import Sigma
from costcalc.planning.workloads import Workload, WorkloadBase
from costcalc.registry.closed import Closed
from costcalc.registry.documents import Document
from costcalc.registry.problems import MistakeError
from costcalc.registry.scalars import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from os import PathLike

    from costcalc.planning.forecast import Forecast
    from costcalc.registry.registry import Registry

__all__ = ["ContradictionsError", "Defaults", "Plan", "Settings"]

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_SHARED_SIGMA = Decimal("0.3")
"""Spread of the factor that a workload without any range gets: one run in six is a quarter dearer.

Sums of independent draws are falsely narrow: what makes one session longer than the plan says makes
the others longer as well. Nobody measured it for a project that has not begun; 0.3 is our choice.
"""


class _Origin:  # noqa: PLW1641 - a plan has no hash either
    """Where a plan was read; two plans that say the same are equal wherever they stand."""

    def __init__(self, path: Path | None, document: Document | None) -> None:
        self.path = path
        self.document = document

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Origin)


class Settings(Closed):
    """How the forecast is computed."""

    samples: Annotated[Whole, Field(ge=100, le=1_000_000)] = 10_000
    """Runs of the project that are drawn."""
    seed: Annotated[Whole, Field(ge=0)] = 0
    """What the draws begin from; the same seed gives the same figures."""


class Defaults(Closed):
    """What holds for workloads that say nothing else."""

    retry_rate: PerRunShare = Fixed(value=Decimal(0))
    """Share of calls that fail, and are sent and paid once more."""
    shared_sigma: Sigma | None = None
    """Spread of a log-normal factor with mean 1 that all sessions of a workload share in a run; if
    left out, 0.3 for a workload without any range, and none for others."""
    max_price_age_days: Annotated[Whole, Field(ge=0)] = 180
    """Days after which a price that nobody compared with its source again is called old."""


class ContradictionsError(MistakeError):
    """Whatever of a plan contradicts something else of it: the first, and the others."""

    def __init__(self, found: Sequence[MistakeError]) -> None:
        first, *others = found
        super().__init__(str(first), *first.key)
        self.others = others


class Plan(Closed):
    """A project before it starts."""

    version: Literal[1]
    """Version of the grammar."""
    project: Text
    """What the project is called."""
    period: Period
    """When it runs."""
    simulation: Settings = Settings()
    """How the forecast is computed."""
    defaults: Defaults = Defaults()
    """What holds for workloads that say nothing else."""
    phases: tuple[Phase, ...] = ()
    """Stretches of months with a part of the volumes; together as long as the period."""
    workloads: Annotated[dict[str, Workload], Field(min_length=1)]
    """The parts of the project by name."""
    budget: Budget = Budget()
    """What it may cost."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    """Currency of the budget, which must be that of the prices."""

    _origin: _Origin = PrivateAttr(default_factory=lambda: _Origin(None, None))

    @model_validator(mode="after")
    def _check(self) -> Self:
        found = [*self._wrong_names(), *self._wrong_phases(), *self._wrong_seasons()]
        for level in ("fail", "warn"):
            found += self._wrong_limits(level)
        if found:
            raise ContradictionsError(found)
        return self

    def _wrong_names(self) -> Iterator[MistakeError]:
        for name in self.workloads:
            if not _NAME.fullmatch(name):
                msg = f"{name!r} is no name of a workload; write small letters, digits, _ and -"
                yield MistakeError(msg, "workloads", name)

    def _wrong_phases(self) -> Iterator[MistakeError]:
        long = sum(phase.months for phase in self.phases)
        if self.phases and long != self.period.months:
            msg = (
                f"the phases last {long} months together and the period {self.period.months}; make "
                "them as long"
            )
            yield MistakeError(msg, "phases")

    def _wrong_seasons(self) -> Iterator[MistakeError]:
        months = [month.label for month in self.period.split(())]
        known = {*months, *(label[:7] for label in months)}
        for name, workload in self.workloads.items():
            for season in workload.seasons:
                if season not in known:
                    msg = (
                        f"no month of the project begins in {season}; it begins on {months[0]}, "
                        f"and its last month on {months[-1]}"
                    )
                    yield MistakeError(msg, "workloads", name, "seasons", season)

    def _wrong_limits(self, level: str) -> Iterator[MistakeError]:
        for each in getattr(self.budget, level).thresholds(level):
            if each.workload is not None and each.workload not in self.workloads:
                near = nearest_names(each.workload, self.workloads, 1)
                hint = (
                    f"did you mean {near[0]!r}?" if near else f"known: {', '.join(self.workloads)}"
                )
                msg = f"there is no workload {each.workload!r}; {hint}"
                yield MistakeError(msg, "budget", level, each.key)

    @property
    def source_path(self) -> Path | None:
        """File that the plan was read from; None for a text."""
        return self._origin.path

    @classmethod
    def from_yaml(cls, source: str | PathLike[str]) -> Plan:
        """Return the plan of a file, or of a text where it has a line break.

        Raises `PlanError`, each of whose problems reads `path:line: key: what and why`.
        """
        from costcalc.planning.loading import load_plan

        return load_plan(source)

    @classmethod
    def schema_text(cls) -> str:
        """Return the JSON schema of plans, for editors."""
        from costcalc.planning.loading import schema_text

        return schema_text()

    def read_from(self, path: Path | None, document: Document | None = None) -> Plan:
        """Return the plan as read from a file: prompts lie beside it, and mistakes have a line."""
        found = self.model_copy()
        found._origin = _Origin(path, document)  # noqa: SLF001 - of this class
        return found

    def error(self, message: str, key: str) -> PlanError:
        """Return the error that says what is wrong at a dotted key, with its line."""
        origin = self._origin
        path = None if origin.path is None else str(origin.path)
        line = None
        if origin.document is not None:
            path = origin.document.path
            line = origin.document.line(tuple(key.split(".")))
        return PlanError(message, path=path, line=line, key=key)

    def replace(self, changes: Mapping[str, Any] | None = None, /, **fields: Any) -> Plan:
        """Return the plan with other values by dotted key.

        `plan.replace({"workloads.chat.model": "openai/gpt-5-mini"})`; `workloads.` may be left out
        where the plan has no key of the workload's name. Raises `PlanError` where the result is no
        plan.
        """
        from costcalc.planning.loading import replaced

        return replaced(self, {**(changes or {}), **fields})

    def numbers(self) -> dict[str, Number]:
        """Return every number by its dotted key."""
        found: dict[str, Number] = {"defaults.retry_rate": self.defaults.retry_rate}
        for name, workload in self.workloads.items():
            for key, number in workload.numbers().items():
                found[f"workloads.{name}.{key}"] = number
        return found

    def number(self, key: str) -> Number:
        """Return a number by its dotted key, as `replace` reads it; `UsageError` for any other."""
        known = self.numbers()
        named = key.partition(".")[0] not in Plan.model_fields
        for each in (key, f"workloads.{key}") if named else (key,):
            if each in known:
                return known[each]
        near = nearest_names(key, known, 1, alike=0.4)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UsageError(f"the plan has no number {key!r}{hint}", key=key)

    def retry_key(self, name: str) -> str:
        """Return the key of the retry rate of a workload: its own, or that of the defaults."""
        own = self.workloads[name].retry_rate is not None
        return f"workloads.{name}.retry_rate" if own else "defaults.retry_rate"

    def shared_sigma(self, workload: WorkloadBase) -> Decimal:
        """Return the spread of the factor that all sessions of a workload share in a run."""
        for stated in (workload.shared_sigma, self.defaults.shared_sigma):
            if stated is not None:
                return stated
        own = workload.numbers().values()
        return Decimal(0) if any(isinstance(each, Range) for each in own) else _SHARED_SIGMA

    def forecast(
        self,
        samples: int | None = None,
        seed: int | None = None,
        *,
        registry: Registry | None = None,
        progress: Callable[[int, int | None], None] | None = None,
    ) -> Forecast:
        """Return what the project costs, as a distribution.

        `samples` and `seed` are the plan's if left out. `progress` is called with how much is done,
        and of how much. Raises `PlanError` for conditions that a model does not have, and where a
        model is priced in another currency than the plan's; a model without a price stands in
        `unpriced` of the result.
        """
        from costcalc.planning.engine import forecast_of

        return forecast_of(self, samples, seed, registry, progress)
