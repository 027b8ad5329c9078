"""What the pages of a PDF cost: their images, their frame, and their text where it is counted."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from costcalc.errors import UsageError
from costcalc.tokens.quantities import amount, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NamedTuple

    class Span(NamedTuple):
        """The least, the likely and the most tokens of something."""

        low: int
        likely: int
        high: int

else:
    from collections import namedtuple

    Span = namedtuple("Span", ["low", "likely", "high"])  # noqa: PYI024 - typed above

__all__ = ["PAGE_SIZE", "PAGE_TEXT", "Span", "pages_span", "text_span"]

PAGE_TEXT = Span(0, 1_500, 3_000)
"""Text tokens of a page that nobody has read: none on a scan, else 1,500 to 3,000 by its density
(https://platform.claude.com/docs/en/build-with-claude/pdf-support)."""
PAGE_SIZE = (17, 22)
"""The shape of a page that nobody has measured: Letter; A4 counts the same."""


def pages_span(
    rule: Mapping[str, Any], level: str, pages: int, drawn: int | None, size: object, *, blank: bool
) -> Span:
    """Return what pages cost beside their text.

    `drawn` is on how many of them a picture is drawn, `size` the width and height of a page, and
    `blank` says that there is no text.
    """
    shape = _shape(size)
    if rule["form"] == "pages":
        stated = rule["levels"][level]
        found = stated if isinstance(stated, tuple) else (stated,)
        return Span(pages * min(found), pages * found[0], pages * max(found))
    image = _rendered(rule["image"], shape)
    if rule["form"] == "rendered":
        return Span(pages * image, pages * image, pages * max(image, rule["most"]))
    frame = 0 if blank else rule["frame"]
    fewest = drawn or 0
    likely = fewest * image + (pages - fewest) * frame
    return Span(likely, likely, pages * image)


def text_span(policy: str, pages: int, counted: int | None) -> tuple[Span, str | None]:
    """Return what the text of pages costs, and words where nobody has counted it."""
    if policy == "free":
        return Span(0, 0, 0), None
    if counted is not None:
        tokens = whole(counted, "text_tokens")
        return (Span(0, 0, tokens) if policy == "disputed" else Span(*[tokens] * 3)), None
    low, likely, high = (pages * each for each in PAGE_TEXT)
    said = f"; its text is not counted and taken as {likely:,} tokens, from {low} to {high:,}"
    if policy == "disputed":
        return Span(0, 0, high), f"; its text is not counted and left out, up to {high:,} tokens"
    return Span(low, likely, high), said


def _shape(size: object) -> tuple[Fraction, Fraction]:
    """Return the sides of a page, the shorter first."""
    if size is None:
        return Fraction(PAGE_SIZE[0]), Fraction(PAGE_SIZE[1])
    if not isinstance(size, tuple | list) or len(size) != len(PAGE_SIZE):
        msg = f"page_size is a pair of width and height, not {size!r}"
        raise UsageError(msg, page_size=size)
    short, long = sorted(amount(each, "page_size") for each in size)
    if not short:
        msg = f"a page has a width and a height above 0, not {size!r}"
        raise UsageError(msg, page_size=size)
    return short, long


def _rendered(drawing: Mapping[str, int], shape: tuple[Fraction, Fraction]) -> int:
    """Return the tokens of a page that is drawn within an edge and an area, by its pixels."""
    short, long = shape
    pixels = min(Fraction(drawing["area"]), drawing["edge"] ** 2 * short / long)
    return ceil(pixels / drawing["per"])
