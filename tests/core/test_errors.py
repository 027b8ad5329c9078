"""Errors: one root, the builtin a reader expects, facts as attributes, text, pickles."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
from core_support import NOW, lab, pickled

import costcalc
from costcalc import (
    AmbiguousModelError,
    BudgetExceededError,
    CostcalcError,
    CurrencyMismatchError,
    MissingExtraError,
    NoPriceError,
    NotOfferedError,
    PlanError,
    RedirectWarning,
    RegistryError,
    RetiredModelError,
    StalePriceWarning,
    TokenizerUnavailableError,
    UnknownConditionError,
    UnknownModelError,
    UnpricedMeterError,
    Usage,
    UsageError,
    price,
)

ERRORS = [
    pytest.param(
        UnknownModelError("grok-5", known=lambda: ["grok-4", "Grok-45", "gpt"]),
        LookupError,
        {"name": "grok-5", "provider": None, "nearest": ("Grok-45", "grok-4"), "hint": None},
        "unknown model 'grok-5'; nearest: 'Grok-45', 'grok-4'; list all with 'costcalc models', "
        "or add it in your own file and pass it with 'costcalc.use(...)' or --pricing",
        id="unknown model with its nearest names",
    ),
    pytest.param(
        UnknownModelError("grok-5", "xai", hint="did you mean another provider?"),
        LookupError,
        {"name": "grok-5", "provider": "xai", "nearest": ()},
        "unknown model 'grok-5' of provider 'xai'; did you mean another provider?; list all with "
        "'costcalc models', or add it in your own file and pass it with 'costcalc.use(...)' or "
        "--pricing",
        id="unknown model of a provider",
    ),
    pytest.param(
        UnknownModelError("  "),
        LookupError,
        {"name": "  "},
        "the model name is empty; list all names with 'costcalc models'",
        id="empty model name",
    ),
    pytest.param(
        AmbiguousModelError("llama", ("groq", "together")),
        LookupError,
        {"name": "llama", "providers": ("groq", "together")},
        "model 'llama' is sold by groq, together at prices of their own; name one: "
        "provider='groq', or 'groq/llama'",
        id="ambiguous model",
    ),
    pytest.param(
        NoPriceError("m", "lab", "2025-01-01", "its prices begin later"),
        LookupError,
        {"model": "m", "provider": "lab", "at": "2025-01-01", "reason": "its prices begin later"},
        "no price for 'm' (lab) at 2025-01-01: its prices begin later",
        id="no price",
    ),
    pytest.param(
        NotOfferedError("m", "lab", "2025-01-01", "not sold"),
        NoPriceError,
        {"reason": "not sold"},
        "no price for 'm' (lab) at 2025-01-01: not sold",
        id="not offered",
    ),
    pytest.param(
        RetiredModelError("m", "lab", "2026-01-01", "2025-01-01", {"input": Decimal("0.20")}, "n"),
        NoPriceError,
        {
            "retired": "2025-01-01",
            "last_price": {"input": Decimal("0.20")},
            "replacement": "n",
            "reason": "retired at 2025-01-01",
        },
        "model 'm' (lab) was retired at 2025-01-01 and has no price at 2026-01-01; its last price "
        "was input 0.20; its provider recommends 'n', or price the past with an earlier at=",
        id="retired with a replacement",
    ),
    pytest.param(
        RetiredModelError("m", "lab", "2026-01-01", "2025-01-01", {}),
        NoPriceError,
        {"last_price": {}, "replacement": None},
        "model 'm' (lab) was retired at 2025-01-01 and has no price at 2026-01-01; its last price "
        "is not known; see what it sells now with 'costcalc models --provider lab', or price the "
        "past with an earlier at=",
        id="retired without a replacement",
    ),
    pytest.param(
        UnpricedMeterError("page", "m", "lab", ("input", "output")),
        LookupError,
        {"meter": "page", "model": "m", "provider": "lab", "known": ("input", "output")},
        "'m' (lab) has no rate for meter 'page'; it has input, output; leave 'page' out of the "
        "usage, or give its rate with registry.overlay(rates={'m': {'page': ...}})",
        id="unpriced meter",
    ),
    pytest.param(
        UnpricedMeterError("page", "m", "lab", ()),
        LookupError,
        {"known": ()},
        "'m' (lab) has no rate for meter 'page'; it has none; leave 'page' out of the usage, or "
        "give its rate with registry.overlay(rates={'m': {'page': ...}})",
        id="unpriced meter of a model without rates",
    ),
    pytest.param(
        UnknownConditionError("region", "mars", "m", "lab", {"region": ("eu", "us")}),
        ValueError,
        {"key": "region", "value": "mars", "known": {"region": ("eu", "us")}},
        "'m' (lab) has no price for region=mars; known conditions: region: eu, us; leave it out "
        "for the standard price",
        id="unknown condition",
    ),
    pytest.param(
        UnknownConditionError("region", "mars", "m", "lab", {}),
        ValueError,
        {"known": {}},
        "'m' (lab) has no price for region=mars; known conditions: none; leave it out for the "
        "standard price",
        id="unknown condition where none is known",
    ),
    pytest.param(
        UsageError("input_tokens is -1", field="input_tokens"),
        ValueError,
        {"message": "input_tokens is -1", "facts": {"field": "input_tokens"}},
        "input_tokens is -1",
        id="wrong usage",
    ),
    pytest.param(
        RegistryError("a rate is a number", path="lab.yaml", line=3, key="models.m.input"),
        ValueError,
        {
            "path": "lab.yaml",
            "line": 3,
            "key": "models.m.input",
            "message": "a rate is a number",
            "problems": ("lab.yaml:3: models.m.input: a rate is a number",),
        },
        "lab.yaml:3: models.m.input: a rate is a number",
        id="broken file",
    ),
    pytest.param(
        RegistryError("an alias is empty"),
        ValueError,
        {"path": None, "line": None, "key": None},
        "an alias is empty",
        id="broken overlay",
    ),
    pytest.param(
        RegistryError("one", path="a.yaml", line=1, problems=("a.yaml:1: one", "a.yaml:2: two")),
        ValueError,
        {"problems": ("a.yaml:1: one", "a.yaml:2: two")},
        "a.yaml:1: one\na.yaml:2: two",
        id="several problems",
    ),
    pytest.param(
        PlanError("5 is no date", path="plan.yaml", line=3, key="period.start"),
        ValueError,
        {
            "path": "plan.yaml",
            "line": 3,
            "key": "period.start",
            "message": "5 is no date",
            "problems": ("plan.yaml:3: period.start: 5 is no date",),
        },
        "plan.yaml:3: period.start: 5 is no date",
        id="a plan that is none",
    ),
    pytest.param(
        CurrencyMismatchError("USD", "CNY"),
        ValueError,
        {"one": "USD", "other": "CNY"},
        "cannot add CNY to USD; convert one first, at a rate that you name: "
        "cost.to('USD', rate='...')",
        id="currencies",
    ),
    pytest.param(
        TokenizerUnavailableError("o200k_base", "the file is damaged", "install costcalc anew"),
        RuntimeError,
        {"name": "o200k_base", "reason": "the file is damaged", "remedy": "install costcalc anew"},
        "o200k_base is not available: the file is damaged; install costcalc anew",
        id="a tokenizer that is not there",
    ),
    pytest.param(
        MissingExtraError("a chart as PNG", "vl-convert-python", "plot", "take .text()", "gone"),
        ImportError,
        {"package": "vl-convert-python", "extra": "plot", "reason": "gone"},
        "a chart as PNG needs the package 'vl-convert-python', which cannot be imported (gone); "
        "pip install 'costcalc[plot]', or take .text()",
        id="an extra that is not installed",
    ),
    pytest.param(
        BudgetExceededError(
            Decimal("1.2"), Decimal(1), "USD", name="the nightly run", expected=None
        ),
        RuntimeError,
        {"spent": Decimal("1.2"), "budget": Decimal(1), "currency": "USD", "expected": None},
        "the budget of the nightly run is 1 USD, and 1.2 is spent; the last call is recorded, make "
        "no other or raise the budget",
        id="a budget that is spent",
    ),
    pytest.param(CostcalcError(), Exception, {}, "", id="the root"),
]


@pytest.mark.parametrize(("error", "builtin", "facts", "text"), ERRORS)
def test_an_error_is_an_object(
    error: CostcalcError, builtin: type[Exception], facts: dict[str, Any], text: str
) -> None:
    assert isinstance(error, CostcalcError)
    assert isinstance(error, builtin)
    assert {name: getattr(error, name) for name in facts} == facts
    assert str(error) == text
    assert repr(error) == f"{type(error).__name__}({text!r})"


@pytest.mark.parametrize(
    "twin", [pickled, copy.copy, copy.deepcopy], ids=["pickle", "copy", "deep"]
)
@pytest.mark.parametrize(("error", "builtin", "facts", "text"), ERRORS)
def test_an_error_survives(
    error: CostcalcError, builtin: type[Exception], facts: dict[str, Any], text: str, twin: Any
) -> None:
    other = twin(error)
    assert type(other) is type(error)
    assert isinstance(other, builtin)
    assert {name: getattr(other, name) for name in facts} == facts
    assert str(other) == text


def test_nearest_names_survive_the_registry_that_knows_them() -> None:
    with pytest.raises(UnknownModelError) as raised:
        lab("input: 1").model("n")
    other = pickled(raised.value)
    assert other.nearest == raised.value.nearest
    assert str(other) == str(raised.value)


def test_notes_on_an_error_survive() -> None:
    error = UsageError("wrong")
    error.add_note("in row 7")
    assert pickled(error).__notes__ == ["in row 7"]


@pytest.mark.parametrize(
    "usage", [pytest.param(lambda: 0, id="a function"), pytest.param(object(), id="an object")]
)
def test_an_error_about_any_argument_can_be_pickled(usage: Any) -> None:
    with pytest.raises(UsageError) as raised:
        price("m", usage, registry=lab("input: 1"), at=NOW)
    assert str(pickled(raised.value)) == str(raised.value)


def test_every_error_of_the_surface_is_tested_here() -> None:
    shown = {name for name in costcalc.__all__ if name.endswith("Error")}
    assert {type(each.values[0]).__name__ for each in ERRORS} == shown  # pyright: ignore[reportUnknownArgumentType]


@pytest.mark.parametrize("category", [RedirectWarning, StalePriceWarning])
def test_a_warning_says_how_to_silence_it(category: type[Warning]) -> None:
    assert issubclass(category, UserWarning)
    assert f"costcalc.{category.__name__}" in str(category.__doc__)


def test_every_error_is_raised_by_name() -> None:
    usage = Usage(input_tokens=1)
    with pytest.raises(LookupError):
        price("nope", usage, registry=lab("input: 1"), at=NOW)
