"""How many tokens an image of a given size is: the published rules, one function a form.

All arithmetic is of integers and fractions. Where a rule is published with square roots of floats,
the same number is computed here without them; the sources stand beside the rules in `media.yaml`.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from math import ceil, isqrt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["count", "span"]

REFUSED_PATCHES = 30_000
"""An image that covers more is refused by OpenAI where no budget shrinks it."""
LARGEST_CROPPED = 3_072
"""Longest side that an image is taken to have where Gemini 2 crops it and its size is not known."""


def count(form: str, parameters: Mapping[str, Any], width: int, height: int) -> int:
    """Return the tokens of an image by one form of rule with its parameters."""
    return _FORMS[form][0](width, height, **parameters)


def span(form: str, parameters: Mapping[str, Any]) -> tuple[int, int]:
    """Return the least and the most tokens that this rule gives to any image."""
    return _FORMS[form][1](**parameters)


def _covering(length: int, step: int) -> int:
    """Return how many steps cover a length."""
    return -(-length // step)


def _shrunk(width: int, height: int, edge: int) -> tuple[int, int]:
    """Return a size whose longer side fits an edge, in whole pixels, never enlarged."""
    longer = max(width, height)
    if longer <= edge:
        return width, height
    return max(1, round(Fraction(width * edge, longer))), max(
        1, round(Fraction(height * edge, longer))
    )


def _fixed(_width: int, _height: int, *, tokens: int) -> int:
    """Return a number that does not depend on the size."""
    return tokens


def _fixed_span(*, tokens: int) -> tuple[int, int]:
    return tokens, tokens


def _tiles(
    width: int,
    height: int,
    *,
    base: int,
    tile: int,
    fit: int = 2048,
    short: int = 768,
    side: int = 512,
) -> int:
    """Return OpenAI's base and the tiles that cover an image within a square and a short side."""
    scale = min(Fraction(1), Fraction(fit, max(width, height)), Fraction(short, min(width, height)))
    across, down = (_covering(max(1, int(each * scale)), side) for each in (width, height))
    return base + tile * across * down


def _tiles_span(
    *, base: int, tile: int, fit: int = 2048, short: int = 768, side: int = 512
) -> tuple[int, int]:
    return base + tile, base + tile * _covering(fit, side) * _covering(short, side)


def _patches(
    width: int, height: int, *, edge: int, budget: int | None, multiplier: str, side: int = 32
) -> int:
    """Return OpenAI's patches, within an edge and a budget, times the model's multiplier.

    With r = sqrt(side² · budget / (width · height)) the published shrink gives width · r / side =
    sqrt(budget · width / height), so that both floors are integer roots, and the adjusted scale
    makes one of the two sides exactly that many patches long.
    """
    width, height = _shrunk(width, height, edge)
    across, down = _covering(width, side), _covering(height, side)
    if budget is not None and across * down > budget:
        across, down = isqrt(budget * width // height), isqrt(budget * height // width)
        if across * height <= down * width:
            down = _covering(max(1, side * across * height // width), side)
        else:
            across = _covering(max(1, side * down * width // height), side)
    return ceil(across * down * Fraction(multiplier))


def _patches_span(
    *, edge: int, budget: int | None, multiplier: str, side: int = 32
) -> tuple[int, int]:
    most = min(_covering(edge, side) ** 2, REFUSED_PATCHES if budget is None else budget)
    return ceil(Fraction(multiplier)), ceil(most * Fraction(multiplier))


def _squares(width: int, height: int, *, edge: int, budget: int, side: int = 28) -> int:
    """Return Claude's visual tokens: squares that cover the largest size within edge and budget.

    The published reference divides floats and rounds half to even; so does this, as the same
    division gives the same double on every machine.
    """
    longer, shorter = max(width, height), min(width, height)
    aspect = longer / shorter

    def cost(long_edge: int) -> int:
        short_edge = max(round(long_edge / aspect), 1)
        return _covering(long_edge, side) * _covering(short_edge, side)

    # the cost never falls as the edge grows: the last edge within the budget is the largest size
    fits = bisect_right(range(1, min(longer, edge) + 1), budget, key=cost)
    return cost(fits)


def _squares_span(*, edge: int, budget: int, side: int = 28) -> tuple[int, int]:
    return 1, min(budget, _covering(edge, side) ** 2)


def _crops(
    width: int,
    height: int,
    *,
    tokens: int,
    least: int,
    most: int,
    small: int = 384,
) -> int:
    """Return Gemini 2's crops, as wide as two thirds of the short side within two limits."""
    if max(width, height) <= small:
        return tokens
    side = min(max(min(width, height) * 2 // 3, least), most)
    return tokens * _covering(width, side) * _covering(height, side)


def _crops_span(*, tokens: int, least: int, most: int, small: int = 384) -> tuple[int, int]:
    del small
    square = _covering(LARGEST_CROPPED, most) ** 2
    strip = 2 * _covering(LARGEST_CROPPED, least)  # the short side takes two crops, not more
    return tokens, tokens * max(square, strip)


def _grid(width: int, height: int, *, budget: int) -> int:
    """Return the cells of the largest grid of an image's shape within a budget."""
    across, down = isqrt(budget * width // height), isqrt(budget * height // width)
    return min(max(across, 1) * max(down, 1), budget)


def _grid_span(*, budget: int) -> tuple[int, int]:
    # worst just below a side of two cells, which is then one: half of the budget is lost
    return budget // 2, budget


def _counted_tiles(width: int, height: int, *, side: int, tokens: int, most: int) -> int:
    """Return Grok's tiles, at most so many, and one more for the whole image."""
    return tokens * (min(_covering(width, side) * _covering(height, side), most) + 1)


def _counted_tiles_span(*, side: int, tokens: int, most: int) -> tuple[int, int]:
    del side
    return 2 * tokens, tokens * (most + 1)


def _rows(width: int, height: int, *, edge: int, side: int) -> int:
    """Return Mistral's rows of patches, each row with a token that ends it."""
    width, height = _shrunk(width, height, edge)
    return (_covering(width, side) + 1) * _covering(height, side)


def _rows_span(*, edge: int, side: int) -> tuple[int, int]:
    most = _covering(edge, side)
    return 2, (most + 1) * most


def _multiples(width: int, height: int, *, side: int, least: int, most: int, extra: int) -> int:
    """Return Qwen's cells: sides rounded to whole cells, then scaled into the limits.

    The published scale is the root of a ratio of pixels; its floor and ceiling are integer roots.
    """
    across, down = round(Fraction(width, side)), round(Fraction(height, side))
    if across * down > most:
        across, down = isqrt(most * width // height), isqrt(most * height // width)
    elif across * down < least:
        across, down = _root_up(least * width, height), _root_up(least * height, width)
    return min(max(across, 1) * max(down, 1), most) + extra


def _root_up(numerator: int, denominator: int) -> int:
    """Return the ceiling of the root of a ratio."""
    return isqrt(_covering(numerator, denominator) - 1) + 1


def _multiples_span(*, side: int, least: int, most: int, extra: int) -> tuple[int, int]:
    del side
    return least + extra, most + extra


_FORMS: dict[str, tuple[Any, Any]] = {
    "fixed": (_fixed, _fixed_span),
    "tiles": (_tiles, _tiles_span),
    "patches": (_patches, _patches_span),
    "squares": (_squares, _squares_span),
    "crops": (_crops, _crops_span),
    "grid": (_grid, _grid_span),
    "counted_tiles": (_counted_tiles, _counted_tiles_span),
    "rows": (_rows, _rows_span),
    "multiples": (_multiples, _multiples_span),
}
