"""Many prompts at once: what all of them will cost, each call priced by itself."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from costcalc.billing.cost import Assumption, Cost, added
from costcalc.errors import UsageError
from costcalc.estimate.cached import Hit
from costcalc.estimate.estimate import counted_how
from costcalc.estimate.fit import VERDICTS, Fit
from costcalc.estimate.prompt import Estimator, Reply
from costcalc.estimate.sources import Prompt
from costcalc.tokens.token_count import METHODS, TokenCount
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from decimal import Decimal
    from typing import Any

    from costcalc.registry.registry import Registry

__all__ = ["Estimates", "Misfit", "estimate_prompts"]


@dataclass(frozen=True, slots=True)
class Misfit(Value):
    """A prompt that does not surely fit the model."""

    name: str
    """The prompt."""
    fit: Fit
    """Why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates(Value):
    """What many prompts will cost together under one model."""

    model: str
    """The model that is billed, after aliases and redirects."""
    provider: str
    """Who bills it."""
    at: datetime
    """The instant whose prices hold."""
    prompts: int
    """How many there are."""
    calls: int
    """How many calls the costs are for: prompts times calls of each."""
    input_tokens: int
    """Input tokens of one call of each."""
    input_low: int
    """The same at the low end."""
    input_high: int
    """The same at the high end."""
    output_tokens: int
    """Expected output tokens of one call of each."""
    output_low: int
    """The same at the low end."""
    output_high: int
    """The same at the high end."""
    method: str
    """The weakest method of counting among them."""
    cost: Cost
    """Expected cost of all calls."""
    low: Cost
    """Least cost within the ranges of all prompts."""
    high: Cost
    """Most cost within them; that all prompts are there at once is rarer than one alone."""
    verdict: str
    """Whether all of them fit the model: the worst of their verdicts, one of `VERDICTS`."""
    misfits: tuple[Misfit, ...] = ()
    """Prompts that do not surely fit the model."""
    assumptions: tuple[Assumption, ...] = ()
    """What the figures rest on, one of each kind, with the number of prompts it holds for."""

    @property
    def total(self) -> Decimal:
        """Expected cost in the currency of `cost`."""
        return self.cost.total

    @property
    def currency(self) -> str:
        """ISO 4217 code of every amount."""
        return self.cost.currency


@dataclass
class _Sum:
    """The running totals."""

    counts: list[int] = field(default_factory=lambda: [0] * 6)
    costs: list[list[Cost]] = field(default_factory=lambda: [[], [], []])
    prompts: int = 0
    worst: int = 0
    tokenizers: dict[str, None] = field(default_factory=dict)
    fit: int = 0
    misfits: list[Misfit] = field(default_factory=list)
    said: dict[str, tuple[Assumption, int]] = field(default_factory=dict)


_COUNTED = "token_count"
_WORST = ("fits", "unknown", "may not fit", "does not fit")
_BLOCK = 256  # costs that are summed at once, so that no list grows with the input


def estimate_prompts(  # noqa: PLR0913 - the terms of estimate_prompt
    model: str,
    prompts: Iterable[Any],
    *,
    output_tokens: Any = None,
    output_ratio: Any = None,
    cached_tokens: int | None = None,
    hit_ratio: Any = None,
    cache: str | None = None,
    calls: int = 1,
    tokenizer: Any = None,
    provider: str | None = None,
    at: datetime | date | str | None = None,
    service_tier: str | None = None,
    batch: bool | None = None,
    region: str | None = None,
    conditions: Mapping[str, str | bool | int | None] | None = None,
    registry: Registry | None = None,
) -> Estimates:
    """Return what many prompts will cost together, each call priced by itself.

    `prompts` are contents as `estimate_prompt` takes them, or what `read_prompts` yields; they are
    read one after the other, never held together. The other arguments hold for each of them.

    Raises what `estimate_prompt` raises, and `UsageError` where there is no prompt.
    """
    terms: dict[str, Any] = {
        "provider": provider, "at": at, "service_tier": service_tier, "batch": batch,
        "region": region, "conditions": conditions,
    }  # fmt: skip
    estimator = Estimator(model, tokenizer, terms, registry)
    reply = Reply(output_tokens, output_ratio)
    hit = Hit(None, cached_tokens, hit_ratio, cache)
    found = _Sum()
    last = None
    for prompt in _each(prompts):
        last = estimator.estimate(prompt, {}, reply, hit, calls)
        _add(found, prompt.name, last)
    if last is None:
        msg = "there is no prompt to estimate; give texts, messages, or read_prompts(path)"
        raise UsageError(msg)
    cost, low, high = (added(each) for each in found.costs)
    counts = found.counts
    method = METHODS[found.worst]
    counted = TokenCount(counts[0], counts[1], counts[2], method, ", ".join(found.tokenizers))
    return Estimates(
        model=last.model,
        provider=last.provider,
        at=last.at,
        prompts=found.prompts,
        calls=found.prompts * last.calls,
        input_tokens=counts[0],
        input_low=counts[1],
        input_high=counts[2],
        output_tokens=counts[3],
        output_low=counts[4],
        output_high=counts[5],
        method=method,
        cost=cost,
        low=low,
        high=high,
        verdict=_WORST[found.fit],
        misfits=tuple(found.misfits),
        assumptions=(
            *(_summed(*each) for each in found.said.values()),
            *counted_how(last.model, counted),
        ),
    )


def _each(prompts: Any) -> Iterator[Prompt]:
    """Yield prompts, those without a name by their number; refuse what is one prompt."""
    one = isinstance(prompts, str | bytes | Mapping | os.PathLike | Prompt)
    if one or not isinstance(prompts, Iterable):
        msg = (
            f"prompts is many contents, such as a list of texts or read_prompts(path), not "
            f"{type(prompts).__name__}; a content alone goes to estimate_prompt"
        )
        raise UsageError(msg, kind=type(prompts).__name__)
    for number, each in enumerate(prompts, 1):
        yield each if isinstance(each, Prompt) else Prompt(f"prompt {number}", each)


def _add(found: _Sum, name: str, estimate: Any) -> None:
    count, output = estimate.input, estimate.output
    found.prompts += 1
    numbers = (
        count.tokens, count.low, count.high, output.expected, output.low, output.high,
    )  # fmt: skip
    found.counts = [one + other for one, other in zip(found.counts, numbers, strict=True)]
    for costs, cost in zip(found.costs, (estimate.cost, estimate.low, estimate.high), strict=True):
        costs.append(cost)
        if len(costs) >= _BLOCK:
            costs[:] = [added(costs)]
    found.worst = max(found.worst, METHODS.index(count.method))
    found.tokenizers[count.tokenizer] = None
    found.fit = max(found.fit, _WORST.index(estimate.fit.verdict))
    if estimate.fit.verdict in VERDICTS[1:3]:
        found.misfits.append(Misfit(name, estimate.fit))
    for assumption in estimate.assumptions:
        if assumption.code == _COUNTED:
            continue  # said once, of the sum
        first, times = found.said.get(assumption.code, (assumption, 0))
        found.said[assumption.code] = (first, times + 1)


def _summed(assumption: Assumption, times: int) -> Assumption:
    if times == 1:
        return assumption
    return Assumption(assumption.code, f"{assumption.text} (and so for {times:,} prompts)")
