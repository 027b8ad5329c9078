"""Forecasts, verdicts and differences as JSON data; amounts are decimal text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costcalc.cli.data import print_json

if TYPE_CHECKING:
    from decimal import Decimal

    from costcalc.planning.backtest import Backtest
    from costcalc.planning.budget import Verdict
    from costcalc.planning.calibrate import Calibration, WorkloadCalibration
    from costcalc.planning.comparison import PlanComparison
    from costcalc.planning.differences import PlanDiff
    from costcalc.planning.drivers import Drivers
    from costcalc.planning.forecast import Forecast, Spread

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
_UNKNOWN = (*_QUANTILES, "p10", "percentiles", "units", "calls", "unit_cost", "unit_p50",
            "unit_p90")  # fmt: skip
"""What is null where nothing has a price."""


def forecast_data(found: Forecast) -> dict[str, Any]:
    """Return a forecast, the total first; null is what nothing is known of."""
    fields = _spread(found)
    return {"total": fields["mean"], "currency": found.currency, **fields}


def _spread(found: Spread) -> dict[str, Any]:
    """Return the fields of a forecast, a workload or a month, and of what it is made of."""
    data = {name: getattr(found, name) for name in found.__dataclass_fields__}
    if found.coverage == "none":
        data.update({name: None for name in _UNKNOWN if name in data})
    if "months" in data:
        data["months"] = [_spread(each) for each in data["months"]]
    if "workloads" in data:
        data["workloads"] = {name: _spread(each) for name, each in data["workloads"].items()}
    if "cumulative" in data:
        data["cumulative"] = _spread(data["cumulative"])
    return data


def _figures(found: Forecast) -> dict[str, Any]:
    """Return mean and quantiles of a forecast, and how much of it has a price."""
    data = _spread(found)
    return {name: data[name] for name in (*_QUANTILES, "coverage")}


def verdict_data(found: Verdict, forecast: Forecast) -> dict[str, Any]:
    """Return a verdict with the figures that it is about."""
    return {
        "total": _figures(forecast)["mean"],
        "currency": found.currency,
        "project": forecast.project,
        "level": found.level,
        "exit_code": found.exit_code,
        **_figures(forecast),
        "reserve": found.reserve,
        "findings": [
            {
                "level": each.threshold.level,
                "key": each.threshold.key,
                "limit": each.threshold.limit,
                "actual": each.actual,
                "lower_bound": each.lower_bound,
                "checked": each.checked,
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
        "total": _figures(found.head)["mean"],
        "currency": found.currency,
        "project": found.project,
        "before": _figures(found.base)["mean"],
        "change": found.change,
        "change_ratio": found.change_ratio,
        "known_change": found.known_change,
        "parts": found.parts,
        "unknown_parts": found.unknown_parts,
        "base": _figures(found.base),
        "head": _figures(found.head),
        "workloads": {
            each.name: {
                "status": each.status,
                "before": _mean(found.base, each.name, each.before),
                "total": _mean(found.head, each.name, each.after),
                "change": each.change,
                "parts": each.parts,
            }
            for each in found.workloads
        },
        "changes": found.changes,
        "notes": found.notes,
        "unpriced": found.unpriced,
        "samples": found.head.samples,
        "seed": found.head.seed,
    }


def _mean(found: Forecast, name: str, amount: Decimal) -> Decimal | None:
    """Return what a workload costs in one of two plans; None where it is there and not priced."""
    there = found.workloads.get(name)
    return None if there is not None and there.coverage == "none" else amount


def drivers_data(found: Drivers) -> dict[str, Any]:
    """Return the drivers of a plan, the total as planned first."""
    return {
        "total": None if found.coverage == "none" else found.base,
        "currency": found.currency,
        "project": found.project,
        "coverage": found.coverage,
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
        "unpriced": found.unpriced,
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
        "workloads": [_calibrated(each) for each in found.workloads],
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


def _calibrated(found: WorkloadCalibration) -> dict[str, Any]:
    """Return a workload beside its logs; null is what has no price."""
    data = {name: getattr(found, name) for name in found.__dataclass_fields__}
    if found.cost_coverage == "none":
        data |= {"cost": None, "unit_cost": None}
    if found.planned_coverage == "none":
        data |= {"planned_unit_cost": None, "calibrated_unit_cost": None}
    return data


def print_plan_json(data: dict[str, Any]) -> None:
    """Print data as JSON."""
    print_json(data)
