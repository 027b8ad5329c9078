"""Alignment of lists, agreement among them, and drift of our prices from their majority."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from costcalc.refresh.alignment import align
from costcalc.refresh.consensus import Agreement, Camp, consensus, drift, standard_rates
from costcalc.refresh.listing import EVERY_MODEL, Facts, Listing
from costcalc.refresh.matching import Clause

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costcalc.refresh.consensus import OurRates

D = Decimal
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def listing(
    list_name: str,
    model: str = "lark-1",
    *,
    listed_as: str | None = None,
    aliases: tuple[str, ...] = (),
    match: Clause | None = None,
    deprecation: str | None = None,
    provider: str = "xai",
    **rates: str,
) -> Listing:
    return Listing(
        list_name=list_name,
        provider=provider,
        model=model,
        listed_as=listed_as or model,
        rates={meter: D(rate) for meter, rate in rates.items()},
        facts=Facts(aliases=aliases, match=match, deprecation=deprecation),
    )


def test_spellings_aliases_and_patterns_meet_in_one_model() -> None:
    pattern = Clause("starts_with", "lark-1")
    found = align(
        [
            listing("a", "Lark-1.5"),
            listing("b", "lark-1-5"),
            listing("c", "lark-main", aliases=("lark-1_5",)),
            listing("d", "lark-1", match=pattern),
            listing("d", "lark-other", match=None),
            listing("e", EVERY_MODEL),
        ]
    )
    model = next(each for each in found if each.key == "lark-1-5")
    assert model.ids == ("Lark-1.5", "lark-1-5")
    assert model.known_to == ("a", "b", "c")
    assert sorted(model.evidence()) == ["a", "b", "c"]
    assert sorted(model.patterned) == ["d"]
    assert [each.key for each in found] == ["lark-1", "lark-1-5", "lark-main", "lark-other"]


def test_a_pattern_that_refuses_every_spelling_says_nothing() -> None:
    pattern = Clause("starts_with", "finch")
    models = align([listing("a", "lark-1"), listing("b", "finch-1", match=pattern)])
    assert [dict(each.patterned) for each in models] == [{}, {}]


def test_standard_rates_are_those_without_conditions_that_hold() -> None:
    base = listing("a", input="2", output="6")
    cut = Listing(
        list_name="a", provider="xai", model="lark-1", listed_as="lark-1",
        start=datetime(2026, 5, 1, tzinfo=UTC), until=datetime(2026, 12, 1, tzinfo=UTC),
        rates={"input": D("1.25")},
    )  # fmt: skip
    batch = Listing(
        list_name="a", provider="xai", model="lark-1", listed_as="lark-1",
        conditions={"batch": True}, rates={"input": D(1)},
    )  # fmt: skip
    assert standard_rates([base, cut, batch], AT) == {"input": D("1.25"), "output": D(6)}
    assert standard_rates([cut], datetime(2026, 12, 1, tzinfo=UTC)) == {}


@pytest.mark.parametrize(
    ("rates", "camps", "majority"),
    [
        pytest.param(
            {"a": "0.125", "b": "0.125", "c": "0.1255"},
            (Camp(D("0.125"), ("a", "b", "c")),), ("a", "b", "c"),
            id="rates within one percent agree, at what most of them write",
        ),
        pytest.param(
            {"a": "2", "b": "1", "c": "1"}, (Camp(D(1), ("b", "c")), Camp(D(2), ("a",))),
            ("b", "c"), id="two of three are a majority",
        ),
        pytest.param(
            {"a": "2", "b": "1", "c": "1", "d": "2"},
            (Camp(D(1), ("b", "c")), Camp(D(2), ("a", "d"))), None, id="two of four are none",
        ),
        pytest.param({"a": "2"}, (Camp(D(2), ("a",)),), None, id="one list alone is none"),
        pytest.param(
            {"a": "0", "b": "0"}, (Camp(D(0), ("a", "b")),), ("a", "b"), id="free is a rate"
        ),
    ],
)  # fmt: skip
def test_lists_form_camps(
    rates: Mapping[str, str], camps: tuple[Camp, ...], majority: tuple[str, ...] | None
) -> None:
    (found,) = consensus([listing(name, input=rate) for name, rate in rates.items()], AT)
    assert found.camps == camps
    assert (found.majority.lists if found.majority else None) == majority
    assert found.is_unanimous == (len(camps) == 1 and majority is not None)


def test_a_list_that_contradicts_itself_has_no_vote() -> None:
    (found,) = consensus(
        [
            listing("a", listed_as="one/lark-1", input="1"),
            listing("a", listed_as="two/lark-1", input="2"),
            listing("b", input="1"),
            listing("c", input="1"),
        ],
        AT,
    )
    assert found.divided == ("a",)
    assert found.camps == (Camp(D(1), ("b", "c")),)
    assert found.majority == found.camps[0]
    assert not found.is_unanimous


def test_a_list_divided_alone_has_no_majority() -> None:
    assert Agreement("xai", "lark-1", "input", (), ("a",)).majority is None


def ours(**models: dict[str, str]) -> OurRates:
    """Return rates by model, with `_` for `-`; a model that is not named is unknown."""

    def rates(provider: str, model: str, at: datetime, /) -> Mapping[str, Decimal] | None:
        assert (provider, at) == ("xai", AT)
        found = models.get(model.replace("-", "_"))
        return None if found is None else {meter: D(rate) for meter, rate in found.items()}

    return rates


TWO = (listing("a", input="1", cache_read="1"), listing("b", input="1", cache_read="1"))


@pytest.mark.parametrize(
    ("mine", "differences"),
    [
        pytest.param({"input": "1.005"}, [], id="a rate within one percent is no drift"),
        pytest.param(
            {"input": "1.2", "cache_read": "1"}, [("input", D("1.2"))], id="a rate beyond it is"
        ),
        pytest.param(
            {"output": "1"}, [("cache_read", None), ("input", None)], id="an unstated rate is drift"
        ),
        pytest.param({}, [], id="a model without a price then is not compared"),
    ],
)
def test_a_majority_against_us_is_reported(
    mine: dict[str, str], differences: list[tuple[str, Decimal | None]]
) -> None:
    found = drift(TWO, ours(lark_1=mine), AT)
    assert [(each.meter, each.ours) for each in found.differences] == differences
    assert all(each.theirs == Camp(D(1), ("a", "b")) for each in found.differences)
    assert found.missing == ()
    assert found.compared == (2 if mine else 0)


def test_a_meter_that_we_do_not_have_is_reported() -> None:
    both = [listing(name, moonlight="1") for name in ("a", "b")]
    (found,) = drift(both, ours(lark_1={"input": "1"}), AT).differences
    assert (found.meter, found.ours) == ("moonlight", None)


def test_the_minority_stands_beside_a_difference() -> None:
    lists = [*TWO, listing("c", input="3")]
    (found,) = drift(lists, ours(lark_1={"input": "3", "cache_read": "1"}), AT).differences
    assert found.others == (Camp(D(3), ("c",)),)


def test_without_a_majority_there_is_no_drift() -> None:
    lists = [listing("a", input="1"), listing("b", input="2")]
    assert drift(lists, ours(lark_1={"input": "3"}), AT).differences == ()


def test_a_model_that_two_lists_know_and_we_do_not_is_missing() -> None:
    lists = [
        listing("a", "lark-2"),
        listing("b", "lark-2", deprecation="2026-12-31"),
        listing("a", "lark-3"),
    ]
    (found,) = drift(lists, ours(), AT).missing
    assert (found.model, found.lists, found.deprecation) == ("lark-2", ("a", "b"), "2026-12-31")


def test_only_the_wanted_providers_are_compared() -> None:
    lists = [*TWO, *(listing(name, provider="elsewhere") for name in ("a", "b"))]
    assert drift(lists, ours(), AT, providers=["xai"]).missing[0].provider == "xai"
