"""Counts and pairs as people type them: `1M`, `600k`, `20_000`, `web_search=3`."""

from __future__ import annotations

import re
from decimal import Decimal

from costcalc.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["parse_count", "parse_pairs"]

_LONGEST = 40  # characters; no count of tokens needs more
_COUNT = re.compile(
    r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+(?:_[0-9]+)*)(?P<part>\.[0-9]+)?(?P<suffix>[kmb]?)",
    re.IGNORECASE,
)
_FACTORS = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9}


def parse_count(text: str, option: str) -> int:
    """Return the whole number of `1000`, `20_000`, `1,000`, `600k`, `1.5M` or `2B`.

    Raises `UsageError`, which names the option, for anything else.
    """
    said = text.strip()
    match = _COUNT.fullmatch(said) if len(said) <= _LONGEST else None
    if match is None:
        msg = f"{option} {text!r} is no count; write it like 1000, 20_000, 1,000, 600k or 1.5M"
        raise UsageError(msg, option=option, value=text)
    digits = match["whole"].replace(",", "").replace("_", "") + (match["part"] or "")
    count = Decimal(digits) * _FACTORS[match["suffix"].lower()]
    if count != count.to_integral_value():
        msg = f"{option} {text!r} is {count:f}, and a count is a whole number"
        raise UsageError(msg, option=option, value=text)
    return int(count)


def parse_pairs(texts: Iterable[str] | None, option: str, example: str) -> dict[str, str]:
    """Return the pairs of a repeatable `NAME=VALUE` option; a name said twice is an error."""
    found: dict[str, str] = {}
    for text in texts or ():
        name, mark, value = (part.strip() for part in text.partition("="))
        if not (name and mark and value):
            msg = f"{option} {text!r} is no pair; write it like {option} {example}"
            raise UsageError(msg, option=option, value=text)
        if name in found:
            msg = f"{option} says {name!r} twice; keep one"
            raise UsageError(msg, option=option, value=text)
        found[name] = value
    return found
