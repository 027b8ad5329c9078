"""Sums of many sessions, drawn from a pool of simulated ones.

A run of a project may have a hundred thousand sessions, and there are ten thousand runs. Drawing
each one of them would take hours; a normal distribution would lose the tail, which for sessions is
heavy. So sums of 16 draws are prepared, sums of 16 of those, and so on: a sum of N sessions is as
many draws as the digits of N in base 16 have in total. Each level uses every value of the level
below equally often, so that its mean is exactly that of the pool; amounts are whole numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from costcalc.planning.draws import shuffled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

__all__ = ["Sums"]

_BASE = 16
_MOST = 4_096
"""Prepared sums of a level."""


class Sums:
    """The sums of any number of draws from a pool, whose size is a power of two."""

    __slots__ = ("_levels", "_random")

    def __init__(self, pool: Sequence[int], most: int, random: Random) -> None:
        """Prepare sums for up to `most` draws; for more, they are prepared when drawn."""
        self._random = random
        self._levels: list[Sequence[int]] = [pool]
        reach = _BASE
        while reach <= most:
            self._levels.append(_prepared(self._levels[-1], random))
            reach *= _BASE

    def draw(self, count: int, random: Random) -> int:
        """Return the sum of so many draws."""
        total = 0
        draw = random.random
        *lower, top = self._levels
        for values in lower:
            count, digit = divmod(count, _BASE)
            size = len(values)
            for _ in range(digit):
                total += values[int(draw() * size)]
        size = len(top)
        while count >= _BASE**2:  # volumes that grow: a level more, or it would take for ever
            count, digit = divmod(count, _BASE)
            total += sum(top[int(draw() * size)] for _ in range(digit))
            top = _prepared(top, self._random)
            self._levels.append(top)
            size = len(top)
        for _ in range(count):
            total += top[int(draw() * size)]
        return total


def _prepared(values: Sequence[int], random: Random) -> list[int]:
    """Return sums of 16 values each, for which each value is used equally often."""
    count = min(len(values), _MOST)
    copies = count * _BASE // len(values)
    mixed = shuffled(list(values) * copies, random)
    return [sum(mixed[at : at + _BASE]) for at in range(0, count * _BASE, _BASE)]
