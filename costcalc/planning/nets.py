"""Draws of several numbers at once that fill their common space evenly: Sobol's nets, scrambled.

Strata of one number alone leave to chance how the numbers meet: whether the longest sessions have
large steps as well. The first 2**n points of Sobol's sequence have one draw in each stratum of each
number, and as nearly as may be equally many in each box of two or more of them; so has every later
block of 2**k. Which digits stand for which is drawn as Owen says (1995): each point by itself is
uniform, so that means are as right as those of independent draws, and their errors much smaller.

Directions are those of Joe and Kuo, SIAM J. Sci. Comput. 30 (2008).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

__all__ = ["DIMENSIONS", "net"]

_FIRST = (
    (1,),
    (1, 3),
    (1, 3, 1),
    (1, 1, 1),
)
"""First directions of each dimension after that of the reversed binary digits."""
_BACK = ((1,), (1, 2), (2, 3), (1, 3))
"""How many places before a direction those lie that make it; the farthest counts twice."""
DIMENSIONS = len(_FIRST) + 1
"""Numbers that a net may have."""


def _directions(dimension: int, bits: int) -> list[int]:
    """Return what each binary digit of a point's number adds to its place, of 2**bits places."""
    if not dimension:
        return [1 << bits - 1 - at for at in range(bits)]
    found, back = list(_FIRST[dimension - 1]), _BACK[dimension - 1]
    for at in range(len(found), bits):
        made = found[at - back[-1]]
        for before in back:
            made ^= found[at - before] << before
        found.append(made)
    return [found[at] << bits - 1 - at for at in range(bits)]


@lru_cache(maxsize=16)
def _places(dimension: int, bits: int) -> tuple[int, ...]:
    """Return the strata of the first 2**bits points, in their order."""
    found = [0]
    for direction in _directions(dimension, bits):
        found += [place ^ direction for place in found]
    return tuple(found)


def _scrambled(bits: int, random: Random) -> list[int]:
    """Return for each of 2**bits strata another one: halves change places, and halves of halves."""
    draw = random.random
    found = [0]
    for _ in range(bits):
        finer: list[int] = []
        for place in found:
            first = 2 * place + (draw() < 0.5)  # noqa: PLR2004 - one half
            finer += (first, first ^ 1)
        found = finer
    return found


def net(dimension: int, count: int, random: Random) -> list[float]:
    """Return shares from 0 to 1 of one number, one in each of as many equal strata.

    `count` is a power of two. The others are those of other dimensions, whose generators are their
    own; points with the same index belong together.
    """
    bits = count.bit_length() - 1
    draw = random.random
    moved = _scrambled(bits, random)
    return [(moved[place] + draw()) / count for place in _places(dimension, bits)]
