"""Quantiles of the PERT distribution on [0, 1]: a beta distribution that three points determine.

With the mode at m its density is proportional to x^(4m) (1 - x)^(4 - 4m), so that its mean is
(0 + 4m + 1) / 6. The beta distribution has no inverse in closed form: its distribution function is
tabulated once, by the midpoint rule, and inverted by a bisection and a straight line between two
knots, which is right to five digits.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

__all__ = ["pert_quantile"]

_CELLS = 2_048
_BELOW_ONE = 1 - 2.0**-53


@lru_cache(maxsize=256)
def _knots(mode: float) -> list[float]:
    """Return the distribution function at the ends of equal cells."""
    up, down = 4 * mode, 4 - 4 * mode
    whole = 0.0
    sums = [0.0]
    for cell in range(_CELLS):
        x = (cell + 0.5) / _CELLS
        whole += x**up * (1 - x) ** down
        sums.append(whole)
    return [each / whole for each in sums]


def pert_quantile(mode: float, share: float) -> float:
    """Return the value that such a share of the distribution with a mode does not exceed."""
    knots = _knots(mode)
    share = min(share, _BELOW_ONE)
    cell = bisect_right(knots, share) - 1
    low, high = knots[cell], knots[cell + 1]
    return (cell + (share - low) / (high - low)) / _CELLS
