"""Cost: the sum and its lines, arithmetic on costs, receipts, and the way through JSON."""

from __future__ import annotations

import copy
import dataclasses
import json
from datetime import UTC, date, datetime
from decimal import ROUND_UP, Decimal, localcontext
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from core_support import NOW, assumed, codes, cost, lab, pickled, registry, ruled
from pydantic import ValidationError

from costcalc import (
    Assumption,
    Cost,
    CurrencyMismatchError,
    LineItem,
    Period,
    Usage,
    UsageError,
    price,
)

PRICES = registry(
    """
    provider: lab
    source: https://lab/prices
    checked: 2026-11-20
    note: list prices
    fees: {web_search: 10}
    rules: [{if: {region: us}, times: 1.1}]
    models:
      m: {input: 0.20, cache_read: 0.02, output: 1.50, audio_second: 1}
      n: {input: 3, output: 9}
    """
)
USAGE = Usage(
    input_tokens=1_000,
    cache_read_tokens=600,
    output_tokens=7,
    units={"web_search": 3, "audio_second": 1},
)


def one(**options: Any) -> Cost:
    return cost(PRICES, USAGE, **options)


def line(amount: str, **fields: Any) -> LineItem:
    given: dict[str, Any] = {"meter": "input", "quantity": 1, "per": 1, **fields}
    return LineItem(rate=Decimal(amount), amount=Decimal(amount), **given)


def made(*amounts: str, **fields: Any) -> Cost:
    lines = tuple(line(each) for each in amounts)
    given: dict[str, Any] = {"currency": "USD", "total": sum(each.amount for each in lines)}
    return Cost(lines=lines, **{**given, **fields})


def total_of(lines: tuple[LineItem, ...]) -> Fraction:
    return sum((Fraction(each.amount) for each in lines), Fraction(0))


@pytest.mark.parametrize(
    "priced",
    [
        pytest.param(one(), id="a price"),
        pytest.param(one() + one(region="us"), id="a sum"),
        pytest.param(sum([one(), one(), one(region="us")], start=one()), id="a long sum"),
        pytest.param(one() * 7, id="a multiple"),
        pytest.param(one() * Decimal("0.333"), id="a share"),
        pytest.param(one().to("EUR", rate="0.917"), id="a conversion"),
        pytest.param(one() * 0, id="nothing"),
        pytest.param(cost(PRICES, Usage()), id="an empty usage"),
    ],
)
def test_lines_sum_to_the_total(priced: Cost) -> None:
    assert total_of(priced.lines) == Fraction(priced.total)
    assert sum((each.amount for each in priced.lines), Decimal(0)) == priced.total
    for each in priced.lines:
        exact = Fraction(each.quantity) * Fraction(each.rate) / each.per
        grain = Fraction(0) if each.meter != "audio_second" else Fraction(10, 10**18)
        assert abs(Fraction(each.amount) - exact) <= grain
    assert "E" not in f"{priced.total}"


def test_lines_come_in_the_order_of_a_receipt() -> None:
    assert [each.meter for each in one().lines] == [
        "input",
        "cache_read",
        "output",
        "audio_second",
        "web_search",
    ]
    assert {(each.provider, each.model) for each in one().lines} == {("lab", "m")}


def test_equal_lines_join_and_others_stand_apart() -> None:
    both = one() + one()
    assert [(each.meter, each.quantity, each.amount) for each in both.lines] == [
        (each.meter, 2 * each.quantity, 2 * each.amount) for each in one().lines
    ]
    dearer = one() + one(region="us")
    assert [(each.meter, each.why) for each in dearer.lines if each.meter == "input"] == [
        ("input", ""),
        ("input", "× 1.1 region=us"),
    ]
    assert len([each for each in dearer.lines if each.meter == "web_search"]) == 1


def test_a_sum_keeps_what_its_costs_share() -> None:
    same = one() + one()
    assert (same.model, same.provider, same.at, same.period) == (
        "m",
        "lab",
        one().at,
        one().period,
    )
    assert (same.source, same.checked) == ("https://lab/prices", date(2026, 11, 20))
    assert same.registry_version == PRICES.version
    mixed = one() + cost(PRICES, USAGE, at="2026-11-22") + cost(PRICES, Usage(output_tokens=1), "n")
    assert (mixed.model, mixed.provider, mixed.at) == (None, "lab", None)
    assert [each.model for each in mixed.lines] == ["m"] * 5 + ["n"]
    assert mixed.notes == ("list prices",)


def test_a_sum_keeps_each_assumption_once() -> None:
    prices = lab("input: 1, context_window: 10")
    big, bigger = (cost(prices, Usage(input_tokens=n)) for n in (11, 12))
    assert codes(big + big + bigger) == ["context_window"] * 2


def test_the_order_of_addition_does_not_matter() -> None:
    parts = [
        one(),
        one(region="us"),
        cost(PRICES, Usage(output_tokens=1), "n", region="us"),
        cost(lab("input: 5, context_window: 1"), Usage(input_tokens=3)),
        cost(lab("input: 4, context_window: 1"), Usage(input_tokens=3)),
    ]
    expected = sum(parts[1:], start=parts[0])
    for order in permutations(parts):
        found = sum(order[1:], start=order[0])
        assert found.total == expected.total
        assert found.lines == expected.lines
        assert {*found.assumptions} == {*expected.assumptions}
    left = (parts[0] + parts[1]) + (parts[2] + parts[3]) + parts[4]
    right = parts[0] + (parts[1] + (parts[2] + (parts[3] + parts[4])))
    assert left == right


def test_costs_sum_from_zero() -> None:
    assert sum([one(), one()]) == one() + one()
    assert sum([one()]) == one()
    assert sum([]) == 0


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        pytest.param(["1.10", "2"], "3.1", id="all stated"),
        pytest.param(["1.10", None], None, id="one not stated"),
        pytest.param([None, None], None, id="none stated"),
        pytest.param(["0", "0"], "0", id="free is stated"),
    ],
)
def test_sellers_figures_add_up_where_all_are_there(
    stated: list[str | None], expected: str | None
) -> None:
    first, second = (made("1", stated=each and Decimal(each)) for each in stated)
    found = (first + second).stated
    assert (found is None) == (expected is None)
    assert expected is None or found == Decimal(expected)


def test_currencies_do_not_add_up() -> None:
    with pytest.raises(CurrencyMismatchError) as raised:
        made("1") + made("1", currency="CNY")
    assert (raised.value.one, raised.value.other) == ("USD", "CNY")
    assert (made("1") + made("7", currency="CNY").to("USD", rate="0.14")).total == Decimal("1.98")


@pytest.mark.parametrize("other", [1, "1", None, Decimal(1), 0.5])
def test_a_cost_adds_up_with_costs_only(other: Any) -> None:
    with pytest.raises(TypeError):
        one() + other
    with pytest.raises(TypeError):
        other + one()


@pytest.mark.parametrize(
    ("factor", "quantity", "amount", "total"),
    [
        pytest.param(3, 1_200, "0.00024", "0.000282", id="whole number"),
        pytest.param(Decimal("0.5"), 200, "0.00004", "0.000047", id="a half"),
        pytest.param(Decimal("0.001"), Decimal("0.4"), "0.00000008", "0.000000094", id="a part"),
        pytest.param(Decimal("1E+2"), 40_000, "0.008", "0.0094", id="an exponent"),
        pytest.param(0, 0, "0", "0", id="zero"),
        pytest.param(1, 400, "0.00008", "0.000094", id="one"),
    ],
)
def test_a_cost_is_multiplied(
    factor: int | Decimal, quantity: int | Decimal, amount: str, total: str
) -> None:
    base = cost(PRICES, Usage(input_tokens=1_100, cache_read_tokens=700))
    found = base * factor
    assert found == factor * base
    assert (found.lines[0].quantity, found.lines[0].amount) == (quantity, Decimal(amount))
    assert type(found.lines[0].quantity) is type(quantity)
    assert found.total == Decimal(total)
    assert found.lines[0].rate == base.lines[0].rate
    assert (made("1", stated=Decimal("1.5")) * factor).stated == Decimal("1.5") * factor


@pytest.mark.parametrize("factor", [0.5, True, "2", None, [1]])
def test_a_factor_is_a_whole_number_or_a_decimal(factor: Any) -> None:
    with pytest.raises(TypeError):
        one() * factor


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        pytest.param(
            -1, "a cost cannot be multiplied by -1; a factor is not negative", id="negative"
        ),
        pytest.param(Decimal("NaN"), "the factor of a cost Decimal('NaN') is not finite", id="NaN"),
        pytest.param(
            Decimal("Infinity"), "the factor of a cost Decimal('Infinity')", id="infinite"
        ),
    ],
)
def test_a_factor_is_finite_and_not_negative(factor: Any, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        one() * factor
    assert str(raised.value).startswith(words)


@pytest.mark.parametrize("rate", ["0.9", Decimal("0.9"), "0.90", 2])
def test_a_cost_is_converted_at_a_rate_that_the_caller_names(rate: Any) -> None:
    base = made("1", "2.5", stated=Decimal(3))
    found = base.to("EUR", rate=rate)
    factor = Decimal(rate)
    assert (found.currency, found.total, found.stated) == (
        "EUR",
        factor * Decimal("3.5"),
        3 * factor,
    )
    assert [(each.rate, each.amount) for each in found.lines] == [
        (factor, factor),
        (factor * Decimal("2.5"), factor * Decimal("2.5")),
    ]
    assert assumed(found, "conversion") == f"converted at {rate} EUR for one USD"
    assert base.currency == "USD"


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        pytest.param("0", "an exchange rate is positive, not 0", id="zero"),
        pytest.param(-1, "an exchange rate is positive, not -1", id="negative"),
        pytest.param(0.9, "an exchange rate is a Decimal, an int or decimal text", id="float"),
        pytest.param("abc", "an exchange rate 'abc' is no decimal number", id="word"),
        pytest.param(None, "an exchange rate is a Decimal", id="None"),
    ],
)
def test_an_exchange_rate_is_exact_and_positive(rate: Any, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        one().to("EUR", rate=rate)
    assert str(raised.value).startswith(words)


def test_a_receipt_explains_every_cent() -> None:
    prices = ruled(
        "{if: {region: us}, times: 1.1}", rates="input: 20, output: 1.50, context_window: 1"
    )
    priced = cost(prices, Usage(input_tokens=1_234_567, output_tokens=500), region="us")
    assert (
        priced.explain()
        == "m (lab) at 2026-11-23 12:00:00 UTC\n  input   1,234,567 × 22 / 1M tokens    27.160474        × 1.1 region=us\n  output        500 × 1.65 / 1M tokens   0.000825        × 1.1 region=us\n  ───────────────────────────────────────────────\n  total                                 27.161299        USD\n  price    from the beginning until further notice\n  assumed  1,234,567 input tokens, above the context window of 1, are priced as one request;\n           say requests= for an aggregate"
    )


@pytest.mark.parametrize(
    ("priced", "lines"),
    [
        pytest.param(
            one(),
            ["  source   https://lab/prices, checked 2026-11-20", "  note     list prices"],
            id="source, check and notes",
        ),
        pytest.param(
            made("1", source="https://a", stated=Decimal("0.99")),
            ["  source   https://a", "  stated   the seller's own figure is 0.99 USD"],
            id="a seller's own figure",
        ),
        pytest.param(
            one() + cost(PRICES, Usage(output_tokens=1), "n"),
            ["several models at 2026-11-23 12:00:00 UTC"],
            id="several models at one instant",
        ),
        pytest.param(
            one() + cost(PRICES, Usage(output_tokens=1), "n", "2026-11-22"),
            ["several models"],
            id="several models at several instants",
        ),
        pytest.param(
            cost(PRICES, Usage()),
            ["  total     0        USD"],
            id="nothing to bill",
        ),
    ],
)  # fmt: skip
def test_a_receipt_says(priced: Cost, lines: list[str]) -> None:
    receipt = priced.explain()
    assert [each for each in lines if each not in receipt.split("\n")] == []
    assert f"{priced.total:f}" in receipt
    assert all(each.meter in receipt for each in priced.lines)
    assert all(len(each) <= 100 for each in receipt.split("\n") if "× " not in each)


SUM = one() + one(region="us") + cost(PRICES, Usage(output_tokens=1), "n")
SHOWN = [
    pytest.param(one(), id="a price"),
    pytest.param(SUM, id="a sum"),
    pytest.param(one() * Decimal("0.333"), id="a share"),
    pytest.param(one().to("EUR", rate="0.9"), id="a conversion"),
    pytest.param(made("1", stated=Decimal("0.99")), id="a cost with a stated figure"),
    pytest.param(cost(PRICES, Usage()), id="an empty cost"),
    pytest.param(
        cost(
            lab("input: 1, from: 2025-01-01, until: 2027-01-01"), at="2026-01-01T01:02:03.000004Z"
        ),
        id="a closed period and microseconds",
    ),
]


@pytest.mark.parametrize("priced", SHOWN)
def test_a_cost_survives_json(priced: Cost) -> None:
    text = priced.model_dump_json()
    other = Cost.model_validate_json(text)
    assert other == priced
    assert hash(other) == hash(priced)
    assert other.model_dump_json() == text
    assert other.explain() == priced.explain()
    assert Cost.model_validate(priced.model_dump()) == priced
    assert Cost.model_validate(priced.model_dump(mode="json")) == priced
    assert Cost.model_validate(priced) == priced
    assert other + priced == priced + priced


@pytest.mark.parametrize(
    "twin", [pickled, copy.copy, copy.deepcopy], ids=["pickle", "copy", "deep"]
)
@pytest.mark.parametrize("priced", SHOWN)
def test_a_cost_survives_copies(priced: Cost, twin: Any) -> None:
    other = twin(priced)
    assert other == priced
    assert other.explain() == priced.explain()
    assert other.model_dump_json() == priced.model_dump_json()


def test_a_cost_whose_lines_were_never_read_survives_copies() -> None:
    assert pickled(one()) == one()
    assert copy.deepcopy(one()) == one()
    assert dataclasses.replace(one(), stated=Decimal(1)).lines == one().lines


def test_amounts_are_decimal_text_in_json() -> None:
    data = json.loads(one().model_dump_json())
    assert data["total"] == str(one().total)
    assert [each["amount"] for each in data["lines"]] == [
        "0.00008", "0.000012", "0.0000105", "0.000277777777777778", "0.03",
    ]  # fmt: skip
    assert data["lines"][0]["quantity"] == 400
    assert data["at"] == "2026-11-23T12:00:00Z"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(
            {"total": "9"},
            "the lines sum to 0.030380277777777778, not to the total 9",
            id="the total",
        ),
        pytest.param({"lines": []}, "the lines sum to 0, not to the total", id="the lines"),
        pytest.param({"colour": "red"}, "colour", id="an unknown key"),
        pytest.param({"total": "NaN"}, "total", id="no number"),
        pytest.param({"at": "yesterday"}, "at", id="no instant"),
    ],
)
def test_a_tampered_cost_is_refused(change: dict[str, Any], words: str) -> None:
    data = {**json.loads(one().model_dump_json()), **change}
    with pytest.raises(ValidationError, match=words):
        Cost.model_validate_json(json.dumps(data))


def test_a_tampered_line_is_refused() -> None:
    data = json.loads(one().model_dump_json())
    data["lines"][0]["amount"] = "0"
    with pytest.raises(ValidationError, match="not to the total"):
        Cost.model_validate(data)


def test_a_cost_of_lines_that_do_not_sum_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="the lines sum to 1, not to the total 2"):
        Cost(total=Decimal(2), currency="USD", lines=(line("1"),))


def test_a_cost_is_frozen() -> None:
    priced = one()
    with pytest.raises(dataclasses.FrozenInstanceError):
        priced.total = Decimal(0)  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(dataclasses.FrozenInstanceError):
        priced.lines[0].amount = Decimal(0)  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(AttributeError, match="'Cost' object has no attribute 'amount'"):
        priced.amount  # noqa: B018 # pyright: ignore[reportAttributeAccessIssue]


def test_equal_costs_are_equal_and_hash_alike() -> None:
    assert one() == one()
    assert len({one(), one(), one(region="us")}) == 2
    assert one() != one().total


def test_a_line_with_a_meter_of_a_later_version_adds_up() -> None:
    later = Cost(total=Decimal(1), currency="USD", lines=(line("1", meter="thought"),))
    assert (later + later).total == 2
    assert [each.meter for each in (later + made("1")).lines] == ["input", "thought"]


def test_reading_fields_in_any_order_gives_the_same() -> None:
    names = [field.name for field in dataclasses.fields(Cost)]
    expected = {name: getattr(one(), name) for name in names}
    for start in range(len(names)):
        priced = one()
        order = names[start:] + names[:start]
        assert {name: getattr(priced, name) for name in order} == expected


def test_a_period_and_an_assumption_are_values() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert Period(start, None) == Period.model_validate(
        {"start": "2026-01-01T00:00:00Z", "until": None}
    )
    assert Assumption("a", "b") == Assumption.model_validate({"code": "a", "text": "b"})


def test_a_price_and_its_own_sum_agree_over_many_requests() -> None:
    usages = [Usage(input_tokens=n, output_tokens=2 * n) for n in range(1, 200)]
    each = [price("m", usage, registry=PRICES, at=NOW) for usage in usages]
    added = sum(each[1:], start=each[0])
    assert (
        added.total == price("m", sum(usages[1:], start=usages[0]), registry=PRICES, at=NOW).total
    )
    assert [item.meter for item in added.lines] == ["input", "output"]


MTOK = Usage(input_tokens=1_000_000)


@pytest.mark.parametrize(
    ("priced", "said"),
    [
        pytest.param(cost(PRICES, MTOK, at="2026-11-23"), "0.2 USD: m (lab) at 2026-11-23",
                     id="a price at midnight"),
        pytest.param(cost(PRICES, MTOK, at="2026-11-23T12:30:15.5Z"),
                     "0.2 USD: m (lab) at 2026-11-23T12:30:15Z", id="a price in whole seconds"),
        pytest.param(cost(PRICES, MTOK).to("EUR", rate=2), "0.4 EUR: m (lab) at 2026-11-23T12:00:00Z",
                     id="a conversion"),
        pytest.param(one() * 0, "0 USD: m (lab) at 2026-11-23T12:00:00Z", id="nothing of a model"),
        pytest.param(cost(PRICES, MTOK) + cost(PRICES, MTOK, at="2026-11-20"), "0.4 USD: m (lab)",
                     id="a sum over time"),
        pytest.param(cost(PRICES, MTOK) + cost(PRICES, MTOK, "n"),
                     "3.2 USD: m (lab) and n (lab) at 2026-11-23T12:00:00Z", id="a sum of two models"),
        pytest.param(
            sum([cost(PRICES, MTOK), cost(PRICES, MTOK, "n"), cost(lab("input: 1"), MTOK)],
                start=cost(registry("{provider: x, models: {o: {input: 1}}}\n"), MTOK, "o")),
            "5.2 USD: 3 models at 2026-11-23T12:00:00Z", id="a sum of more",
        ),
        pytest.param(made(total=Decimal(0)), "0 USD", id="of nobody"),
        pytest.param(made("0.5"), "0.5 USD", id="of lines without a model"),
        pytest.param(made("0.5", model="m"), "0.5 USD: m", id="of a model that nobody sells"),
    ],
)  # fmt: skip
def test_a_cost_is_a_sentence(priced: Cost, said: str) -> None:
    assert str(priced) == f"{priced}" == said
    assert repr(priced).startswith("Cost(total=Decimal(")


@pytest.mark.parametrize(
    ("total", "spec", "said"),
    [
        pytest.param("0.125", ".2f", "0.12", id="half to even"),
        pytest.param("0.135", ".2f", "0.14", id="half to even, upwards"),
        pytest.param("0.12500000001", ".2f", "0.13", id="above the half"),
        pytest.param("1234567.891", ",.1f", "1,234,567.9", id="thousands"),
        pytest.param("1234567.891", "f", "1234567.891", id="all digits"),
        pytest.param("0.5", ">8.2f", "    0.50", id="a width"),
        pytest.param("0.5", "+.1e", "+5.0e-1", id="a sign and an exponent"),
        pytest.param("0.05", ".0%", "5%", id="a share"),
    ],
)
def test_a_cost_is_formatted_as_its_total_whatever_the_context(
    total: str, spec: str, said: str
) -> None:
    priced = made(total)
    with localcontext() as context:
        context.prec, context.rounding = 2, ROUND_UP
        assert format(priced, spec) == said


def test_a_format_that_is_none_is_named() -> None:
    with pytest.raises(
        UsageError, match=r"^'q' is no format of an amount; write one such as '.2f'"
    ):
        f"{made('1'):q}"
