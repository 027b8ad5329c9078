"""The numbers of a plan: one that is known, one that nobody knows yet, one that varies.

`5` is known. `{low, likely, high}` is not known yet: it is drawn once per run, from a PERT
distribution, and all sessions of the run share it. `{p50, p90}` varies: it is drawn anew for every
session, from the log-normal distribution that has these two quantiles.

Everything is drawn by inverting a distribution function at a `random.random()`, the one generator
whose sequence Python promises to keep. What comes of it is a float, and the last digit of a float
may differ between two machines' mathematical libraries: so a draw is rounded to whole tokens, or to
six digits, before anything is computed with it.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException
from math import exp, log
from statistics import NormalDist
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from costcalc.money import text_of
from costcalc.planning.pert import pert_quantile
from costcalc.registry.closed import Closed
from costcalc.registry.scalars import Text

__all__ = [
    "AS_TEXT",
    "SHARED_SCHEMAS",
    "Z90",
    "Amount",
    "Fixed",
    "Number",
    "PerRun",
    "PerRunShare",
    "PerSession",
    "Quantiles",
    "Range",
    "quantile_of_normal",
    "six_digits",
]

Z90 = 1.2815515655446004
"""The 90th percentile of the standard normal distribution."""
_NORMAL = NormalDist()
_CONTEXT = Context(prec=40, rounding=ROUND_HALF_EVEN)
_SIX = Context(prec=6, rounding=ROUND_HALF_EVEN)
_DIGITS = re.compile(r"[0-9]+(\.[0-9]+)?")
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_EXPONENT = re.compile(r"[0-9]+(\.[0-9]+)?[eE][-+]?[0-9]{1,2}")
_LARGE = {"k": Decimal(10**3), "K": Decimal(10**3), "M": Decimal(10**6)}
_UNITS = re.compile(r"^[$€]\s*|\s*(?:[$€]|[A-Z]{3}|minutes?|min|months?|days?|tokens?|people)$")
"""What people write around a number; the key says the unit."""
_LEAST = 2.0**-54
_MOST = Decimal(10**15)
AS_TEXT = "text"
"""Context of a validation in which a number may be text, as in a mapping of Python's."""
_SHAPES = "a number, {low, likely, high} or {p50, p90}"


def _plain(value: Any, info: ValidationInfo) -> Any:
    """Return a finite number from 0 on; what a file writes is an int or a Decimal."""
    written = str | float if info.mode == "json" else str
    if (info.mode == "json" or info.context == AS_TEXT) and isinstance(value, written):
        value = _of_json(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        said, hint = "nothing" if value is None else f"{value!r:.60}", _SHAPES
        if isinstance(value, str):
            said, hint = f"the text {said}", _plain_hint(value)
        elif isinstance(value, float):
            hint = f"Decimal('{value!r}'), since a float is not exact"
        msg = f"a number is expected, not {said}; write {hint}"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns ValueError into its own report
    number = Decimal(value)
    if not number.is_finite() or number < 0:
        msg = f"a number of a plan is finite and not negative, not {value}"
        raise ValueError(msg)
    if number > _MOST:
        msg = f"{value} is above 10**15; that is no plan but a mistake"
        raise ValueError(msg)
    return number


def _plain_hint(text: str) -> str:
    """Return what to write in the place of a text: its number, where it has one."""
    digits = _UNITS.sub("", text.strip())
    grouped = digits.replace(",", "")
    if _GROUPED.fullmatch(digits):
        return f"{grouped}, without separators"
    if _EXPONENT.fullmatch(digits):
        return f"it out: {Decimal(digits):f}"
    if digits[-1:] in _LARGE and _DIGITS.fullmatch(digits[:-1]):
        return f"it out: {text_of(_CONTEXT.multiply(Decimal(digits[:-1]), _LARGE[digits[-1]]))}"
    if _DIGITS.fullmatch(digits):
        return f"{digits}, without quotes, signs or units"
    if digits.endswith("%") and _DIGITS.fullmatch(digits[:-1]):
        share = text_of(_CONTEXT.divide(Decimal(digits[:-1]), Decimal(100)))
        return f"{share}, or {digits[:-1]} where the key ends in percent"
    return "a plain number, such as 0.03"


def _of_json(value: str | float) -> Any:
    """Return a number of JSON by its digits, as a dump writes decimals as text."""
    try:
        return Decimal(value if isinstance(value, str) else repr(value))
    except DecimalException:
        return value


Amount = Annotated[
    Decimal, BeforeValidator(_plain), WithJsonSchema({"type": "number", "minimum": 0})
]
"""One number from 0 on."""


def quantile_of_normal(share: float) -> float:
    """Return the quantile of the standard normal distribution, also where a draw is exactly 0."""
    return _NORMAL.inv_cdf(max(share, _LEAST))


def six_digits(number: float) -> float:
    """Return a float at six digits, the same on every machine."""
    return float(f"{number:.5e}")


class Number(Closed):
    """What all kinds of number have: where it comes from, its mean, its quantiles."""

    source: Text | None = None
    """Where the number was read or measured; without one it counts as assumed."""
    basis: Literal["measured", "assumed"] | None = None
    """What it rests on, where that is not what `source` says."""

    @property
    def mean(self) -> Decimal:
        """Return what it averages to."""
        raise NotImplementedError

    @property
    def ends(self) -> tuple[Decimal, Decimal]:
        """Return a low and a high end: the same number, the stated ends, or P10 and P90."""
        raise NotImplementedError

    def quantile(self, share: float) -> float:
        """Return the number that such a share of the draws does not exceed."""
        raise NotImplementedError

    def times(self, factor: Decimal) -> Self:
        """Return the same distribution, so many times as large."""
        raise NotImplementedError

    def largest(self) -> Decimal:
        """Return the largest number that is stated."""
        return self.ends[1]

    def stated_basis(self) -> str:
        """Return measured or assumed."""
        return self.basis or ("measured" if self.source else "assumed")

    def _scaled(self, factor: Decimal, *names: str) -> Self:
        return self.model_copy(
            update={name: _CONTEXT.multiply(getattr(self, name), factor) for name in names}
        )


class Fixed(Number):
    """A number that is known, or taken as if it were."""

    value: Amount
    """The number."""

    @property
    def mean(self) -> Decimal:
        """Return the number."""
        return self.value

    @property
    def ends(self) -> tuple[Decimal, Decimal]:
        """Return the number twice."""
        return self.value, self.value

    def quantile(self, share: float) -> float:  # noqa: ARG002 - all quantiles are the same
        """Return the number."""
        return float(self.value)

    def times(self, factor: Decimal) -> Self:
        """Return the number, so many times as large."""
        return self._scaled(factor, "value")

    def __str__(self) -> str:
        """Return the number as it is written."""
        return text_of(self.value)


class Range(Number):
    """A number that nobody knows yet: a PERT distribution, drawn once per run and shared."""

    low: Amount
    """Least that it can be."""
    likely: Amount
    """The single most likely value; the mean is (low + 4 likely + high) / 6."""
    high: Amount
    """Most that it can be."""

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if not self.low <= self.likely <= self.high:
            msg = (
                f"low {self.low}, likely {self.likely} and high {self.high} are not in order; "
                "likely lies between the two"
            )
            raise ValueError(msg)
        return self

    @property
    def mean(self) -> Decimal:
        """Return (low + 4 likely + high) / 6."""
        weighted = _CONTEXT.fma(Decimal(4), self.likely, _CONTEXT.add(self.low, self.high))
        return _CONTEXT.divide(weighted, Decimal(6))

    @property
    def ends(self) -> tuple[Decimal, Decimal]:
        """Return the ends."""
        return self.low, self.high

    def quantile(self, share: float) -> float:
        """Return a quantile, at six digits."""
        low, high = float(self.low), float(self.high)
        if low == high:
            return low
        mode = (float(self.likely) - low) / (high - low)
        return six_digits(low + (high - low) * pert_quantile(six_digits(mode), share))

    def times(self, factor: Decimal) -> Self:
        """Return the range, so many times as large."""
        return self._scaled(factor, "low", "likely", "high")

    def __str__(self) -> str:
        """Return the range in words."""
        return f"{text_of(self.low)} to {text_of(self.high)}, likely {text_of(self.likely)}"


class Quantiles(Number):
    """A number that varies: a log-normal distribution, drawn for every session."""

    p50: Amount
    """Half of all sessions have no more."""
    p90: Amount
    """Nine in ten have no more; together with the median it gives mean and tail."""

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.p50 > self.p90:
            msg = f"p50 {self.p50} is above p90 {self.p90}; the median is the smaller one"
            raise ValueError(msg)
        if not self.p50:
            msg = (
                "p50 is 0, and a log-normal distribution has a median above 0; write 0.1 or a mean"
            )
            raise ValueError(msg)
        return self

    @property
    def sigma(self) -> float:
        """Return the standard deviation of the logarithm: ln(p90 / p50) / 1.2816."""
        return log(float(_CONTEXT.divide(self.p90, self.p50))) / Z90

    @property
    def mean(self) -> Decimal:
        """Return p50 exp(sigma² / 2), which lies above the median."""
        sigma = _CONTEXT.divide(_CONTEXT.ln(_CONTEXT.divide(self.p90, self.p50)), Decimal(str(Z90)))
        half = _CONTEXT.divide(_CONTEXT.multiply(sigma, sigma), Decimal(2))
        return _CONTEXT.multiply(self.p50, _CONTEXT.exp(half))

    @property
    def ends(self) -> tuple[Decimal, Decimal]:
        """Return the 10th and the 90th percentile."""
        return _CONTEXT.divide(_CONTEXT.multiply(self.p50, self.p50), self.p90), self.p90

    def quantile(self, share: float) -> float:
        """Return a quantile; whoever draws rounds it to whole tokens."""
        return float(self.p50) * exp(self.sigma * quantile_of_normal(share))

    def times(self, factor: Decimal) -> Self:
        """Return the distribution, so many times as large."""
        return self._scaled(factor, "p50", "p90")

    def __str__(self) -> str:
        """Return the quantiles in words."""
        return f"P50 {text_of(self.p50)}, P90 {text_of(self.p90)}"


_KEYS: dict[str, tuple[str, ...]] = {
    "fixed": ("value",),
    "range": ("low", "likely", "high"),
    "quantiles": ("p50", "p90"),
}
_TAGS: dict[type[Number], str] = {Fixed: "fixed", Range: "range", Quantiles: "quantiles"}
_BESIDE = {"source", "basis"}


def _form(value: Any) -> str:
    """Return which kind of number this is, of what `_number` let pass."""
    if isinstance(value, Number):
        return _TAGS[type(value)]
    keys = set(value) - _BESIDE
    return next(tag for tag, names in _KEYS.items() if keys == set(names))


def _number(value: Any) -> Any:
    """Return a number of any kind, or a mapping that looks like one; a scalar is a fixed one."""
    if isinstance(value, Number):
        return value
    if not isinstance(value, dict):
        return {"value": value}
    keys = [str(key) for key in value if key not in _BESIDE]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    for names in _KEYS.values():
        missing = [name for name in names if name not in keys]
        if keys and set(keys) <= set(names):
            if not missing:
                return value  # pyright: ignore[reportUnknownVariableType]
            msg = f"{' and '.join(missing)} is missing beside {' and '.join(keys)}; write {_SHAPES}"
            raise ValueError(msg)
    said = ", ".join(keys) or "no keys"
    msg = f"a number with {said} is not known; write {_SHAPES}"
    raise ValueError(msg)


def _per_run(value: Any) -> Any:
    number = _number(value)
    if _form(number) == "quantiles":
        msg = (
            "{p50, p90} varies from session to session, and this is one number for a whole run; "
            "write a number or {low, likely, high}"
        )
        raise ValueError(msg)
    return number


def _share(number: Number) -> Number:
    if number.largest() > 1:
        msg = f"{number.largest()} is above 1; this is a share from 0 to 1, such as 0.03"
        raise ValueError(msg)
    return number


_BASIS = {
    "source": {"type": "string", "description": "Where the number was read or measured."},
    "basis": {"enum": ["measured", "assumed"], "description": "What it rests on."},
}


def _schema(*, session: bool, most: int | None = None) -> dict[str, Any]:
    """Return the schema of a number, for editors: a scalar or a mapping of one of the kinds."""
    plain: dict[str, Any] = {"type": "number", "minimum": 0}
    if most is not None:
        plain["maximum"] = most
    forms: list[dict[str, Any]] = [plain]
    for tag, names in _KEYS.items():
        if tag != "quantiles" or session:
            forms.append(
                {
                    "type": "object",
                    "properties": {**dict.fromkeys(names, plain), **_BASIS},
                    "required": list(names),
                    "additionalProperties": False,
                }
            )
    return {"anyOf": forms}


SHARED_SCHEMAS = {
    "PerSession": _schema(session=True),
    "PerRun": _schema(session=False),
    "PerRunShare": _schema(session=False, most=1),
}
"""Schemas of numbers by the name of their type; dozens of keys have one of them."""

_Fixed = Annotated[Fixed, Tag("fixed")]
_Range = Annotated[Range, Tag("range")]
_Quantiles = Annotated[Quantiles, Tag("quantiles")]
PerSession = Annotated[
    _Fixed | _Range | _Quantiles,
    Discriminator(_form),
    BeforeValidator(_number),
    WithJsonSchema(SHARED_SCHEMAS["PerSession"]),
]
"""A number that may vary from session to session."""
PerRun = Annotated[
    _Fixed | _Range,
    Discriminator(_form),
    BeforeValidator(_per_run),
    WithJsonSchema(SHARED_SCHEMAS["PerRun"]),
]
"""A number that is one for a whole run."""
PerRunShare = Annotated[
    _Fixed | _Range,
    Discriminator(_form),
    BeforeValidator(_per_run),
    AfterValidator(_share),
    WithJsonSchema(SHARED_SCHEMAS["PerRunShare"]),
]
"""A share from 0 to 1."""
