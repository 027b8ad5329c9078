"""Stores: records in memory, in compiled lines, or one over the other, answer alike."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from core_support import ROOT, cost, pickled

from costcalc import Registry
from costcalc.registry.loading import load_files, load_text, read_price_files
from costcalc.registry.store import (
    FORMAT,
    CompiledStore,
    Entries,
    LayeredStore,
    compiled_text,
)

# Ids that are prefixes of each other, and that sort around a tab, a dash and a letter.
TEXT = dedent(
    """
    provider: lab
    prefixes: [the-lab, lb]
    fees: {page: 3}
    rules: [{if: {not_holiday: fair}, times: 2}]
    calendars:
      fair: {zone: UTC, dates: [2026-01-01]}
      "far away": {zone: Asia/Tokyo, dates: [2026-01-01], until: 2027-01-01}
    models:
      a: {input: 1, aliases: [aa, a.b, a/b, "a:b"]}
      a-b: {input: 2, aliases: [a-b-c]}
      a!: {input: 3}
      A-: {input: 4}
      ab: {input: 5, note: "tab\\tand newline\\nin a note"}
      modèle: {input: 6, aliases: [日本, "\\U0001F600"]}
      zz: {input: 7, aliases: [{id: z, from: 2026-01-01}]}
      "~": {input: 8}
    ---
    provider: shop
    resells: true
    models:
      a: {input: 10, maker: lab}
      z: {input: 11, maker: lab}
    """
)


def compiled(entries: Entries) -> CompiledStore:
    return CompiledStore(compiled_text(entries).encode())


@pytest.fixture(scope="module")
def entries() -> Entries:
    return load_text(TEXT, "<text>")


def bundled_entries() -> Entries:
    return load_files(read_price_files(ROOT / "pricing"))


@pytest.fixture(scope="module", params=[lambda: load_text(TEXT, "<text>"), bundled_entries],
                ids=["small", "bundled"])  # fmt: skip
def both(request: pytest.FixtureRequest) -> tuple[Entries, CompiledStore]:
    memory: Entries = request.param()
    return memory, compiled(memory)


def same(one: Any, other: Any) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def test_every_name_is_found_alike(both: tuple[Entries, CompiledStore]) -> None:
    memory, lines = both
    names = list(memory.names())
    assert names == list(lines.names()) == sorted(names)
    assert [name for name in names if not same(memory.find(name), lines.find(name))] == []
    assert all(lines.find(name) for name in names)


def test_names_beside_those_that_are_there_are_not_found(
    both: tuple[Entries, CompiledStore],
) -> None:
    memory, lines = both
    names = set(memory.names())
    beside = {
        changed
        for name in names
        for changed in (name[:-1], name[1:], name + "a", name + "-", name + "~", name + "\t", "!" + name,
                        name + "\n", name + " ", name[:-1] + chr(ord(name[-1]) + 1), name.upper() + "Z")
    } - names  # fmt: skip
    assert {"", "provider", "provider lab", "costcalc", "calendar fair"}.isdisjoint(names)
    for name in {*beside, "", "provider", "provider xai", "costcalc", "\ud800", "\0", "\x7f" * 300}:
        assert lines.find(name) is None
        assert memory.find(name) is None


def test_everything_else_is_answered_alike(both: tuple[Entries, CompiledStore]) -> None:
    memory, lines = both
    assert memory.providers() == lines.providers()
    assert memory.calendar_names() == lines.calendar_names()
    assert memory.digest == lines.digest == pickled(lines).digest
    assert same(list(memory.records()), list(lines.records()))
    prefixes = [prefix for each in memory.sellers.values() for prefix in each["prefixes"]]
    for name in [*memory.providers(), *prefixes, "nobody", "", "a\tb", "a\nb"]:
        assert same(memory.provider(name), lines.provider(name))
    for name in [*memory.calendar_names(), "nowhere"]:
        assert same(memory.calendar(name), lines.calendar(name))


def test_a_provider_is_found_by_id_and_prefix(both: tuple[Entries, CompiledStore]) -> None:
    for store in both:
        for seller in both[0].sellers:
            found = store.provider(seller)
            assert found is not None
            assert found["id"] == seller
            for prefix in found["prefixes"]:
                assert same(store.provider(prefix), found)


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "AA",
        "a-b",
        "a-b-c",
        "A-",
        "lab/a",
        "lb:a",
        "the-lab/日本",
        "shop/a",
        "z",
        "~",
        "modèle",
    ],
)
def test_prices_are_alike(entries: Entries, name: str) -> None:
    memory, lines = Registry(entries), Registry(compiled(entries))
    assert cost(memory, model=name) == cost(lines, model=name)
    assert memory.model(name) == lines.model(name)
    assert memory.version == lines.version


def test_all_models_are_listed_alike(entries: Entries) -> None:
    memory, lines = Registry(entries), Registry(compiled(entries))
    assert memory.models() == lines.models()
    assert memory.providers() == lines.providers() == ("lab", "shop")


def test_a_store_without_entries_answers_nothing() -> None:
    empty = compiled(Entries())
    assert (empty.find("a"), empty.provider("lab"), empty.calendar("cn")) == (None, None, None)
    assert (list(empty.names()), list(empty.records()), empty.providers()) == ([], [], [])


def test_the_compiled_form_is_one_line_a_name_and_says_what_it_is(entries: Entries) -> None:
    text = compiled_text(entries, [["lab.yaml", 5, 6]])
    first, *lines, last = text.split("\n")
    assert (
        first
        == f'costcalc\t{{"digest":"{entries.digest}","format":{FORMAT},"sources":[["lab.yaml",5,6]]}}'
    )
    assert last == ""
    keys = [line.partition("\t")[0].encode() for line in lines]
    assert keys == sorted(keys)
    assert CompiledStore(text.encode()).header["sources"] == [["lab.yaml", 5, 6]]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"a\t{}\n", id="no header"),
        pytest.param(b"costcalc\n", id="an empty header"),
        pytest.param(b"costcalc\tnothing\n", id="a header that is no JSON"),
        pytest.param(b"costcalc\t\xff\n", id="a header that is no text"),
        pytest.param(b"costcalc\t{}\n", id="a header without a format"),
        pytest.param(b"costcalc\t[]\n", id="a header that is no mapping"),
        pytest.param(
            b'costcalc\t{"format": 0, "digest": "x", "sources": []}\n', id="an old format"
        ),
    ],
)
def test_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=f"not of format {FORMAT}; rebuild them from the YAML"):
        CompiledStore(data)


def test_the_digest_names_the_content_and_not_the_way_it_is_written() -> None:
    def digest(text: str) -> str:
        return load_text(text, "<text>").digest

    one = digest("provider: lab\nmodels:\n  a: {input: 1, output: 2}\n  b: {input: 3}\n")
    assert one == digest(
        "# a note\nmodels:\n  b:\n    input: 3\n  a: {output: 2, input: 1}\nprovider: lab\n"
    )
    assert one != digest("provider: lab\nmodels:\n  a: {input: 1, output: 2}\n  b: {input: 4}\n")
    assert len(one) == 16


UPPER = dedent(
    """
    provider: lab
    name: Lab AI
    fees: {page: 9, web_search: 1}
    calendars: {fair: {zone: UTC, dates: [2026-02-02]}, own: {zone: UTC, dates: []}}
    models:
      a: {input: 100, aliases: [new]}
      fresh: {input: 101}
    ---
    provider: farm
    models: {sheep: {input: 102}, z: {input: 103}}
    """
)


@pytest.fixture(scope="module", params=[False, True], ids=["memory", "compiled"])
def layered(request: pytest.FixtureRequest, entries: Entries) -> LayeredStore:
    upper = load_text(UPPER, "<text>")
    return (
        LayeredStore(compiled(upper), compiled(entries))
        if request.param
        else LayeredStore(upper, entries)
    )


def rates(store: LayeredStore, name: str) -> list[tuple[str, str]]:
    found = store.find(name) or {}
    return [(each["provider"], each["prices"][0]["rates"]["input"]) for each in found["models"]]


def test_a_model_of_the_upper_layer_replaces_the_lowers(layered: LayeredStore) -> None:
    assert rates(layered, "a") == [("lab", "100"), ("shop", "10")]
    assert rates(layered, "ab") == [("lab", "5")]
    assert rates(layered, "sheep") == [("farm", "102")]
    assert rates(layered, "z") == [("farm", "103"), ("shop", "11")]
    assert [each["model"] for each in (layered.find("aa") or {})["aliases"]] == ["a"]
    assert layered.find("nothing") is None


def test_providers_merge_fee_by_fee(layered: LayeredStore) -> None:
    lab = layered.provider("lab") or {}
    assert lab["fees"] == {"page": "9", "web_search": "1"}
    assert (lab["id"], lab["name"], len(lab["rules"])) == ("lab", "Lab AI", 1)
    assert (layered.provider("lb") or {})["id"] == "lab"
    assert [(layered.provider(name) or {}).get("id") for name in ("shop", "farm", "nobody")] == [
        "shop", "farm", None,
    ]  # fmt: skip


def test_a_fee_of_the_upper_layer_holds_behind_every_spelling(layered: LayeredStore) -> None:
    for name in ("lab", "the-lab", "lb"):
        assert (layered.provider(name) or {})["fees"] == {"page": "9", "web_search": "1"}


def test_layers_list_everything_once(layered: LayeredStore, entries: Entries) -> None:
    assert set(layered.names()) == {*entries.names(), "new", "fresh", "sheep", "z"}
    assert list(layered.names()) == sorted(layered.names())
    assert layered.providers() == ["farm", "lab", "shop"]
    assert layered.calendar_names() == ["fair", "far away", "own"]
    found = [(each["provider"], each["id"]) for each in layered.records()]
    assert len(found) == len(set(found)) == 13
    assert layered.calendar("own") == {"days": [], "until": None}
    assert layered.calendar("far away") == entries.calendar("far away")
    assert (layered.calendar("fair") or {}) != entries.calendar("fair")
    assert layered.calendar("nowhere") is None


def test_the_digest_of_layers_depends_on_both_and_their_order(entries: Entries) -> None:
    upper = load_text(UPPER, "<text>")
    digests = {
        LayeredStore(upper, entries).digest,
        LayeredStore(entries, upper).digest,
        LayeredStore(upper, upper).digest,
        upper.digest,
        entries.digest,
    }
    assert len(digests) == 5


def test_a_prefix_of_the_upper_layer_does_not_take_over_a_provider(entries: Entries) -> None:
    upper = load_text("provider: mine\nprefixes: [shop]\nmodels: {m: {input: 1}}\n", "<text>")
    assert (LayeredStore(upper, entries).provider("shop") or {})["id"] == "shop"


def test_price_files_are_read_in_a_fixed_order(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b.yaml", "a.yaml", "b/c.yaml", "notes.md", "d.yml"):
        (tmp_path / name).write_text("")
    found = [each.relative_to(tmp_path).as_posix() for each in read_price_files(tmp_path)]
    assert found == ["a.yaml", "b.yaml", "b/c.yaml"]
