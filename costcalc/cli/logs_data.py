"""A report on logs as data: the total first, every amount exact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from costcalc.logs.report import LogReport, LogRow, Tokens, Unpriced

__all__ = ["data_of"]


def data_of(report: LogReport) -> dict[str, Any]:
    """Return the report as data."""
    return {
        "total": report.total,
        "currency": report.currency,
        "by": report.by,
        "rows": [_row(row, report.by) for row in report.rows],
        "unpriced": [_unpriced(each) for each in report.unpriced],
        "requests": report.requests,
        **_counted(report),
        "saved": report.saved,
        "stated": report.stated,
        "stated_requests": report.stated_requests,
        "since": report.since,
        "until": report.until,
        "first": report.first,
        "last": report.last,
        "timezone": report.timezone,
        "registry_version": None if report.cost is None else report.cost.registry_version,
        "lines": () if report.cost is None else report.cost.lines,
        "assumptions": report.assumptions,
        "reading": report.reading,
    }


def _row(row: LogRow, by: tuple[str, ...]) -> dict[str, Any]:
    return {
        **dict(zip(by, row.key, strict=True)),
        "total": row.total,
        "requests": row.requests,
        "unpriced": row.unpriced,
        **_counted(row),
        "saved": row.saved,
    }


def _unpriced(each: Unpriced) -> dict[str, Any]:
    return {
        "model": each.model,
        "provider": each.provider,
        "requests": each.requests,
        **_counted(each),
        "error": {"type": each.error, "message": each.reason},
    }


def _counted(tokens: Tokens) -> dict[str, Any]:
    names = (
        "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "hit_ratio",
        "quantities",
    )  # fmt: skip
    # a share needs no more digits than it has meaning
    found = {name: getattr(tokens, name) for name in names}
    return {**found, "hit_ratio": _rounded(found["hit_ratio"])}


def _rounded(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, 6)
