"""What a pin in a file may say: every key checked, with file, line and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costcalc.errors import RegistryError, UsageError, nearest_names
from costcalc.registry.conditions import as_text
from costcalc.testing.pins import Pin, as_share, day_of, rates_of, stated_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from costcalc.registry.documents import Document

__all__ = ["pin_of"]


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        msg = f"this is text, not {value!r}"
        raise UsageError(msg)
    return value


def _size(value: Any) -> int:
    if type(value) is not int or value < 0:
        msg = f"this is a whole number of tokens, not {value!r}"
        raise UsageError(msg)
    return value


def _conditions(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        msg = f"conditions are a mapping such as {{batch: true}}, not {value!r}"
        raise UsageError(msg)
    return {str(key): as_text(each) for key, each in value.items()}


def _rates(value: Any) -> dict[str, Decimal]:
    if not isinstance(value, Mapping):
        msg = f"rates are a mapping of meters to rates, not {value!r}"
        raise UsageError(msg)
    return rates_of(value)


_KEYS: dict[str, Callable[[Any], Any]] = {
    "model": _text,
    "at": lambda value: stated_at(_text(value)),
    "conditions": _conditions,
    "prompt_tokens": _size,
    "output_tokens": _size,
    "currency": _text,
    "rates": _rates,
    "tolerance": lambda value: as_share(value, "tolerance"),
    "expires": lambda value: day_of(_text(value)),
    "reason": _text,
    "source": _text,
    "checked": lambda value: day_of(_text(value)),
    "pinned_on": lambda value: day_of(_text(value)),
}
"""What reads the value of each key."""


def pin_of(document: Document, number: int) -> Pin:
    """Return the pin that an item of a file states; `RegistryError` with its line otherwise."""
    value = document.value[number]

    def fail(message: str, *key: str) -> RegistryError:
        line = document.line((number, *key))
        return RegistryError(message, path=document.path, line=line, key=".".join(key) or None)

    if not isinstance(value, Mapping):
        raise fail(f"a pin is a mapping with model and rates, not {value!r}")
    for key in ("model", "rates"):
        if key not in value:
            raise fail(f"a pin states its {key}; add it")
    found: dict[str, Any] = {"currency": "USD"}  # unless it says another
    for key, each in value.items():
        if key not in _KEYS:
            near = nearest_names(key, _KEYS)
            hint = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(_KEYS)}"
            raise fail(f"unknown key {key!r}; {hint}", key)
        try:
            found[key] = _KEYS[key](each)
        except UsageError as error:
            raise fail(str(error), key) from None
    return Pin(**found)
