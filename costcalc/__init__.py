"""Exact, explained costs of LLM calls.

`price` prices a `Usage` at the rates that held when it ran; a `Registry` holds the rates; every
`Cost` says what it rests on. `count_tokens` counts a prompt, and `estimate_prompt` prices it before
it is sent; a `Session` is a whole conversation or agent run, with its cache. Names are loaded when
they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.billing.cost import Assumption, Cost, LineItem, Period
    from costcalc.billing.price import price
    from costcalc.caching.policy import CachePolicy, cache_policy
    from costcalc.errors import (
        AmbiguousModelError,
        CostcalcError,
        CurrencyMismatchError,
        NoPriceError,
        NotOfferedError,
        RedirectWarning,
        RegistryError,
        RetiredModelError,
        StalePriceWarning,
        TokenizerUnavailableError,
        UnknownConditionError,
        UnknownModelError,
        UnpricedMeterError,
        UsageError,
    )
    from costcalc.estimate.estimate import Estimate, Seconds
    from costcalc.estimate.fit import Fit
    from costcalc.estimate.outputs import OutputTokens
    from costcalc.estimate.prompt import estimate_prompt
    from costcalc.estimate.prompts import Estimates, Misfit, estimate_prompts
    from costcalc.estimate.sources import Prompt, read_prompts
    from costcalc.meters import METERS, Meter
    from costcalc.registry.cards import ModelInfo, PriceRecord, RateCard
    from costcalc.registry.current import use
    from costcalc.registry.registry import Registry
    from costcalc.sessions.closed_form import ClosedForm
    from costcalc.sessions.runs import SessionRuns, estimate_runs, estimate_sessions
    from costcalc.sessions.session import Branch, Session
    from costcalc.sessions.session_estimate import LedgerStep, SessionEstimate
    from costcalc.sessions.step import Step
    from costcalc.tokens.calibration import Calibration
    from costcalc.tokens.content import Audio, Document, Image, Video
    from costcalc.tokens.counting import count_texts, count_tokens
    from costcalc.tokens.token_count import TokenCount, TokenPart
    from costcalc.usage.usage import Usage

__all__ = [  # noqa: RUF022 - grouped as a reader needs them, not sorted
    # pricing
    "price",
    "Usage",
    "Cost",
    "LineItem",
    "Assumption",
    "Period",
    # the registry
    "Registry",
    "use",
    "ModelInfo",
    "PriceRecord",
    "RateCard",
    "METERS",
    "Meter",
    # counting tokens
    "count_tokens",
    "count_texts",
    "TokenCount",
    "TokenPart",
    "Calibration",
    "Image",
    "Audio",
    "Video",
    "Document",
    # estimates
    "estimate_prompt",
    "Estimate",
    "estimate_prompts",
    "Estimates",
    "read_prompts",
    "Prompt",
    "OutputTokens",
    "Fit",
    "Misfit",
    "Seconds",
    # sessions
    "Session",
    "Step",
    "Branch",
    "SessionEstimate",
    "LedgerStep",
    "ClosedForm",
    "estimate_runs",
    "estimate_sessions",
    "SessionRuns",
    # caching
    "CachePolicy",
    "cache_policy",
    # errors and warnings
    "CostcalcError",
    "UnknownModelError",
    "AmbiguousModelError",
    "NoPriceError",
    "NotOfferedError",
    "RetiredModelError",
    "UnpricedMeterError",
    "UnknownConditionError",
    "UsageError",
    "RegistryError",
    "CurrencyMismatchError",
    "TokenizerUnavailableError",
    "RedirectWarning",
    "StalePriceWarning",
    "__version__",
]

_HOMES = {
    "costcalc.billing.price": ("price",),
    "costcalc.usage.usage": ("Usage",),
    "costcalc.billing.cost": ("Cost", "LineItem", "Assumption", "Period"),
    "costcalc.registry.registry": ("Registry",),
    "costcalc.registry.current": ("use",),
    "costcalc.registry.cards": ("ModelInfo", "PriceRecord", "RateCard"),
    "costcalc.meters": ("METERS", "Meter"),
    "costcalc.tokens.counting": ("count_tokens", "count_texts"),
    "costcalc.tokens.token_count": ("TokenCount", "TokenPart"),
    "costcalc.tokens.calibration": ("Calibration",),
    "costcalc.tokens.content": ("Image", "Audio", "Video", "Document"),
    "costcalc.estimate.prompt": ("estimate_prompt",),
    "costcalc.estimate.estimate": ("Estimate", "Seconds"),
    "costcalc.estimate.prompts": ("estimate_prompts", "Estimates", "Misfit"),
    "costcalc.estimate.sources": ("read_prompts", "Prompt"),
    "costcalc.estimate.outputs": ("OutputTokens",),
    "costcalc.estimate.fit": ("Fit",),
    "costcalc.sessions.session": ("Session", "Branch"),
    "costcalc.sessions.step": ("Step",),
    "costcalc.sessions.session_estimate": ("SessionEstimate", "LedgerStep"),
    "costcalc.sessions.closed_form": ("ClosedForm",),
    "costcalc.sessions.runs": ("SessionRuns", "estimate_runs", "estimate_sessions"),
    "costcalc.caching.policy": ("CachePolicy", "cache_policy"),
    "costcalc.errors": (
        "CostcalcError", "UnknownModelError", "AmbiguousModelError", "NoPriceError",
        "NotOfferedError", "RetiredModelError", "UnpricedMeterError", "UnknownConditionError",
        "UsageError", "RegistryError", "CurrencyMismatchError", "TokenizerUnavailableError",
        "RedirectWarning", "StalePriceWarning",
    ),
}  # fmt: skip
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module

    found = getattr(import_module(home), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
