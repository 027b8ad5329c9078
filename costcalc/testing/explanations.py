"""Why a comparison of costs failed: two costs line by line, or what a matcher misses."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import zip_longest

from costcalc import instants
from costcalc.billing.cost import Cost
from costcalc.money import normal
from costcalc.testing.amounts import Amount, apart
from costcalc.testing.matchers import Matcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from costcalc.billing.cost import LineItem

    Pair = tuple[LineItem | None, LineItem | None]

__all__ = ["compared_costs", "cost_lines", "explain"]

_FACTS = ("model", "provider", "currency", "at", "stated", "registry_version")
"""Fields of a cost beside its lines, in the order in which a reader asks for them."""
_BASIS = ("period", "source", "checked")
"""Fields that say where the rates stand; of two models they always differ."""
_NONE = "–"


def explain(op: str, left: Any, right: Any, *, verbose: bool = False) -> list[str] | None:
    """Return why `left == right` failed, a summary first; None where that is not ours to say."""
    if op != "==":
        return None
    if isinstance(left, Matcher):
        return _missed(left, right, f"{left.described()} == {_named(right)}")
    if isinstance(right, Matcher):
        return _missed(right, left, f"{_named(left)} == {right.described()}")
    one, other = _cost(left), _cost(right)
    if one is None or other is None or one == other:
        return None
    return [
        f"{_named(left)} == {_named(right)}",
        *compared_costs(one, other, verbose=verbose),
    ]


def _missed(matcher: Matcher, value: object, summary: str) -> list[str] | None:
    why = matcher.mismatch(value)
    return None if why is None else [summary, why]


def _cost(what: object) -> Cost | None:
    """Return the cost of a `Cost`, of an estimate or of a session's estimate."""
    if not type(what).__module__.startswith("costcalc."):
        return None  # an attribute of somebody else's object may do anything
    found = getattr(what, "cost", what)
    return found if isinstance(found, Cost) else None


def _named(what: object) -> str:
    """Return a cost or a forecast as its figure, since its repr fills a screen."""
    found = _cost(what)
    if found is not None:
        return f"<{type(what).__name__} {Amount(found.total, found.currency)}>"
    mean = getattr(what, "mean", None) if type(what).__module__.startswith("costcalc.") else None
    if not isinstance(mean, Decimal):
        return repr(what)
    return f"<{type(what).__name__} {Amount(normal(mean), getattr(what, 'currency', None))} mean>"


def compared_costs(left: Cost, right: Cost, *, verbose: bool = False) -> list[str]:
    """Return two costs beside each other: what differs, and with `verbose` what is the same.

    Lines are those of the same meter, of the same model where a cost has several.
    """
    by_model = len({_who(line) for line in left.lines}) > 1 or len(
        {_who(line) for line in right.lines}
    ) > 1  # fmt: skip
    pairs = _paired(left.lines, right.lines, by_model=by_model)
    rows = [_row(one, other, by_model=by_model) for one, other in pairs]
    same = sum(not row[0] for row in rows)
    shown = [row for row in rows if row[0] or verbose]
    facts = [*_facts(left, right), *_texts(left, right, verbose=verbose or same == len(rows))]
    if not shown:  # the lines are the same, and so is the total
        return facts
    text = _aligned([("", "", "left", "right", ""), *shown, _total(left, right)])
    if same and not verbose:
        text.append(f"  {'one line is' if same == 1 else f'{same} lines are'} the same")
    return [*text, *facts]


def _who(line: LineItem) -> tuple[str | None, str | None]:
    return line.provider, line.model


def _paired(left: Iterable[LineItem], right: Iterable[LineItem], *, by_model: bool) -> list[Pair]:
    """Return lines beside those that they are compared with: the same one, else one of a kind."""
    kinds: dict[tuple[Any, ...], tuple[list[LineItem], list[LineItem]]] = {}
    for side, lines in enumerate((left, right)):
        for line in lines:
            kind = (*(_who(line) if by_model else ()), line.meter)
            kinds.setdefault(kind, ([], []))[side].append(line)
    pairs: list[Pair] = []
    for one, other in kinds.values():
        kept = list(other)
        rest: list[LineItem] = []
        for line in one:
            match = next((each for each in kept if _arithmetic(each) == _arithmetic(line)), None)
            if match is None:
                rest.append(line)
            else:
                kept.remove(match)
                pairs.append((line, match))
        pairs += zip_longest(rest, kept)
    return pairs


def _row(
    left: LineItem | None, right: LineItem | None, *, by_model: bool
) -> tuple[str, str, str, str, str]:
    line = left or right
    name = "" if line is None else f"{line.model} {line.meter}" if by_model else line.meter
    one, other = _arithmetic(left), _arithmetic(right)
    return "≠" if one != other else "", name, one, other if one != other else "the same", ""


def _arithmetic(line: LineItem | None) -> str:
    """Return a line as its arithmetic, with why it has this rate."""
    if line is None:
        return _NONE
    why = f" ({line.why})" if line.why else ""
    per = f" / {line.unit or line.per}"
    return f"{line.quantity:,} × {line.rate:f}{per} = {line.amount:f}{why}"


def _total(left: Cost, right: Cost) -> tuple[str, str, str, str, str]:
    one, other = (f"{cost.total:f}" for cost in (left, right))
    if left.currency != right.currency:
        return "≠", "total", f"{one} {left.currency}", f"{other} {right.currency}", ""
    if left.total == right.total:
        return "", "total", one, "the same", ""
    return "≠", "total", one, other, f"left is {apart(left.total, right.total)}"


def _facts(left: Cost, right: Cost) -> list[str]:
    """Return what else differs, where that does not follow from another model."""
    names = _FACTS if left.model != right.model else (*_FACTS, *_BASIS)
    facts = [(name, getattr(left, name), getattr(right, name)) for name in names]
    return [
        f"≠ {name}: {_text(one)}, not {_text(other)}" for name, one, other in facts if one != other
    ]


def _text(fact: Any) -> str:
    if isinstance(fact, datetime):
        return instants.to_text(instants.from_datetime(fact))
    return "none" if fact is None else str(fact)


def _texts(left: Cost, right: Cost, *, verbose: bool) -> list[str]:
    """Return what only one of the two assumes or notes: sentences, that no table holds."""
    if not verbose:
        return []
    found: list[str] = []
    for label, sides in (
        ("assumed", [[each.text for each in cost.assumptions] for cost in (left, right)]),
        ("note", [list(cost.notes) for cost in (left, right)]),
    ):
        for side, mine, others in (("left", *sides), ("right", *reversed(sides))):
            found += [f"≠ {label}, {side} only: {text}" for text in mine if text not in others]
    return found


def _aligned(rows: list[tuple[str, str, str, str, str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return [
        f"{mark:1} {name:<{widths[1]}}  {left:<{widths[2]}}  {right}  {more}".rstrip()
        for mark, name, left, right, more in rows
    ]


def cost_lines(cost: Cost) -> list[str]:
    """Return the arithmetic of a cost: whose and when, and a line for each of its lines."""
    when = f" at {_text(cost.at)}" if cost.at else ""
    title = [f"  {cost.model} ({cost.provider}){when}"] if cost.model else []
    rows = [
        (line.meter if cost.model else f"{line.model} {line.meter}", _arithmetic(line))
        for line in cost.lines
    ]
    width = max((len(name) for name, _ in rows), default=0)
    return [*title, *(f"    {name:<{width}}  {text}" for name, text in rows)]
