"""Draws that are the same everywhere: streams by name, permutations, and one draw a stratum.

Each quantity has a stream of its own that its name begins, so that a workload more, or another
value of one number, leaves all other draws as they were: two plans differ by what was changed.
"""

from __future__ import annotations

from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["shuffled", "strata", "stream"]


def stream(seed: int, *names: object) -> Random:
    """Return the generator of one quantity."""
    text = "\n".join(str(name) for name in (seed, *names))
    number = int.from_bytes(sha256(text.encode()).digest()[:8], "big")
    return Random(number)  # noqa: S311 - a simulation, no secret


def shuffled(items: Sequence[Any], random: Random) -> list[Any]:
    """Return the items in another order.

    `random.shuffle` does not promise its sequence to another Python; this one asks `random()` only.
    """
    found = list(items)
    draw = random.random
    for last in range(len(found) - 1, 0, -1):
        other = int(draw() * (last + 1))
        found[last], found[other] = found[other], found[last]
    return found


def strata(count: int, random: Random) -> list[float]:
    """Return so many shares from 0 to 1, one in each of as many equal strata, in random order.

    Their mean is much nearer to that of the distribution than that of independent draws.
    """
    draw = random.random
    return [(stratum + draw()) / count for stratum in shuffled(range(count), random)]
