"""Forecasts, verdicts and differences as JSON data; amounts are decimal text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costcalc.cli.data import print_json

if TYPE_CHECKING:
    from costcalc.planning.backtest import Backtest
    from costcalc.planning.budget import Verdict
    from costcalc.planning.calibrate import Calibration
    from costcalc.planning.comparison import PlanComparison
    from costcalc.planning.diff import PlanDiff
    from costcalc.planning.drivers import Drivers
    from costcalc.planning.forecast import Forecast

__all__ = [
    "calibration_data",
    "comparison_data",
    "diff_data",
    "drivers_data",
    "forecast_data",
    "print_plan_json",
    "verdict_data",
]

_QUANTILES = ("mean", "p50", "p80", "p90", "p95")


def forecast_data(found: Forecast) -> dict[str, Any]:
    """Return a forecast, the total first."""
    fields = {name: getattr(found, name) for name in found.__dataclass_fields__}
    return {"total": found.total, "currency": found.currency, **fields}


def verdict_data(found: Verdict, forecast: Forecast) -> dict[str, Any]:
    """Return a verdict with the figures that it is about."""
    return {
        "total": forecast.total,
        "currency": found.currency,
        "project": forecast.project,
        "level": found.level,
        "exit_code": found.exit_code,
        **{name: getattr(forecast, name) for name in _QUANTILES},
        "reserve": found.reserve,
        "findings": [
            {
                "level": each.threshold.level,
                "key": each.threshold.key,
                "limit": each.threshold.limit,
                "actual": each.actual,
                "exceeded": each.exceeded,
                "text": each.text,
            }
            for each in found.findings
        ],
        "unpriced": found.unpriced,
        "samples": forecast.samples,
        "seed": forecast.seed,
        "registry_version": forecast.registry_version,
    }


def diff_data(found: PlanDiff) -> dict[str, Any]:
    """Return a difference; of the two forecasts their figures."""
    return {
        "total": found.total,
        "currency": found.currency,
        "project": found.project,
        "before": found.before,
        "change": found.change,
        "change_ratio": found.change_ratio,
        "parts": found.parts,
        "base": {name: getattr(found.base, name) for name in _QUANTILES},
        "head": {name: getattr(found.head, name) for name in _QUANTILES},
        "workloads": {
            each.name: {
                "status": each.status,
                "before": each.before,
                "total": each.after,
                "change": each.change,
                "parts": each.parts,
            }
            for each in found.workloads
        },
        "changes": found.changes,
        "notes": found.notes,
        "samples": found.head.samples,
        "seed": found.head.seed,
    }


def drivers_data(found: Drivers) -> dict[str, Any]:
    """Return the drivers of a plan, the total as planned first."""
    return {
        "total": found.base,
        "currency": found.currency,
        "project": found.project,
        "sentence": str(found),
        "drivers": [
            {
                **{name: getattr(each, name) for name in ("key", "label", "basis", "ends")},
                "low": each.low,
                "high": each.high,
                "swing": each.swing,
                "low_change": each.low_change,
                "high_change": each.high_change,
            }
            for each in found.drivers
        ],
    }


def comparison_data(found: PlanComparison) -> dict[str, Any]:
    """Return a comparison, workload by workload."""
    return {
        "project": found.project,
        "currency": found.currency,
        "workloads": {
            name: [
                {
                    "total": row.mean,
                    **{each: getattr(row, each) for each in row.__dataclass_fields__},
                }
                for row in found.of(name)
            ]
            for name in dict.fromkeys(row.workload for row in found.rows)
        },
        "unpriced": found.failures,
        "samples": found.samples,
        "seed": found.seed,
        "registry_version": found.registry_version,
    }


def calibration_data(found: Calibration, tested: Backtest) -> dict[str, Any]:
    """Return a calibration, and how past weeks would have been forecast."""
    return {
        **{name: getattr(found, name) for name in found.__dataclass_fields__},
        "backtest": {
            "sentence": str(tested),
            "inside": tested.inside,
            "bias": tested.bias,
            "weeks": [
                {**{name: getattr(week, name) for name in week.__dataclass_fields__},
                 "inside": week.inside}
                for week in tested.weeks
            ],
        },
    }  # fmt: skip


def print_plan_json(data: dict[str, Any]) -> None:
    """Print data as JSON."""
    print_json(data)
