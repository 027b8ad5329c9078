"""The hit ratio that recorded usages had, and what it saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from costcalc.billing.cost import Cost, added
from costcalc.billing.price import price
from costcalc.errors import UsageError
from costcalc.estimate.stated import listed, shown
from costcalc.money import EXACT, ZERO, normal
from costcalc.usage.usage import Usage
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.registry.registry import Registry

__all__ = ["UNCACHED", "MeasuredHitRatio", "measure_hit_ratio"]

UNCACHED: dict[str, Any] = dict.fromkeys(
    (
        "cache_read_tokens",
        "cache_read_audio_tokens",
        "cache_read_image_tokens",
        "cache_write_tokens",
        "cache_write_1h_tokens",
        "cache_write_12h_tokens",
    ),
    0,
)
"""The fields of a usage that say what of its input was cached."""
_INPUT = ("input", "cache_read", "cache_write")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredHitRatio(Value):
    """What of the input was cached, over all usages together, and what that saved.

    A high hit ratio alone says little: short lives can keep it high while each rewrite raises the
    bill. So prefix efficiency and savings stand beside it.
    """

    usages: int
    """How many usages were added up."""
    input_tokens: int
    """All input."""
    read: int
    """Tokens read from a cache."""
    written: int
    """Tokens written to one at a price of their own."""
    output_tokens: int
    """All output."""
    cost: Cost | None = None
    """What they cost, each at its own size; None without a model."""
    uncached: Decimal | None = None
    """What they would cost with all input paid in full: the same tokens, sizes and dates."""
    uncached_input: Decimal | None = None
    """The part of that which is input."""

    @property
    def hit_ratio(self) -> float | None:
        """Share of all input tokens that was read: weighted by tokens, never a mean of ratios.

        Steps of 1,000 tokens with nothing read and of 100,000 with 99,000 read have 98.0 %, not the
        49.5 % that their own ratios average to. None without input.
        """
        return self.read / self.input_tokens if self.input_tokens else None

    @property
    def fresh(self) -> int:
        """Tokens paid as plain input."""
        return self.input_tokens - self.read - self.written

    @property
    def prefix_efficiency(self) -> float | None:
        """Tokens read for each token that was written or sent fresh; None where there are none."""
        unread = self.input_tokens - self.read
        return self.read / unread if unread else None

    @property
    def saved(self) -> Decimal | None:
        """What caching saved; negative where it cost more than it saved."""
        if self.cost is None or self.uncached is None:
            return None
        return normal(EXACT.subtract(self.uncached, self.cost.total))

    @property
    def saved_ratio(self) -> float | None:
        """The same as a share of the whole bill without a cache, output included."""
        return _share(self.saved, self.uncached)

    @property
    def saved_input_ratio(self) -> float | None:
        """The same as a share of the input's part of that bill alone."""
        return _share(self.saved, self.uncached_input)


def _share(part: Decimal | None, whole: Decimal | None) -> float | None:
    return float(Fraction(part) / Fraction(whole)) if part is not None and whole else None


def measure_hit_ratio(
    usages: Usage | Iterable[Usage],
    model: str | None = None,
    *,
    provider: str | None = None,
    at: datetime | date | str | Sequence[datetime | date | str] | None = None,
    service_tier: str | None = None,
    batch: bool | None = None,
    region: str | None = None,
    conditions: Mapping[str, str | bool | int | None] | None = None,
    registry: Registry | None = None,
) -> MeasuredHitRatio:
    """Return the hit ratio of recorded usages, and with a model what caching saved.

    `at` is one instant for all, or one for each. Every usage is priced by itself, so that prices
    for long prompts hold for long prompts only. The terms and the errors are those of `price`.
    """
    held = [usages] if isinstance(usages, Usage) else listed(usages, "usages")
    for number, usage in enumerate(held, 1):
        if not isinstance(usage, Usage):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
            msg = f"usage {number} is a costcalc.Usage, not {shown(usage)}"
            raise UsageError(msg, usage=usage)
    found = MeasuredHitRatio(
        usages=len(held),
        input_tokens=sum(usage.input_tokens for usage in held),
        read=sum(usage.cache_read_tokens for usage in held),
        written=sum(usage.cache_write_tokens for usage in held),
        output_tokens=sum(usage.output_tokens for usage in held),
    )
    if model is None or not held:
        return found
    terms: dict[str, Any] = {
        "provider": provider, "service_tier": service_tier, "batch": batch, "region": region,
        "conditions": conditions, "registry": registry,
    }  # fmt: skip
    costs: list[Cost] = []
    whole, part = ZERO, ZERO
    for usage, moment in zip(held, _moments(at, len(held)), strict=True):
        costs.append(price(model, usage, at=moment, **terms))
        plain = price(model, replace(usage, **UNCACHED), at=moment, **terms)
        whole = EXACT.add(whole, plain.total)
        for line in plain.lines:
            if line.meter.startswith(_INPUT):
                part = EXACT.add(part, line.amount)
    return replace(found, cost=added(costs), uncached=normal(whole), uncached_input=normal(part))


def _moments(
    at: datetime | date | str | Sequence[datetime | date | str] | None, length: int
) -> Sequence[datetime | date | str]:
    """Return one instant for each usage."""
    if at is None:
        return [datetime.now(UTC)] * length
    if isinstance(at, str | date):  # a datetime is a date, too
        return [at] * length
    moments = listed(at, "at")
    if len(moments) != length:
        msg = (
            f"usages: {length}, instants in at: {len(moments)}; write one instant for each usage, "
            "or one for all"
        )
        raise UsageError(msg, at=at)
    return moments
