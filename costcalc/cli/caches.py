"""What `costcalc cache` tells: a curve over hit ratios, break-evens, what a claim implies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from costcalc.cli.comparison import UnpricedError
from costcalc.errors import CostcalcError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costcalc.caching.break_even import BreakEven
    from costcalc.caching.claims import HitRatioClaim
    from costcalc.caching.hit_ratio import HitRatioCurve
    from costcalc.registry.registry import Registry
    from costcalc.usage.usage import Usage

__all__ = ["ModelTold", "Question", "Told", "curve_of", "tell"]

_PREFIX = 20_000
_RATIOS = ("0", "50%", "80%", "90%", "95%", "98%")
_FINE = tuple(f"{percent}%" for percent in range(99))
"""Ratios of a drawn line: where writes have a price, it jumps between no cache and any."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked; None where the library's own default holds."""

    mix: str
    prompt: int | None
    ratios: Sequence[str] | None
    prefix: int | None
    lives: Sequence[str] | None
    growth: int | None
    misses: Mapping[str, str] | None
    summary: int | None
    against: str | None
    claim: str | None
    steps: int | None
    miss_ratio: str


@dataclass(frozen=True)
class ModelTold:
    """What is known of one model's caches."""

    name: str
    """As it was asked for."""
    label: str
    """As the curve names it: its id, behind its provider where several sell it."""
    break_even: BreakEven
    claim: HitRatioClaim | None
    """None where no ratio was claimed."""
    growth: int | None
    """What each step adds to the prompt; None where nobody said."""


@dataclass(frozen=True)
class Told:
    """Everything that is known of the caches of some models."""

    curve: HitRatioCurve
    models: tuple[ModelTold, ...]
    failures: tuple[UnpricedError, ...]

    def failure(self) -> CostcalcError:
        """Return one error for all models that have no price."""
        return UnpricedError.of(self.failures, len(self.models))

    def data(self) -> dict[str, Any]:
        """Return it as data; totals stand in the points of the curve."""
        return {
            "at": self.curve.at,
            "currency": self.curve.currency,
            "curve": {
                "usage": self.curve.usage,
                "points": self.curve.points,
                "assumptions": self.curve.assumptions,
            },
            "results": [
                {"name": each.name, "break_even": each.break_even, "claim": each.claim}
                for each in self.models
            ],
            "unpriced": [failure.data() for failure in self.failures],
        }


def tell(
    names: Sequence[str],
    asked: Question,
    usage: Usage | None,
    terms: dict[str, Any],
    registry: Registry,
) -> Told:
    """Return what is known of the caches of some models; one without a price stops no other."""
    try:
        return _tell(list(dict.fromkeys(names)), asked, usage, terms, registry)
    except UsageError as error:
        raise _in_options(error) from None


def _tell(
    names: Sequence[str],
    asked: Question,
    usage: Usage | None,
    terms: dict[str, Any],
    registry: Registry,
) -> Told:
    at = datetime.now(UTC) if terms["at"] is None else terms["at"]
    terms = {**terms, "at": at, "registry": registry}
    curve = curve_of(names, asked, usage, terms)
    failures = [UnpricedError(name, message) for name, message in curve.failures]
    unpriced = {failure.name for failure in failures}
    models: list[ModelTold] = []
    for name in names:
        if name in unpriced:
            continue
        try:
            found = _break_even(name, asked, usage, terms, single=len(names) == 1)
        except LookupError as error:  # an embedding has no output to summarise with, say
            if len(names) == 1:
                raise
            failures.append(UnpricedError(name, str(error), type(error).__name__))
            continue
        whole = f"{found.provider}/{found.model}"
        label = found.model if found.model in curve.models else whole
        if all(label != each.label for each in models):
            models.append(ModelTold(name, label, found, _claim(name, asked, terms), asked.growth))
    return Told(curve, tuple(models), tuple(failures))


def curve_of(
    names: Sequence[str],
    asked: Question,
    usage: Usage | None,
    terms: Mapping[str, Any],
    *,
    finely: bool = False,
) -> HitRatioCurve:
    """Return the curve of some models at the ratios that are asked, or finely as a line."""
    from costcalc.caching.hit_ratio import hit_ratio_curve

    size: dict[str, Any] = {} if asked.prompt is None else {"prompt_tokens": asked.prompt}
    return hit_ratio_curve(
        names,
        usage,
        input_output_ratio=asked.mix if usage is None else None,
        ratios=asked.ratios or (_FINE if finely else _RATIOS),
        **size,
        **terms,
    )


def _break_even(
    name: str, asked: Question, usage: Usage | None, terms: dict[str, Any], *, single: bool
) -> BreakEven:
    """Return the break-evens of a model.

    Beside others, one that has no two lives is not asked which of them is cheaper.
    """
    from costcalc.caching.break_even import break_even

    stated: dict[str, Any] = {
        "prefix_tokens": _PREFIX if asked.prefix is None else asked.prefix,
        "growth_tokens": asked.growth,
        "summary_tokens": asked.summary,
        "against": asked.against,
        "usage": None if asked.against is None else usage,
        "lives": asked.lives,
        **terms,
    }
    if single or asked.misses is None:
        return break_even(name, miss_ratios=asked.misses, **stated)
    found = break_even(name, **stated)
    if not found.lifetimes:
        return found
    return break_even(name, miss_ratios=asked.misses, **stated)


def _claim(name: str, asked: Question, terms: dict[str, Any]) -> HitRatioClaim | None:
    """Return what a claimed ratio implies for a session that begins with the prefix."""
    if asked.claim is None:
        return None
    from costcalc.caching.claims import implied_by_hit_ratio
    from costcalc.caching.policy import cache_policy

    registry: Registry = terms["registry"]
    prefix = _PREFIX if asked.prefix is None else asked.prefix
    stated = {key: value for key, value in terms.items() if key != "registry"}
    card = registry.rate_card(name, **stated, prompt_tokens=prefix)
    growth = asked.growth or 0
    new = min(growth, prefix)  # the prefix is the first prompt, what is new in it included
    return implied_by_hit_ratio(
        asked.claim,
        system_tokens=prefix - new,
        input_tokens_per_step=new,
        output_tokens_per_step=growth - new,
        steps=asked.steps,
        miss_ratio=asked.miss_ratio,
        policy=cache_policy(card),
    )


_OPTIONS = {
    "input_output_ratio": "--mix",
    "prompt_tokens": "--prompt",
    "prefix_tokens": "--prefix",
    "growth_tokens": "--growth",
    "summary_tokens": "--summary",
    "system_tokens": "--prefix",
    "miss_ratios": "--misses",
    "miss_ratio": "--miss-ratio",
    "against=": "--against ",
    "a usage or a session, one of them": "--input and --output",
}
_WORDS = re.compile("|".join(re.escape(each) for each in _OPTIONS))
_STARTS = {"lives": "--lives", "steps": "--steps", "ratios": "--ratios"}


def _in_options(error: UsageError) -> UsageError:
    """Return an error about arguments of the library in the words of the options."""
    said = _WORDS.sub(lambda word: _OPTIONS[word[0]], str(error))
    first, space, rest = said.partition(" ")
    return UsageError(_STARTS.get(first, first) + space + rest, **error.facts)
