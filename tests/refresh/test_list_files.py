"""Wheels and single files, provider names, ids and numbers of public lists."""

from __future__ import annotations

import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from costcalc.errors import RegistryError
from costcalc.refresh import litellm, model_prices
from costcalc.refresh.documents import instant, whole
from costcalc.refresh.listing import EVERY_MODEL, Listing, condition_text, rates_text
from costcalc.refresh.matching import Clause, normalise
from costcalc.refresh.numbers import plain, scaled, tidy
from costcalc.refresh.providers import our_provider, without_gateway

if TYPE_CHECKING:
    from pathlib import Path

    from costcalc.refresh.documents import Json

D = Decimal


def wheel(path: Path, member: str, source: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, source.read_text("utf-8"))
    return path


def test_a_wheel_reads_as_its_data_file_does(
    tmp_path: Path, samples: Path, model_prices_listings: tuple[Listing, ...]
) -> None:
    source = samples / "model_prices_snapshot.json"
    path = wheel(tmp_path / "list.whl", "model_prices/snapshot.json", source)
    assert model_prices.read(str(path)) == model_prices_listings


def test_a_wheel_of_another_list_is_refused(tmp_path: Path, samples: Path) -> None:
    source = samples / "model_prices_snapshot.json"
    path = wheel(tmp_path / "list.whl", "model_prices/snapshot.json", source)
    with pytest.raises(RegistryError, match=r"no 'model_prices_and_context_window_backup\.json'"):
        litellm.read(path)


@pytest.mark.parametrize("name", ["absent", "folder", "binary"])
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(RegistryError, match="give the wheel or its data file") as raised:
        litellm.read(tmp_path / name)
    assert raised.value.path == str(tmp_path / name)


def test_a_time_without_a_zone_is_utc() -> None:
    assert instant("2026-10-22", "start") == instant("2026-10-22T02:00:00+02:00", "start")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, None), ("many", None), (None, None), (8192, 8192), (D("8192.0"), 8192)],
)
def test_counts_of_tokens_are_whole_or_unstated(value: Json, expected: int | None) -> None:
    assert whole(value) == expected


@pytest.mark.parametrize(
    ("listed", "model", "expected"),
    [
        ("x-ai", "grok-4", "xai"),
        ("vertex_ai-anthropic_models", "claude-haiku-4-5", "vertex"),
        ("bedrock_converse", "eu.amazon.nova-lite-v1:0", "amazon"),
        ("bedrock", "us-gov-west-1/amazon.titan-embed-text-v1", "amazon"),
        ("bedrock", "anthropic.claude-3-haiku", "bedrock"),
        ("amazon_nova", "amazon-nova/nova-pro-v1", "amazon"),
        ("somebody", EVERY_MODEL, "somebody"),
    ],
)
def test_providers_have_our_ids(listed: str, model: str, expected: str) -> None:
    assert our_provider(listed, model) == expected


@pytest.mark.parametrize(
    ("key", "listed", "expected"),
    [
        ("gemini/gemini-2.5-pro", "gemini", "gemini-2.5-pro"),
        ("amazon-nova/nova-pro-v1", "amazon_nova", "nova-pro-v1"),
        ("vertex_ai/claude-opus-4-5@20251101", "vertex_ai-anthropic_models",
         "claude-opus-4-5@20251101"),
        ("azure/ada", "azure_text", "ada"),
        ("groq/openai/gpt-oss-120b", "groq", "openai/gpt-oss-120b"),
        ("1024-x-1024/dall-e-3", "openai", "1024-x-1024/dall-e-3"),
        ("gpt-4o", "openai", "gpt-4o"),
    ],
)  # fmt: skip
def test_gateway_prefixes_are_no_part_of_an_id(key: str, listed: str, expected: str) -> None:
    assert without_gateway(key, listed) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("0.07500000000000001", "0.075", id="dust above"),
        pytest.param("4.7999999999988", "4.8", id="dust below, from a division by 3600"),
        pytest.param("1.12497", "1.12497", id="digits that a list means"),
        pytest.param("0.6001200", "0.60012", id="trailing zeros"),
        pytest.param("2E+1", "20", id="an exponent"),
        pytest.param("0", "0", id="zero"),
        pytest.param("0.11428571428571", "0.1142857143", id="ten digits are enough"),
    ],
)
def test_float_dust_is_dropped(value: str, expected: str) -> None:
    assert plain(tidy(D(value))) == expected


def test_prices_of_one_unit_are_scaled_to_ours() -> None:
    assert scaled(D("1.25e-06"), 1_000_000) == D("1.25")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("claude-sonnet-4.5", "Claude-Sonnet-4-5"),
        ("claude-opus-4-5@20251101", "claude_opus_4_5-20251101"),
        ("accounts/fireworks/models/owl-v3p2", "owl-v3p2"),
    ],
)
def test_spellings_of_one_id_compare_equal(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


EQUALS = Clause("equals", "Lark-1")
STARTS = Clause("starts_with", "lark-")
ENDS = Clause("ends_with", "-beta")
CONTAINS = Clause("contains", "ark")
REGEX = Clause("regex", r"^lark-\d$")


@pytest.mark.parametrize(
    ("clause", "accepted", "refused", "text"),
    [
        (EQUALS, "lark-1", "lark-12", "Lark-1"),
        (STARTS, "Lark-2", "a-lark-2", "lark-*"),
        (ENDS, "lark-beta", "lark-beta-2", "*-beta"),
        (CONTAINS, "Larks", "finch", "*ark*"),
        (REGEX, "LARK-1", "lark-12", r"re:^lark-\d$"),
        (Clause("or", parts=(EQUALS, ENDS)), "owl-beta", "owl", "Lark-1 | *-beta"),
        (Clause("and", parts=(STARTS, ENDS)), "lark-beta", "owl-beta", "(lark-* & *-beta)"),
    ],
)
def test_clauses_accept_ids_as_their_list_does(
    clause: Clause, accepted: str, refused: str, text: str
) -> None:
    assert clause.matches(accepted)
    assert not clause.matches(refused)
    assert str(clause) == text


def test_only_equal_clauses_name_ids() -> None:
    assert Clause("or", parts=(EQUALS, STARTS)).names() == ("Lark-1",)


def test_a_listing_reads_as_text() -> None:
    listing = Listing(
        list_name="x",
        provider="x",
        model="x",
        listed_as="x",
        conditions={"hours": ("01:00-04:00", "06:00-10:00"), "batch": True},
        offered=False,
    )
    assert condition_text(listing.conditions) == "batch, hours 01:00-04:00|06:00-10:00"
    assert rates_text(listing) == "not offered"
