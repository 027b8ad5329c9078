"""genai-prices' module of constructors: what is read, what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from costcalc.errors import RegistryError
from costcalc.refresh import genai_prices
from costcalc.refresh.listing import EVERY_MODEL, condition_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from costcalc.refresh.listing import Listing

D = Decimal
CUT = datetime(2026, 5, 1, tzinfo=UTC)


def only(listings: Sequence[Listing], model: str, conditions: str = "") -> list[Listing]:
    return [
        each
        for each in listings
        if each.model == model and condition_text(each.conditions) == conditions
    ]


@pytest.mark.parametrize(
    ("model", "conditions", "start", "until", "rates"),
    [
        pytest.param(
            "lark-1", "", None, CUT, {"input": D(2), "output": D(6)},
            id="the first price has no start and ends where a dated one begins",
        ),
        pytest.param(
            "lark-1", "prompt_tokens >=200k", None, CUT, {"input": D(4)},
            id="a tier above 199999 tokens is one from 200k on",
        ),
        pytest.param(
            "lark-1", "prompt_tokens >128k", CUT, None, {"input": D("2.50")},
            id="a tier above whole thousands is written in thousands",
        ),
        pytest.param(
            "lark-1", "prompt_tokens >131072", CUT, None, {"input": D(3)},
            id="any other tier is written in tokens",
        ),
        pytest.param(
            "lark-1", "batch", datetime(2026, 10, 14, tzinfo=UTC), None, {"input": D(1)},
            id="batch processing is our batch condition, from its date on",
        ),
        pytest.param(
            "lark-1", "search_type fast", None, None, {"web_search": D(1)},
            id="a request context that we do not know keeps its key",
        ),
        pytest.param(
            "lark-night", "", None, None, {"input": D("0.10")},
            id="a first price with a start date also holds before it",
        ),
        pytest.param(
            "lark-night", "hours 16:30-00:30", None, None, {"input": D("0.05")},
            id="a time of day is a condition in UTC",
        ),
        pytest.param(
            "lark-scan", "annotated", None, None, {"page": D(5)},
            id="annotated pages are pages under a condition",
        ),
        pytest.param(
            "finch", "api decisions", None, None, {"input": D("0.1")},
            id="the decisions endpoint is a condition of its maker's model",
        ),
    ],
)  # fmt: skip
def test_one_price_becomes_one_listing(
    genai_listings: tuple[Listing, ...],
    model: str,
    conditions: str,
    start: datetime | None,
    until: datetime | None,
    rates: dict[str, Decimal],
) -> None:
    found = [each for each in only(genai_listings, model, conditions) if each.start == start]
    assert [(each.until, each.rates) for each in found] == [(until, rates)]


def test_what_stands_beside_a_price_is_kept(genai_listings: tuple[Listing, ...]) -> None:
    latest = only(genai_listings, "lark-1")[-1]
    assert latest.provider == "xai"
    assert latest.listed_as == "x-ai/lark-1"
    assert latest.dated_by == "a date in UTC"
    assert latest.sources == ("https://prices.example.com/news",)
    assert latest.comments == ("Cut on 2026-05-01 (https://prices.example.com/news).",)
    assert latest.unmapped == {"input_gpixels": "7", "input_gpixels >1k": "8"}
    assert latest.facts.aliases == ("lark-1-latest",)
    assert latest.facts.context_window == 256_000
    assert latest.facts.deprecation == "deprecated"


def test_a_providers_remarks_are_a_listing_of_every_model(
    genai_listings: tuple[Listing, ...],
) -> None:
    remarks = only(genai_listings, EVERY_MODEL)[0]
    assert remarks.sources == ("https://prices.example.com",)
    assert remarks.comments == ("Batch is half price. See https://prices.example.com/batch.",)


def test_a_context_that_changes_nothing_is_no_listing(
    genai_listings: tuple[Listing, ...],
) -> None:
    assert not only(genai_listings, "lark-1", "service_tier default")


def provider(models: str) -> str:
    return f"providers = [\n    Provider(id='x-ai', models=[{models}])]"


def model(rest: str) -> str:
    return provider(f"ModelInfo(id='lark', match=ClauseEquals(equals='lark'), {rest})")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        pytest.param("providers = [", "expected Python source", id="no Python"),
        pytest.param("x = 1\nimport os", "assign 'providers'", id="another module"),
        pytest.param("providers: list", "assign 'providers'", id="a bare annotation"),
        pytest.param("providers = 1", "a list of Provider(...), found 1", id="no list"),
        pytest.param("providers = [Model()]", "expected Provider(...)", id="another constructor"),
        pytest.param("providers = [1]", "expected Provider(...), found 1", id="no constructor"),
        pytest.param("providers = [Provider()]", "text as 'id' of Provider", id="no id"),
        pytest.param(
            "providers = [Provider(id='a', models=3)]", "a list as 'models'", id="no list of models"
        ),
        pytest.param("providers = open('x')", "plain data, found open('x')", id="a function call"),
        pytest.param("providers = [os.getcwd()]", "no code of a list is run", id="a method call"),
        pytest.param("providers = [Provider(**x)]", "plain data", id="unpacked arguments"),
        pytest.param("providers = [x for x in y]", "plain data", id="a comprehension"),
        pytest.param("providers = [b'x']", "plain data", id="bytes"),
        pytest.param("providers = {1: 2}", "plain data", id="a mapping without text keys"),
        pytest.param("providers = [Decimal('x')]", "a valid Decimal", id="no number"),
        pytest.param(
            "providers = [datetime.date(2026, 13, 1)]", "a valid datetime.date", id="no date"
        ),
        pytest.param(model("prices=None"), "expected ModelPrice(...)", id="no price"),
        pytest.param(
            provider("ModelInfo(id='lark', match=1)"), "a match clause", id="no match clause"
        ),
        pytest.param(
            provider("ModelInfo(id='lark', match=ClauseNear(near='lark'))"),
            "one of ClauseEquals",
            id="an unknown match clause",
        ),
        pytest.param(
            provider("ModelInfo(id='lark', match=ClauseRegex(regex='('))"),
            "a regular expression as 'regex'",
            id="a broken pattern",
        ),
        pytest.param(
            model("prices=ModelPrice(input_mtok=TieredPrices(base=1))"),
            "a Decimal, or tiers of them as 'input_mtok'",
            id="a base that is no decimal",
        ),
        pytest.param(
            model(
                "prices=ModelPrice(input_mtok=TieredPrices(base=Decimal('1'),"
                " tiers=[Tier(start=1)]))"
            ),
            "a whole number as start and a Decimal",
            id="a tier without a price",
        ),
        pytest.param(
            model("prices=ModelPrice(), price_variants=[PriceVariant(when=1)]"),
            "a mapping as 'when'",
            id="a variant without a context",
        ),
        pytest.param(
            model("prices=[ConditionalPrice(constraint=Moon())]"),
            "StartDateConstraint or TimeOfDateConstraint as 'constraint'",
            id="an unknown constraint",
        ),
        pytest.param(
            model("prices=[ConditionalPrice(constraint=StartDateConstraint(start_date='x'))]"),
            "a date as 'start_date'",
            id="a start that is no date",
        ),
        pytest.param(
            model("prices=[ConditionalPrice(constraint=TimeOfDateConstraint(start_time=1))]"),
            "times of day as start_time and end_time",
            id="a time of day that is no time",
        ),
    ],
)
def test_anything_but_such_a_list_is_refused(tmp_path: Path, source: str, said: str) -> None:
    path = tmp_path / "data.py"
    path.write_text(source, encoding="utf-8")
    with pytest.raises(RegistryError) as raised:
        genai_prices.read(path)
    assert said in str(raised.value)
    assert str(raised.value).startswith(str(path))


def test_an_error_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "data.py"
    path.write_text(model("prices=ModelPrice(input_mtok=open('x'))"), encoding="utf-8")
    with pytest.raises(RegistryError) as raised:
        genai_prices.read(path)
    assert raised.value.line == 2


def test_a_plain_assignment_and_other_values_are_read(tmp_path: Path) -> None:
    path = tmp_path / "data.py"
    price = "prices=ModelPrice(input_mtok=Decimal('1'))"
    named = "ModelInfo(id='lark', match=ClauseContains(contains='lark'), context_window=None, "
    path.write_text(provider(f"{named}{price})"), encoding="utf-8")
    (remarks, found) = genai_prices.read(path)
    assert remarks.sources == ()
    assert found.rates == {"input": D(1)}
    assert found.facts.context_window is None
