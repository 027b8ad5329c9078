"""What each of several changes adds to a difference, exactly and in no order.

Changes multiply: what a dearer price adds depends on whether more is bought as well. Attributed one
after the other, the first and the last get different shares of the same change, so that the order
is an opinion. Shapley's value is the mean over all orders, and its parts sum to the whole.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import factorial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["shares", "subsets"]


def subsets(names: Sequence[str]) -> list[frozenset[str]]:
    """Return all sets of names, the smaller ones first."""
    return [frozenset(some) for size in range(len(names) + 1) for some in combinations(names, size)]


def shares(
    names: Sequence[str], value: Callable[[frozenset[str]], Fraction]
) -> dict[str, Fraction]:
    """Return what each change adds to the value of all over the value of none.

    `value` says what a set of changes comes to, and is asked once for each of the 2ⁿ sets.
    """
    known = {some: value(some) for some in subsets(names)}
    whole = factorial(len(names))
    found: dict[str, Fraction] = {}
    for name in names:
        found[name] = Fraction(0)
        for others, before in known.items():
            if name not in others:
                size = len(others)
                orders = factorial(size) * factorial(len(names) - size - 1)
                added = known[others | {name}] - before
                found[name] += Fraction(orders, whole) * added
    return found
