"""Ratios from bills: what texts were billed for, against their count in a public vocabulary.

Ranges are prediction intervals for one more document like those given. Where there are enough
documents they are order statistics, which assume nothing about a distribution: each of the m + 1
places among m documents is as likely for the next (S. S. Wilks, Determination of sample sizes for
setting tolerance limits, 1941, https://doi.org/10.1214/aoms/1177731788). Fewer documents are taken
for log-normal, with Student's t
(https://www.itl.nist.gov/div898/handbook/eda/section3/eda352.htm; for one more observation the
variance is that of the mean and its own).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from math import cos, exp, floor, fsum, log, pi, sin, sqrt, tan
from statistics import fmean, median, stdev

from costcalc.errors import UsageError
from costcalc.tokens.calibration import DIGITS, Ratio, base_count, token_shares
from costcalc.usage.usage import MAX_COUNT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

__all__ = ["fitted", "student_t"]

_FEWEST = 2  # documents from which a range can be had at all
_PURE = 0.7  # share of a class in a document that tells the class's ratio
_SPREAD = Decimal("0.7")  # of short texts, as most families have it
_MOST_SLOPES = 400  # documents between which slopes are taken; all pairs of more take long
_PLACES = Decimal("0.0001")
_CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN)  # not the caller's
_LEAST_DEVIATION = 0.01  # of logarithms: two bills that agree do so by chance


def fitted(
    pairs: Iterable[Any], base: str, coverage: float | Decimal, overhead: int | str, digits: str
) -> dict[str, Any]:
    """Return the fields of a calibration: ratios, overhead and the number of documents."""
    if digits not in DIGITS:
        msg = f"digits is {' or '.join(DIGITS)}, not {digits!r}"
        raise UsageError(msg, digits=digits)
    share = _coverage(coverage)
    if not isinstance(pairs, Iterable) or isinstance(pairs, Mapping | str):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        msg = f"pairs are (text, billed tokens), one for each document, not {pairs!r:.60}"
        raise UsageError(msg)
    documents = [_Document(*_pair(pair, at), base, digits) for at, pair in enumerate(pairs, 1)]
    if len(documents) < _FEWEST:
        msg = (
            f"a calibration is fitted to {_FEWEST} documents or more, not {len(documents)}; "
            "twenty or more of each class of content give narrow ranges"
        )
        raise UsageError(msg, documents=len(documents))
    beside = _overhead(overhead, documents)
    points = [each.less(beside) for each in documents]
    by_class: dict[str, list[tuple[float, float]]] = {}
    for document, point in zip(documents, points, strict=True):
        if document.share >= _PURE:
            by_class.setdefault(document.name, []).append(point)
    return {
        "pooled": _ratio(points, share),
        "classes": {
            name: _ratio(own, share)
            for name, own in sorted(by_class.items())
            if len(own) >= _FEWEST
        },
        "overhead": beside,
        "documents": len(documents),
    }


class _Document:
    """One bill: base tokens, billed tokens, and the class that most of the text is of."""

    __slots__ = ("billed", "name", "number", "share", "tokens")

    def __init__(self, text: str, billed: int, number: int, base: str, digits: str) -> None:
        self.number = number
        self.billed = billed
        self.tokens = base_count(text, base, digits)
        shares = token_shares(text, base)
        self.name = max(shares, key=shares.__getitem__)
        self.share = shares[self.name]

    def less(self, overhead: int) -> tuple[float, float]:
        """Return base tokens, and billed tokens without what stood beside the text."""
        own = self.billed - overhead
        if own <= 0:
            msg = (
                f"pair {self.number} was billed for {self.billed} tokens, which is not more than "
                f"the overhead of {overhead}; leave it out, or give a smaller overhead"
            )
            raise UsageError(msg, pair=self.number)
        return self.tokens, float(own)


def _pair(pair: Any, number: int) -> tuple[str, int, int]:
    """Return text, billed tokens and number of a pair; `UsageError` for what is none."""
    if isinstance(pair, Mapping):
        text, billed = pair.get("text"), pair.get("tokens")
    elif isinstance(pair, tuple | list) and len(pair) == 2:  # noqa: PLR2004 - a pair
        text, billed = pair
    else:
        msg = f"pair {number} is no (text, tokens) and no mapping with these keys: {pair!r:.60}"
        raise UsageError(msg, pair=number)
    if not isinstance(text, str) or not text:
        msg = f"the text of pair {number} is a string that is not empty, not {text!r:.60}"
        raise UsageError(msg, pair=number)
    if isinstance(billed, bool) or not isinstance(billed, int) or not 0 < billed <= MAX_COUNT:
        msg = f"the billed tokens of pair {number} are a whole number above 0, not {billed!r:.60}"
        raise UsageError(msg, pair=number)
    return text, billed, number


def _coverage(coverage: Any) -> float:
    if isinstance(coverage, bool) or not isinstance(coverage, float | Decimal):
        msg = f"coverage is a share such as 0.9, not {coverage!r}"
        raise UsageError(msg, coverage=coverage)
    if not 0.5 <= coverage <= 0.99:  # noqa: PLR2004 - NaN is refused here, too
        msg = f"coverage lies between 0.5 and 0.99, not at {coverage}"
        raise UsageError(msg, coverage=coverage)
    return float(coverage)


def _overhead(overhead: Any, documents: Sequence[_Document]) -> int:
    if overhead == "fit":
        return _intercept(documents)
    if isinstance(overhead, bool) or not isinstance(overhead, int) or overhead < 0:
        msg = f"overhead is a whole number of tokens or 'fit', not {overhead!r}"
        raise UsageError(msg, overhead=overhead)
    return overhead


def _intercept(documents: Sequence[_Document]) -> int:
    """Return the tokens beside the text: Theil and Sen's line, its slope class by class.

    https://doi.org/10.1080/01621459.1968.10480934: the median of the slopes between all pairs of
    documents, then the median of what it leaves; a few odd bills change neither.
    """
    step = -(-len(documents) // _MOST_SLOPES)
    taken = sorted(documents[::step], key=lambda each: each.tokens)
    slopes: dict[str, list[float]] = {}
    for at, one in enumerate(taken):
        for other in taken[at + 1 :]:
            # documents of about one size say nothing but how noisy they are
            if other.name == one.name and other.tokens > 1.2 * one.tokens:
                slope = (other.billed - one.billed) / (other.tokens - one.tokens)
                slopes.setdefault(one.name, []).append(slope)
    left = [
        each.billed - median(slopes[each.name]) * each.tokens
        for each in taken
        if each.name in slopes
    ]
    if not left:
        msg = (
            "an overhead is found from texts of different sizes and of one class of content; "
            "these have none two such; give overhead= as a number"
        )
        raise UsageError(msg, documents=len(documents))
    return max(0, round(median(left)))


def _ratio(points: Sequence[tuple[float, float]], coverage: float) -> Ratio:
    """Return the ratio of documents, with a prediction interval for one more."""
    logs = sorted(log(billed / tokens) for tokens, billed in points)
    number = len(logs)
    place = floor((number + 1) * (1 - coverage) / 2 + 1e-9)
    if place:
        low, high = logs[place - 1], logs[-place]
    else:
        middle = fmean(logs)
        deviation = max(_LEAST_DEVIATION, stdev(logs))
        half = student_t((1 + coverage) / 2, number - 1) * deviation * sqrt(1 + 1 / number)
        low, high = middle - half, middle + half
    mean = fsum(billed for _, billed in points) / fsum(tokens for tokens, _ in points)
    mean = min(max(mean, exp(low)), exp(high))
    return Ratio(_rounded(mean), _rounded(exp(low), -1), _rounded(exp(high), 1), _SPREAD)


def _rounded(number: float, outwards: int = 0) -> Decimal:
    """Return a decimal of four places, one step further out for an end of a range."""
    exact = _CONTEXT.create_decimal_from_float(number)
    rounded = _CONTEXT.quantize(exact, _PLACES)
    return max(Decimal(0), _CONTEXT.add(rounded, _CONTEXT.multiply(outwards, _PLACES)))


def student_t(probability: float, freedom: int) -> float:
    """Return the quantile of Student's t, for a probability above a half.

    The distribution has a closed form for whole degrees of freedom: Abramowitz and Stegun,
    Handbook of Mathematical Functions, 26.7.3 and 26.7.4; it is inverted by bisection.
    """
    low, high = 0.0, pi / 2
    for _ in range(100):
        angle = (low + high) / 2
        if _within(angle, freedom) < 2 * probability - 1:
            low = angle
        else:
            high = angle
    return tan(low) * sqrt(freedom)


def _within(angle: float, freedom: int) -> float:
    """Return the probability between -t and t, where t is tan(angle) times sqrt(freedom)."""
    odd = freedom % 2
    term, total = (cos(angle), 0.0) if odd else (1.0, 0.0)
    for at in range(odd, freedom - 1, 2):
        total += term
        term *= cos(angle) ** 2 * (at + 1) / (at + 2)
    inside = sin(angle) * total
    return 2 / pi * (angle + inside) if odd else inside
