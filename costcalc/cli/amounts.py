"""Amounts, rates, counts and ratios as people read them; charts write them, too."""

from __future__ import annotations

from costcalc.report.amounts import (
    ZERO,
    aligned,
    counted,
    exact,
    moment,
    quotient,
    rate,
    ratio,
    rounded,
    share,
    size,
)

__all__ = [
    "ZERO", "aligned", "counted", "exact", "moment", "quotient", "rate", "ratio", "rounded",
    "share", "size",
]  # fmt: skip
