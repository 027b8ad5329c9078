"""What can go wrong: one root, and for each failure the builtin a Python reader would catch.

Every error carries its facts as attributes, survives pickling, and reads as one sentence that
names the value, what was expected and the next step.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from decimal import Decimal
    from typing import Any

__all__ = [
    "AmbiguousModelError",
    "BudgetExceededError",
    "BudgetWarning",
    "CostcalcError",
    "CurrencyMismatchError",
    "MissingExtraError",
    "NoPriceError",
    "NotOfferedError",
    "PlanError",
    "RedirectWarning",
    "RegistryError",
    "RetiredModelError",
    "StalePriceWarning",
    "TokenizerUnavailableError",
    "UnknownConditionError",
    "UnknownModelError",
    "UnpricedMeterError",
    "UnpricedWarning",
    "UsageError",
]


def _restore(cls: type[CostcalcError], state: dict[str, Any]) -> CostcalcError:
    error = cls.__new__(cls)
    error.__dict__.update(state)
    return error


class CostcalcError(Exception):
    """The root of every error that costcalc raises on purpose."""

    def _text(self) -> str:
        return self.__dict__.get("message", "")

    def _state(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def __str__(self) -> str:
        return self._text()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._text()!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self._state())


def nearest_names(
    name: str, known: Iterable[str], most: int = 3, *, alike: float = 0.6
) -> tuple[str, ...]:
    """Return the known names most alike to a name, best first; `alike` is difflib's cutoff."""
    import difflib  # only an error message needs it, and it brings `re`

    folded = {each.lower(): each for each in known}
    found = difflib.get_close_matches(name.lower(), folded, n=most, cutoff=alike)
    return tuple(folded[each] for each in found)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)


class UnknownModelError(CostcalcError, LookupError):
    """No model of the registry has this id or alias; nothing is guessed."""

    name: str
    provider: str | None

    def __init__(
        self,
        name: str,
        provider: str | None = None,
        known: Callable[[], Iterable[str]] | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__()
        self.name = name
        self.provider = provider
        self.hint = hint
        self._known = known
        self._nearest: tuple[str, ...] | None = None

    @property
    def nearest(self) -> tuple[str, ...]:
        """Return the nearest known names; computed when first read, as comparing takes time."""
        if self._nearest is None:
            self._nearest = nearest_names(self.name, self._known()) if self._known else ()
        return self._nearest

    def _state(self) -> dict[str, Any]:
        return {**self.__dict__, "_nearest": self.nearest, "_known": None}

    def _text(self) -> str:
        if not self.name.strip():
            return "the model name is empty; list all names with 'costcalc models'"
        where = f" of provider {self.provider!r}" if self.provider else ""
        near = f"; nearest: {_listed(self.nearest)}" if self.nearest else ""
        hint = f"; {self.hint}" if self.hint else ""
        return (
            f"unknown model {self.name!r}{where}{near}{hint}; list all with 'costcalc models', "
            "or add it in your own file and pass it with 'costcalc.use(...)' or --pricing"
        )


class AmbiguousModelError(CostcalcError, LookupError):
    """Several providers sell this id and none of them is its maker: name the provider."""

    def __init__(self, name: str, providers: tuple[str, ...]) -> None:
        super().__init__()
        self.name = name
        self.providers = providers

    def _text(self) -> str:
        first = self.providers[0]
        return (
            f"model {self.name!r} is sold by {', '.join(self.providers)} at prices of their own; "
            f"name one: provider={first!r}, or '{first}/{self.name}'"
        )


class NoPriceError(CostcalcError, LookupError):
    """The registry knows the model but has no price for it at this instant."""

    def __init__(self, model: str, provider: str, at: str, reason: str) -> None:
        super().__init__()
        self.model = model
        self.provider = provider
        self.at = at
        self.reason = reason

    def _text(self) -> str:
        return f"no price for {self.model!r} ({self.provider}) at {self.at}: {self.reason}"


class NotOfferedError(NoPriceError):
    """The provider does not sell this combination of conditions."""


class RetiredModelError(NoPriceError):
    """The provider stopped serving this id, and serves nothing else under it."""

    def __init__(
        self,
        model: str,
        provider: str,
        at: str,
        retired: str,
        last_price: Mapping[str, Decimal],
        replacement: str | None = None,
    ) -> None:
        super().__init__(model, provider, at, f"retired at {retired}")
        self.retired = retired
        self.last_price = dict(last_price)
        self.replacement = replacement

    def _text(self) -> str:
        rates = ", ".join(f"{meter} {rate:f}" for meter, rate in self.last_price.items())
        last = f"its last price was {rates}" if rates else "its last price is not known"
        use = (
            f"its provider recommends {self.replacement!r}"
            if self.replacement
            else f"see what it sells now with 'costcalc models --provider {self.provider}'"
        )
        return (
            f"model {self.model!r} ({self.provider}) was retired at {self.retired} and has no "
            f"price at {self.at}; {last}; {use}, or price the past with an earlier at="
        )


class UnpricedMeterError(CostcalcError, LookupError):
    """The usage has a meter for which this model has neither a rate nor one to fall back to."""

    def __init__(self, meter: str, model: str, provider: str, known: tuple[str, ...]) -> None:
        super().__init__()
        self.meter = meter
        self.model = model
        self.provider = provider
        self.known = known

    def _text(self) -> str:
        return (
            f"{self.model!r} ({self.provider}) has no rate for meter {self.meter!r}; it has "
            f"{', '.join(self.known) or 'none'}; leave {self.meter!r} out of the usage, or give "
            f"its rate with registry.overlay(rates={{{self.model!r}: {{{self.meter!r}: ...}}}})"
        )


class UnknownConditionError(CostcalcError, ValueError):
    """A stated condition is no key, or no value, that this model's prices know at this instant."""

    def __init__(
        self, key: str, value: str, model: str, provider: str, known: Mapping[str, tuple[str, ...]]
    ) -> None:
        super().__init__()
        self.key = key
        self.value = value
        self.model = model
        self.provider = provider
        self.known = dict(known)

    def _text(self) -> str:
        known = "; ".join(f"{key}: {', '.join(values)}" for key, values in self.known.items())
        return (
            f"{self.model!r} ({self.provider}) has no price for {self.key}={self.value}; "
            f"known conditions: {known or 'none'}; leave it out for the standard price"
        )


class UsageError(CostcalcError, ValueError):
    """A count or another argument of a calculation is not what it can be; `facts` holds it."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__()
        self.message = message
        self.facts = facts

    def _state(self) -> dict[str, Any]:
        plain = (str, int, float, bytes, type(None))
        facts = {
            name: fact if type(fact) in plain else repr(fact) for name, fact in self.facts.items()
        }
        return {**self.__dict__, "facts": facts}  # an argument may be anything, also unpicklable


class _FileError(CostcalcError, ValueError):
    """A file says something that its grammar does not allow."""

    def __init__(
        self,
        message: str,
        *,
        path: str | None = None,
        line: int | None = None,
        key: str | None = None,
        problems: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self.message = message
        self.path = path
        self.line = line
        self.key = key
        self.problems = problems or (self._located(),)

    def _located(self) -> str:
        place = ":".join(str(each) for each in (self.path, self.line) if each is not None)
        return ": ".join(each for each in (place, self.key, self.message) if each)

    def _text(self) -> str:
        return "\n".join(self.problems)


class RegistryError(_FileError):
    """A price file or an overlay says something that the grammar does not allow.

    `problems` holds every finding as `path:line: key: what and why`; the message shows them all.
    """


class PlanError(_FileError):
    """A plan says something that the grammar of plans does not allow.

    `problems` holds every finding as `path:line: key: what and why`; the message shows them all.
    """


class CurrencyMismatchError(CostcalcError, ValueError):
    """Costs in different currencies do not add up; convert one with `Cost.to`."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__()
        self.one = one
        self.other = other

    def _text(self) -> str:
        return (
            f"cannot add {self.other} to {self.one}; convert one first, at a rate that you name: "
            f"cost.to({self.one!r}, rate='...')"
        )


class MissingExtraError(CostcalcError, ImportError):
    """A package that an extra of costcalc brings is not installed, or cannot be imported."""

    def __init__(
        self, what: str, package: str, extra: str, otherwise: str, reason: object = ""
    ) -> None:
        super().__init__()
        self.what = what
        self.package = package
        self.extra = extra
        self.otherwise = otherwise
        self.reason = str(reason)

    def _text(self) -> str:
        why = f" ({self.reason})" if self.reason else ""
        return (
            f"{self.what} needs the package {self.package!r}, which cannot be imported{why}; "
            f"pip install 'costcalc[{self.extra}]', or {self.otherwise}"
        )


class BudgetExceededError(CostcalcError, RuntimeError):
    """A run costs more than its budget, or the next call would."""

    def __init__(
        self, spent: Decimal, budget: Decimal, currency: str, *, name: str, expected: Decimal | None
    ) -> None:
        super().__init__()
        self.spent = spent
        self.budget = budget
        self.currency = currency
        self.name = name
        self.expected = expected

    def _text(self) -> str:
        budget = f"the budget of {self.name} is {self.budget:f} {self.currency}"
        if self.expected is not None:
            return (
                f"{budget}, {self.spent:f} is spent, and a call of {self.expected:f} would exceed "
                "it; it was not recorded: make it smaller, or raise the budget"
            )
        return (
            f"{budget}, and {self.spent:f} is spent; the last call is recorded, make no other or "
            "raise the budget"
        )


class TokenizerUnavailableError(CostcalcError, RuntimeError):
    """A tokenizer, its data or the package that reads a file is not here; the message says how."""

    def __init__(self, name: str, reason: str, remedy: str) -> None:
        super().__init__()
        self.name = name
        self.reason = reason
        self.remedy = remedy

    def _text(self) -> str:
        return f"{self.name} is not available: {self.reason}; {self.remedy}"


class RedirectWarning(UserWarning):
    """A retired id was priced as the model that its provider serves instead.

    Raised once per model and registry. Call the successor by its own id to fix it; to accept it,
    `warnings.simplefilter("ignore", costcalc.RedirectWarning)`. The result's assumptions name it.
    """


class StalePriceWarning(UserWarning):
    """An open-ended price was last checked long before the instant that it is asked for.

    Raised once per model and registry. Refresh the price file to fix it; to accept it,
    `warnings.simplefilter("ignore", costcalc.StalePriceWarning)`. The assumptions name it.
    """


class BudgetWarning(UserWarning):
    """A `Meter` with `over="warn"` has spent its budget, or the share of it that warns.

    Warned once for each, and by tests of a plan that exceeds a limit of its budget that only warns.
    Raise the budget to fix it; to accept it,
    `warnings.simplefilter("ignore", costcalc.BudgetWarning)`. `meter.left` says what is left.
    """


class UnpricedWarning(UserWarning):
    """A call that a hook saw has no price, so that a `Meter`'s total is a lower bound.

    Warned once per model. Add the model to a price file of your own to fix it; to accept it,
    `warnings.simplefilter("ignore", costcalc.UnpricedWarning)`. `meter.unpriced` lists the calls.
    """
