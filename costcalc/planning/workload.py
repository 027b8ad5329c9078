"""What every kind of workload can say: model and terms, cache, caps, waits, retries, fees."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from costcalc.errors import nearest_names
from costcalc.meters import METERS
from costcalc.planning.numbers import Amount, Fixed, Number, PerRun, PerRunShare, PerSession
from costcalc.planning.period import Whole
from costcalc.planning.volumes import Volume
from costcalc.registry.closed import Closed
from costcalc.registry.problems import MistakeError
from costcalc.registry.scalars import Text

__all__ = ["ZERO", "CachePlan", "Caps", "Gaps", "Shape", "Sigma", "WorkloadBase"]

ZERO = Fixed(value=Decimal(0))
ONE = Fixed(value=Decimal(1))
Sigma = Annotated[Amount, Field(le=2)]
"""Spread of a shared factor; at 2 P90 is thirteen times P50, and draws miss the mean of more."""


_FEES = tuple(
    name for name, meter in METERS.items() if not meter.scaled and name != "cache_storage"
)
"""Meters that are billed by the call, page or second."""


_MODES = ("model", "explicit", "automatic", "none")


class CachePlan(Closed):
    """Which prompt cache the calls use, and how well it works."""

    mode: Literal["model", "explicit", "automatic", "none"] = "model"
    """model: what the model does by itself; explicit: marked prefixes; automatic; or none."""
    ttl_minutes: Annotated[Whole, Field(ge=1, le=100_000)] | None = None
    """For how long an entry lives, where the model has several lives: 5 or 60."""
    warm_start_ratio: PerRunShare = ZERO
    """Share of sessions whose system prompt others have cached already."""
    miss_ratio: PerRunShare = ZERO
    """Share of later steps that find no cache though they should: routing, eviction."""

    @model_validator(mode="before")
    @classmethod
    def _say_mapping(cls, data: Any) -> Any:
        """Show what to write where the mode stands alone."""
        if isinstance(data, str):
            near = nearest_names(data, _MODES, 1)
            mode = near[0] if near else "|".join(_MODES)
            msg = f"a mapping is expected, not {data!r:.60}; write {{mode: {mode}}}"
            raise ValueError(msg)  # noqa: TRY004 - pydantic turns ValueError into its own report
        return data

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.mode == "none":
            for key in ("ttl_minutes", "warm_start_ratio", "miss_ratio"):
                stated = getattr(self, key)
                if stated.largest() if isinstance(stated, Number) else stated:
                    msg = f"cache mode none has no {key}; take it out, or write another mode"
                    raise MistakeError(msg, key)
        if self.mode == "automatic" and self.ttl_minutes is not None:
            msg = "an automatic cache lives as long as the provider says; take ttl_minutes out"
            raise MistakeError(msg, "ttl_minutes")
        return self

    @property
    def choice(self) -> str | None:
        """Return the cache as `Session` takes it."""
        if self.ttl_minutes is not None:
            return f"{self.ttl_minutes}m" if self.ttl_minutes % 60 else f"{self.ttl_minutes // 60}h"
        return None if self.mode == "model" else self.mode


class Caps(Closed):
    """Limits that keep the tail of a distribution short."""

    steps_per_session: Annotated[Whole, Field(ge=1, le=1_000_000)] | None = None
    """Most steps of a session."""
    cost_per_session_usd: Amount | None = None
    """Cost at which a session ends; no more than that is paid for it."""
    cost_per_month_usd: Amount | None = None
    """Most that the workload may cost in a month; what is above it is not run."""
    compact_at_tokens: Annotated[Whole, Field(ge=1)] | None = None
    """Tokens of a conversation above which it is summarised."""
    summary_tokens: Annotated[Whole, Field(ge=1)] | None = None
    """Length of such a summary."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.compact_at_tokens is None) != (self.summary_tokens is None):
            key = "summary_tokens" if self.compact_at_tokens is None else "compact_at_tokens"
            msg = "compact_at_tokens and summary_tokens belong together: when, and how long it is"
            raise MistakeError(msg, key)
        return self


_MINUTES = {"p50": "p50_minutes", "p90": "p90_minutes"}


def _minutes_schema(schema: dict[str, Any]) -> None:
    """Let editors know both forms of the waits."""
    plain = {"type": "number", "minimum": 0}
    schema["properties"].update(dict.fromkeys(_MINUTES.values(), plain))
    schema.pop("required", None)


class Gaps(Closed):
    """Waits before steps that a person starts; longer than the cache lives, and it is gone."""

    model_config = ConfigDict(json_schema_extra=_minutes_schema)

    share_of_steps: PerRunShare = ONE
    """Share of the later steps that a person starts."""
    minutes: PerSession
    """The waits; written as p50_minutes and p90_minutes, or as a number of any kind."""

    @model_validator(mode="before")
    @classmethod
    def _join(cls, data: Any) -> Any:
        """Take p50_minutes and p90_minutes as one distribution."""
        if isinstance(data, str | int | Decimal):
            msg = (
                f"a mapping is expected, not {data!s:.60}; write {{minutes: 5}}, or both quantiles"
            )
            raise ValueError(msg)  # noqa: TRY004 - pydantic turns ValueError into its own report
        stated: dict[str, Any] = data if isinstance(data, dict) else {}
        found = {name: stated[key] for name, key in _MINUTES.items() if key in stated}
        if not found:
            if isinstance(data, dict) and "minutes" not in stated:
                msg = "p50_minutes and p90_minutes are missing; they say how long a person waits"
                raise ValueError(msg)
            return data
        if "minutes" in stated:
            msg = "minutes stands beside p50_minutes and p90_minutes; keep one of the two forms"
            raise MistakeError(msg, "minutes")
        for name, key in _MINUTES.items():
            if name not in found:
                said = next(iter(found))
                msg = f"{key} is missing beside {_MINUTES[said]}; a wait has a median and a P90"
                raise MistakeError(msg, _MINUTES[said])
        rest = {key: each for key, each in stated.items() if key not in _MINUTES.values()}
        return {**rest, "minutes": found}


_NO_CACHE, _NO_CAPS = CachePlan(mode="none"), Caps()
"""What holds of workloads that state none."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a workload's sessions are made of, by the keys that state it."""

    steps: tuple[str, Number] = ("", ONE)
    system: tuple[str, Number] = ("", ZERO)
    input: tuple[str, Number] = ("", ZERO)
    """New input per step that stays in the conversation."""
    transient: tuple[str, Number] = ("", ZERO)
    """Input of one prompt only."""
    output: tuple[str, Number] = ("", ZERO)
    reasoning: tuple[str, Number] = ("", ZERO)
    """Reasoning as a share of the output."""

    @property
    def once(self) -> bool:
        """Whether a session is one call, whose input no later one begins with."""
        return not self.steps[0]

    def numbers(self) -> dict[str, Number]:
        """Return the numbers by the keys that state them."""
        parts = (self.steps, self.system, self.input, self.transient, self.output, self.reasoning)
        return {key: number for key, number in parts if key}


class WorkloadBase(Volume):
    """What every kind of workload can say."""

    model: Text | None = None
    """Exact id, alias or provider/model."""
    candidates: tuple[Text, ...] = ()
    """Models to compare; without `model` the first one is forecast."""
    provider: Text | None = None
    """Who sells it, where several do."""
    service_tier: Text | None = None
    """Tier that serves it, such as flex or priority."""
    region: Text | None = None
    """Region that the calls are bound to."""
    batch: Annotated[bool, Field(strict=True)] = False
    """Whether the calls run in batches, at the price of batches."""
    conditions: dict[str, str | bool | int] = Field(default_factory=dict)
    """Other conditions of the price."""
    retry_rate: PerRunShare | None = None
    """Share of calls that fail, and are sent and paid once more; the plan's default if left out."""
    shared_sigma: Sigma | None = None
    """Spread of a factor that all sessions of a run share; the plan's default if left out."""
    units_per_step: dict[str, PerRun] = Field(default_factory=dict)
    """What each call uses that is not tokens, by meter: {web_search: 0.2}."""
    note: Text | None = None
    """What a reader of the plan should know."""

    @model_validator(mode="after")
    def _check_base(self) -> Self:
        if self.model is None and not self.candidates:
            msg = "the workload names no model; write model: openai/gpt-5, or a list of candidates"
            raise ValueError(msg)
        for meter in self.units_per_step:
            if meter not in _FEES:
                near = nearest_names(meter, _FEES, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(_FEES)}"
                msg = f"{meter!r} is no meter that is billed by the call; {hint}"
                raise MistakeError(msg, "units_per_step", meter)
        return self

    @property
    def chosen(self) -> str:
        """The model that is forecast."""
        return self.candidates[0] if self.model is None else self.model

    @property
    def terms(self) -> dict[str, Any]:
        """What `price` takes beside model, usage and instant."""
        return {
            "provider": self.provider,
            "service_tier": self.service_tier,
            "batch": self.batch or None,
            "region": self.region,
            "conditions": self.conditions or None,
        }

    @property
    def shape(self) -> Shape:
        """What its sessions are made of."""
        raise NotImplementedError

    @property
    def cache_plan(self) -> CachePlan:
        """Which cache it uses."""
        return getattr(self, "cache", _NO_CACHE)

    @property
    def caps_plan(self) -> Caps:
        """What limits it."""
        return getattr(self, "caps", _NO_CAPS)

    @property
    def gaps(self) -> Gaps | None:
        """The waits between its steps."""
        return getattr(self, "user_gaps", None)

    def numbers(self) -> dict[str, Number]:
        """Return every number by its key below the workload, volumes first."""
        found = {**self.volume_numbers(), **self.shape.numbers()}
        if self.gaps is not None:
            found["user_gaps.share_of_steps"] = self.gaps.share_of_steps
            found["user_gaps.minutes"] = self.gaps.minutes
        for key in ("warm_start_ratio", "miss_ratio"):
            found[f"cache.{key}"] = getattr(self.cache_plan, key)
        for meter, number in self.units_per_step.items():
            found[f"units_per_step.{meter}"] = number
        if self.retry_rate is not None:
            found["retry_rate"] = self.retry_rate
        return found
