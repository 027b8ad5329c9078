"""The file of pinned prices: what it may say, and how it is rewritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest

from costcalc import RegistryError, UsageError
from costcalc.testing import Pin
from costcalc.testing.lock_file import HEADER, LockFile, read_lock

FULL = Pin(
    model="lab/small",
    at="2026-02-15",
    conditions={"batch": "true", "note": "a: b", "yes": "on", "3": "x"},
    prompt_tokens=200_001,
    output_tokens=5,
    currency="CNY",
    rates={"input": Decimal("0.20"), "output": Decimal("1.50")},
    tolerance=Decimal("0.025"),
    expires=date(2027, 1, 1),
    reason="it is: # what we sell",
    source="https://lab.example/prices#now",
    checked=date(2026, 2, 1),
    pinned_on=date(2026, 2, 15),
)
WRITTEN = """\
- model: lab/small
  at: 2026-02-15
  conditions: {batch: true, note: "a: b", "yes": "on", "3": x}
  prompt_tokens: 200_001
  output_tokens: 5
  currency: CNY
  rates:
    input: 0.20
    output: 1.50
  tolerance: 2.5%
  expires: 2027-01-01
  reason: "it is: # what we sell"
  source: https://lab.example/prices#now
  checked: 2026-02-01
  pinned_on: 2026-02-15
"""


def lock_of(path: Path, text: str) -> LockFile:
    path.write_text(dedent(text))
    return read_lock(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pins.yaml"


def test_what_is_written_reads_the_same(path: Path) -> None:
    lock = LockFile(path).put(FULL)
    assert lock.text() == "\n".join(HEADER) + "\n\n" + WRITTEN
    lock.write()
    again = read_lock(path)
    assert again.pins == (FULL,)
    assert again.text() == lock.text()


def test_a_file_that_is_not_there_has_no_pins(path: Path) -> None:
    assert read_lock(path).pins == ()


@pytest.mark.parametrize("text", ["# ours\n", "", "# ours\n[]\n"])
def test_a_file_without_pins_keeps_its_comment(path: Path, text: str) -> None:
    lock = lock_of(path, text)
    assert lock.pins == ()
    assert lock.text().startswith("# ours") == ("ours" in text)


COMMENTED = """\
# our pins

# what we sell rests on it
- model: lab/small   # the small one
  rates:
    input: 0.40  # per million
    # cached is what we live on
    cache_read: 0.04
    output: 3
  reason: >-
    two
    lines
  source: "https://lab.example/prices"  # checked by hand
  pinned_on: 2026-01-01

-  model: lab/big
   rates: {input: 3, output: 15}  # flow
   checked: 2026-01-01
   # last words
"""
MOVED = """\
# our pins

-  model: lab/big
   rates: {input: 4, output: 15}  # flow
   source: https://x.example
   # last words
   pinned_on: 2026-03-01

# what we sell rests on it
- model: lab/small   # the small one
  rates:
    input: 0.20  # per million
    # cached is what we live on
    output: 3
    reasoning: 4
  reason: >-
    two
    lines
  source: https://y.example  # checked by hand
  checked: 2026-02-28
  pinned_on: 2026-03-01
"""


def test_a_rewrite_changes_the_lines_that_moved_and_no_other(path: Path) -> None:
    lock = lock_of(path, COMMENTED)
    assert lock.text().splitlines()[:2] == COMMENTED.splitlines()[:2]
    small, big = lock.pins
    assert small.reason == "two lines"
    day = date(2026, 3, 1)
    small = replace(
        small, source="https://y.example", checked=date(2026, 2, 28), pinned_on=day,
        rates={"input": Decimal("0.20"), "output": Decimal(3), "reasoning": Decimal(4)},
    )  # fmt: skip
    big = replace(
        big, source="https://x.example", checked=None, pinned_on=day,
        rates={"input": Decimal(4), "output": Decimal(15)},
    )  # fmt: skip
    moved = lock.put(small).put(big)
    assert moved.text() == MOVED
    moved.write()
    assert read_lock(path).pins == (big, small)
    assert lock.without([big.key()]).pins == lock.pins[:1]


def test_rates_in_braces_over_lines_become_one(path: Path) -> None:
    lock = lock_of(path, "- model: lab/small\n  rates: {input: 1,\n    output: 2}\n")
    (pin,) = lock.pins
    moved = lock.put(replace(pin, rates={"input": Decimal(3), "output": Decimal(2)}))
    assert moved.text() == "- model: lab/small\n  rates: {input: 3, output: 2}\n"


def test_pins_stand_sorted(path: Path) -> None:
    lock = LockFile(path)
    for model in ("lab/small", "east/silk", "Lab/big"):
        lock = lock.put(replace(FULL, model=model))
    names = [line for line in lock.text().splitlines() if line.startswith("- ")]
    assert names == ["- model: east/silk", "- model: Lab/big", "- model: lab/small"]


def test_a_pin_is_found_by_name_and_conditions(path: Path) -> None:
    lock = LockFile(path).put(FULL)
    assert lock.find(replace(FULL, model="LAB/small", rates={})) == FULL
    assert lock.find(replace(FULL, conditions={})) is None


WRONG = {
    "no list": ("model: a\n", "1: this is one list of pins, each beginning with '- model: …'"),
    "two documents": ("- {}\n---\n- {}\n", "1: this is one list of pins"),
    "no mapping": ("- 3\n", "1: a pin is a mapping with model and rates, not 3"),
    "a mark alone": ("-\n  model: a\n  rates: {input: 1}\n", "2: write each pin as a list item"),
    "in braces": ("[{model: a, rates: {input: 1}}]\n", "1: write each pin as a list item"),
    "no rates": ("\n- model: a\n", "2: a pin states its rates; add it"),
    "no model": ("- rates: {input: 1}\n", "1: a pin states its model; add it"),
    "unknown key": ("- model: a\n  rates: {input: 1}\n  reasn: b\n", "3: reasn: unknown key 'reasn'; nearest: reason"),
    "nothing alike": ("- model: a\n  rates: {input: 1}\n  zz: b\n", "3: zz: unknown key 'zz'; known: model, at"),
    "empty rates": ("- model: a\n  rates: {}\n", "2: rates: a pin holds at least one rate"),
    "rates no mapping": ("- model: a\n  rates: 3\n", "2: rates: rates are a mapping of meters to rates"),
    "unknown meter": ("- model: a\n  rates: {inptu: 1}\n", "2: rates: 'inptu' is no meter"),
    "conditions": ("- model: a\n  rates: {input: 1}\n  conditions: 3\n", "3: conditions: conditions are a mapping"),
    "size": ("- model: a\n  rates: {input: 1}\n  prompt_tokens: -3\n", "3: prompt_tokens: this is a whole number"),
    "text": ("- model: 3\n  rates: {input: 1}\n", "1: model: this is text, not 3"),
    "day": ("- model: a\n  rates: {input: 1}\n  expires: soon\n", "3: expires: 'soon' is no ISO 8601"),
    "tolerance": ("- model: a\n  rates: {input: 1}\n  tolerance: x\n", "3: tolerance: tolerance 'x' is no decimal"),
    "now twice": ("- model: a\n  at: now\n  rates: {input: 1}\n- model: a\n  at: Now\n  rates: {input: 1}\n", "4: a, at now is pinned already in line 1; keep one"),
    "twice": ("- model: a\n  rates: {input: 1}\n- model: A\n  rates: {input: 1}\n", "3: A is pinned already in line 1; keep one"),
    "no YAML": ("- [", "this is not valid YAML"),
    "a merge": ("- model: a\n  rates:\n<<<<<<< HEAD\n    input: 1\n=======\n    input: 2\n>>>>>>> other\n", "3: a merge has left '<<<<<<<' here; keep one side, and remove the marks"),
    "half a merge": ("- model: a\n  rates:\n    input: 1\n>>>>>>> other\n", "4: a merge has left '>>>>>>>' here"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_file_that_says_what_it_cannot_names_the_line(
    path: Path, text: str, message: str
) -> None:
    with pytest.raises(RegistryError) as caught:
        lock_of(path, text)
    assert f"{path}:" in str(caught.value)
    assert message in str(caught.value)


def test_a_file_that_cannot_be_read_or_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="cannot read the file of pinned prices"):
        read_lock(tmp_path)
    with pytest.raises(UsageError, match="there is no folder"):
        LockFile(tmp_path / "none" / "pins.yaml").write()


def test_lines_end_as_they_did(path: Path) -> None:
    path.write_bytes(COMMENTED.replace("\n", "\r\n").encode())
    small, big = read_lock(path).pins
    small = replace(small, rates={"input": Decimal("0.25"), "output": small.rates["output"]})
    read_lock(path).put(small).write()
    assert b"0.25" in path.read_bytes()
    assert path.read_bytes().count(b"\r\n") == path.read_bytes().count(b"\n")
    assert {pin.model for pin in read_lock(path).pins} == {small.model, big.model}
    path.write_text(COMMENTED + "\r\n")  # one line of another kind, as an editor leaves it
    read_lock(path).write()
    assert b"\r" not in path.read_bytes()


def test_a_link_stays_one(path: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared.yaml"
    shared.write_text(COMMENTED)
    try:
        path.symlink_to(shared)
    except OSError:
        pytest.skip("nobody may make links here")
    lock = read_lock(path)
    lock.without([lock.pins[0].key()]).write()
    assert path.is_symlink()
    assert len(read_lock(shared).pins) == len(lock.pins) - 1


FORMS = {
    "quoted keys": ("- \"model\": a\n  'rates':\n    \"input\": 1\n", "- \"model\": a\n  'rates':\n    input: 2\n"),
    "spaces before colons": ("- model : a\n  rates :\n    input : 1\n", "- model : a\n  rates :\n    input: 2\n"),
    "a pin in braces": ("# ours\n- {model: a, reason: b, rates: {input: 1}}\n", "# ours\n- model: a\n  rates:\n    input: 2\n  reason: b\n"),
    "braces on a line of their own": ("- model: a\n  rates:\n    {input: 1}\n", "- model: a\n  rates: {input: 2}\n"),
    "rates first": ("- rates:\n    input: 1\n  model: a\n", "- rates:\n    input: 2\n  model: a\n"),
    "an end of the document": ("---\n- model: a\n  rates:\n    input: 1\n...\n", "---\n\n- model: a\n  rates:\n    input: 2\n"),
    "a mark of the byte order": ("\ufeff- model: a\n  rates: {input: 1}\n", "- model: a\n  rates: {input: 2}\n"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "after"), FORMS.values(), ids=FORMS.keys())
def test_a_rewrite_keeps_or_replaces_any_form_of_a_pin(path: Path, text: str, after: str) -> None:
    lock = lock_of(path, text)
    (pin,) = lock.pins
    moved = replace(pin, rates={"input": Decimal(2)})
    lock.put(moved).write()
    assert path.read_text() == after
    assert read_lock(path).pins == (moved,)


def test_a_source_after_the_end_of_a_document_is_written_before_it(path: Path) -> None:
    lock = lock_of(path, "- model: a\n  rates: {input: 1}\n...\n")
    lock.put(replace(lock.pins[0], source="https://x.example")).write()
    assert read_lock(path).pins[0].source == "https://x.example"


def test_text_of_a_pin_that_looks_like_a_comment_stays_with_it(path: Path) -> None:
    text = "- model: b\n  rates: {input: 1}\n  reason: |\n    x\n    # y\n# of a\n- model: a\n  rates: {input: 1}\n"
    lock = lock_of(path, text)
    lock.write()
    assert path.read_text().startswith("# of a\n- model: a\n")
    assert read_lock(path).pins[1].reason == "x\n# y\n"


def test_what_cannot_be_changed_by_lines_is_not_written(path: Path) -> None:
    text = "- model: b\n  rates: &b {input: 1}\n- model: c\n  rates: *b\n"
    lock = lock_of(path, text)
    moved = lock.put(replace(lock.pins[0], rates={"input": Decimal(2)}))
    with pytest.raises(UsageError, match="has a form that cannot be changed line by line; let"):
        moved.write()
    assert path.read_text() == text


def test_a_file_that_may_only_be_read_is_not_replaced(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = lock_of(path, COMMENTED)
    path.chmod(0o444)
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write everything
    with pytest.raises(UsageError, match="may be read only; let it be written, or name another"):
        lock.without([lock.pins[0].key()]).write()
    assert path.read_text() == COMMENTED
