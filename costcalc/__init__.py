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
    from costcalc import logs
    from costcalc.assumptions import Assumption
    from costcalc.billing.cost import Cost, LineItem, Period
    from costcalc.billing.price import price
    from costcalc.billing.responses import price_response
    from costcalc.caching.break_even import BreakEven, CacheBreakEven, break_even
    from costcalc.caching.claims import HitRatioClaim, implied_by_hit_ratio
    from costcalc.caching.compaction import Compaction
    from costcalc.caching.hit_ratio import (
        HitRatioCurve,
        HitRatioPoint,
        at_hit_ratio,
        hit_ratio_curve,
    )
    from costcalc.caching.lifetimes import Lifetimes
    from costcalc.caching.measured import MeasuredHitRatio, measure_hit_ratio
    from costcalc.caching.policy import CachePolicy, cache_policy
    from costcalc.caching.rival import Rival
    from costcalc.errors import (
        AmbiguousModelError,
        BudgetExceededError,
        BudgetWarning,
        CostcalcError,
        CurrencyMismatchError,
        MissingExtraError,
        NoPriceError,
        NotOfferedError,
        PlanError,
        RedirectWarning,
        RegistryError,
        RetiredModelError,
        StalePriceWarning,
        TokenizerUnavailableError,
        UnknownConditionError,
        UnknownModelError,
        UnpricedMeterError,
        UnpricedWarning,
        UsageError,
    )
    from costcalc.estimate.cheapest import cheapest
    from costcalc.estimate.compare import compare
    from costcalc.estimate.comparison import Comparison, ComparisonRow
    from costcalc.estimate.estimate import Estimate, Seconds
    from costcalc.estimate.fit import Fit
    from costcalc.estimate.outputs import OutputTokens
    from costcalc.estimate.prompt import estimate_prompt
    from costcalc.estimate.prompts import Estimates, Misfit, estimate_prompts
    from costcalc.estimate.sources import Prompt, read_prompts
    from costcalc.meters import METERS, MeterInfo
    from costcalc.planning.budget import Verdict
    from costcalc.planning.comparison import PlanComparison
    from costcalc.planning.diff import diff
    from costcalc.planning.differences import PlanDiff
    from costcalc.planning.drivers import Drivers, drivers
    from costcalc.planning.forecast import Forecast, MonthForecast, WorkloadForecast
    from costcalc.planning.plan import Plan
    from costcalc.planning.what_if import what_if
    from costcalc.recording.clients import watch
    from costcalc.recording.meter import Meter, Unpriced
    from costcalc.registry.cards import ModelInfo, PriceRecord, RateCard
    from costcalc.registry.current import use
    from costcalc.registry.registry import Registry
    from costcalc.report.chart import Chart, chart
    from costcalc.report.focus import focus_rows
    from costcalc.report.focus_charge import Charge
    from costcalc.report.focus_columns import FOCUS_COLUMNS, FOCUS_VERSIONS, FocusColumn
    from costcalc.report.focus_files import FocusFile, write_focus
    from costcalc.report.telemetry import telemetry_attributes
    from costcalc.sessions.closed_form import ClosedForm
    from costcalc.sessions.presets import Preset, PresetField, presets
    from costcalc.sessions.runs import SessionRuns, estimate_runs, estimate_sessions
    from costcalc.sessions.session import Branch, Session
    from costcalc.sessions.session_estimate import LedgerStep, SessionEstimate
    from costcalc.sessions.step import Step
    from costcalc.tokens.calibration import Calibration
    from costcalc.tokens.content import Audio, Document, Image, Video
    from costcalc.tokens.counting import count_texts, count_tokens
    from costcalc.tokens.token_count import TokenCount, TokenPart
    from costcalc.usage.responses.response_usage import ResponseUsage
    from costcalc.usage.usage import Usage

__all__ = [  # noqa: RUF022 - grouped as a reader needs them, not sorted
    # pricing
    "price",
    "Usage",
    "Cost",
    "LineItem",
    "Assumption",
    "Period",
    # responses
    "price_response",
    "ResponseUsage",
    # logs
    "logs",
    # recording calls as they are made
    "Meter",
    "Unpriced",
    "watch",
    # the registry
    "Registry",
    "use",
    "ModelInfo",
    "PriceRecord",
    "RateCard",
    "METERS",
    "MeterInfo",
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
    "presets",
    "Preset",
    "PresetField",
    # plans
    "Plan",
    "Forecast",
    "WorkloadForecast",
    "MonthForecast",
    "Verdict",
    "drivers",
    "Drivers",
    "what_if",
    "diff",
    "PlanDiff",
    "PlanComparison",
    # comparison of models
    "compare",
    "cheapest",
    "Comparison",
    "ComparisonRow",
    # caching
    "at_hit_ratio",
    "hit_ratio_curve",
    "HitRatioCurve",
    "HitRatioPoint",
    "measure_hit_ratio",
    "MeasuredHitRatio",
    "implied_by_hit_ratio",
    "HitRatioClaim",
    "break_even",
    "BreakEven",
    "CacheBreakEven",
    "Lifetimes",
    "Compaction",
    "Rival",
    "CachePolicy",
    "cache_policy",
    # charts
    "chart",
    "Chart",
    # exporting
    "write_focus",
    "focus_rows",
    "Charge",
    "FocusFile",
    "FocusColumn",
    "FOCUS_COLUMNS",
    "FOCUS_VERSIONS",
    "telemetry_attributes",
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
    "PlanError",
    "CurrencyMismatchError",
    "TokenizerUnavailableError",
    "MissingExtraError",
    "BudgetExceededError",
    "RedirectWarning",
    "StalePriceWarning",
    "BudgetWarning",
    "UnpricedWarning",
    "__version__",
]

_HOMES = {
    "costcalc.billing.price": ("price",),
    "costcalc.usage.usage": ("Usage",),
    "costcalc.billing.responses": ("price_response",),
    "costcalc.usage.responses.response_usage": ("ResponseUsage",),
    "costcalc.billing.cost": ("Cost", "LineItem", "Period"),
    "costcalc.assumptions": ("Assumption",),
    "costcalc.registry.registry": ("Registry",),
    "costcalc.registry.current": ("use",),
    "costcalc.registry.cards": ("ModelInfo", "PriceRecord", "RateCard"),
    "costcalc.meters": ("METERS", "MeterInfo"),
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
    "costcalc.estimate.compare": ("compare",),
    "costcalc.estimate.cheapest": ("cheapest",),
    "costcalc.estimate.comparison": ("Comparison", "ComparisonRow"),
    "costcalc.sessions.session": ("Session", "Branch"),
    "costcalc.sessions.step": ("Step",),
    "costcalc.sessions.session_estimate": ("SessionEstimate", "LedgerStep"),
    "costcalc.sessions.closed_form": ("ClosedForm",),
    "costcalc.sessions.presets": ("presets", "Preset", "PresetField"),
    "costcalc.sessions.runs": ("SessionRuns", "estimate_runs", "estimate_sessions"),
    "costcalc.planning.plan": ("Plan",),
    "costcalc.planning.forecast": ("Forecast", "WorkloadForecast", "MonthForecast"),
    "costcalc.planning.budget": ("Verdict",),
    "costcalc.planning.drivers": ("drivers", "Drivers"),
    "costcalc.planning.what_if": ("what_if",),
    "costcalc.planning.diff": ("diff",),
    "costcalc.planning.differences": ("PlanDiff",),
    "costcalc.planning.comparison": ("PlanComparison",),
    "costcalc.recording.meter": ("Meter", "Unpriced"),
    "costcalc.recording.clients": ("watch",),
    "costcalc.caching.hit_ratio": (
        "at_hit_ratio", "hit_ratio_curve", "HitRatioCurve", "HitRatioPoint",
    ),
    "costcalc.caching.measured": ("measure_hit_ratio", "MeasuredHitRatio"),
    "costcalc.caching.claims": ("implied_by_hit_ratio", "HitRatioClaim"),
    "costcalc.caching.break_even": ("break_even", "BreakEven", "CacheBreakEven"),
    "costcalc.caching.lifetimes": ("Lifetimes",),
    "costcalc.caching.compaction": ("Compaction",),
    "costcalc.caching.rival": ("Rival",),
    "costcalc.caching.policy": ("CachePolicy", "cache_policy"),
    "costcalc.report.chart": ("chart", "Chart"),
    "costcalc.report.focus": ("focus_rows",),
    "costcalc.report.focus_files": ("write_focus", "FocusFile"),
    "costcalc.report.focus_charge": ("Charge",),
    "costcalc.report.focus_columns": ("FocusColumn", "FOCUS_COLUMNS", "FOCUS_VERSIONS"),
    "costcalc.report.telemetry": ("telemetry_attributes",),
    "costcalc.errors": (
        "CostcalcError", "UnknownModelError", "AmbiguousModelError", "NoPriceError",
        "NotOfferedError", "RetiredModelError", "UnpricedMeterError", "UnknownConditionError",
        "UsageError", "RegistryError", "PlanError", "CurrencyMismatchError",
        "TokenizerUnavailableError", "MissingExtraError", "BudgetExceededError",
        "RedirectWarning", "StalePriceWarning", "BudgetWarning", "UnpricedWarning",
    ),
}  # fmt: skip
_HOME = {name: home for home, names in _HOMES.items() for name in names}


_ROOMS = frozenset({"logs"})
"""Packages that are reached by their own name: `costcalc.logs.price(...)`."""


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None and name not in _ROOMS:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module

    if home is None:
        return import_module(f"{__name__}.{name}")
    found = getattr(import_module(home), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
