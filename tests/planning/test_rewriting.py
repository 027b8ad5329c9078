from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc import UsageError
from costcalc.planning.rewriting import as_yaml, rewritten

EXAMPLE = (Path(__file__).parents[2] / "examples" / "plan.yaml").read_text(encoding="utf-8")

CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "a number": ("people: 5\n", {"people": 6}, "people: 6\n"),
    "a decimal without an exponent": ("a: 1\n", {"a": Decimal("1E-7")}, "a: 0.0000001\n"),
    "a comment keeps its column where the number is longer": (
        "people: 5      # heads\nmonths: 3      # of four weeks\n",
        {"people": 1_000},
        "people: 1000   # heads\nmonths: 3      # of four weeks\n",
    ),
    "a comment keeps its column where the number is shorter": (
        "people: 1000  # heads\n",
        {"people": 5},
        "people: 5     # heads\n",
    ),
    "a comment without room moves": ("people: 5 # heads\n", {"people": 50}, "people: 50 # heads\n"),
    "two columns are kept before a comment": (
        "people: 5   # heads\n",
        {"people": 50_000},
        "people: 50000  # heads\n",
    ),
    "a sign in quotes is no comment": (
        'a: {b: 5, c: "x  # y"}\nd: {e: "x # y"}\n',
        {"a.b": 1_000, "d": {"f": 1}},
        'a: {b: 1000, c: "x  # y"}\nd: {f: 1}\n',
    ),
    "a key of a mapping in one line": (
        "steps: {p50: 16, p90: 140}  # both\n",
        {"steps.p90": 90},
        "steps: {p50: 16, p90: 90}   # both\n",
    ),
    "a mapping with the same keys is changed in place": (
        "steps:\n  p50: 16  # half\n  # more\n  p90: 140\n",
        {"steps": {"p90": 1, "p50": 2}},
        "steps:\n  p50: 2   # half\n  # more\n  p90: 1\n",
    ),
    "a mapping with more keys is added to": (
        "steps:\n  p50: 16  # half\n  # more\n  p90: 140  # nine\nnext: 1\n",
        {"steps": {"p50": 6, "p90": 40, "source": "logs, 2026"}},
        'steps:\n  p50: 6   # half\n  # more\n  p90: 40   # nine\n  source: "logs, 2026"\nnext: 1\n',
    ),
    "nothing stood there": (
        "a:   # todo\nb:\nc: 1\n",
        {"a": 5, "b.d": 6},
        "a: 5  # todo\nb: {d: 6}\nc: 1\n",
    ),
    "nothing stood there in brackets": (
        "a: {b: , c, d: 1}\n",
        {"a.b": 5, "a.c": 6},
        "a: {b: 5 , c: 6, d: 1}\n",
    ),
    "nothing stood at the end": ("b: 1\na:", {"a": 5}, "b: 1\na: 5"),
    "a text of several lines": (
        "a: |  # said\n  x # no\n  y\n\n# of b\nb: 1\n",
        {"a": 5},
        "a: 5  # said\n\n# of b\nb: 1\n",
    ),
    "a colon in the comment of a key": (
        "a: # see: {this}\n  b: 1  # one\nd: 1\n",
        {"a": {"x": 2}},
        "a: {x: 2} # see: {this}\n  # one\nd: 1\n",
    ),
    "a mapping that ends with an alias": (
        "x: &one 1\na:\n  b: 1\n  c: *one  # same\nd: 1\n",
        {"a": 2},
        "x: &one 1\na: 2\n  # same\nd: 1\n",
    ),
    "a list that ends with an alias": (
        "x: &one 1\na:\n  - 1\n  - *one\nd: 1\n",
        {"a": 2},
        "x: &one 1\na: 2\nd: 1\n",
    ),
    "an alias keeps how values are written": (
        "x: &one {a: 0.10, d: 2026-09-01, s: 'q, r', t: true, z: , l: [1, a b]}\ny: *one\n",
        {"y.b.c": 5},
        (
            "x: &one {a: 0.10, d: 2026-09-01, s: 'q, r', t: true, z: , l: [1, a b]}\n"
            'y: {a: 0.10, d: 2026-09-01, s: "q, r", t: true, z: null, l: [1, "a b"], b: {c: 5}}\n'
        ),
    ),
    "an alias below its key": (
        "x: &one {a: 1}\ny: # c\n  *one\n",
        {"y.a": 2},
        "x: &one {a: 1}\ny: # c\n  {a: 2}\n",
    ),
    "what is merged is written out where it changes": (
        "x: &one {c: {m: explicit, r: 0.1}, n: 1}\nz: &two {n: 2}\ny:\n  <<: [*one, *two]\n  k: 2\n",
        {"y.c.r": 5, "y.n": 3},
        (
            "x: &one {c: {m: explicit, r: 0.1}, n: 1}\nz: &two {n: 2}\n"
            "y:\n  <<: [*one, *two]\n  k: 2\n"
            '  c: {m: explicit, r: 5}\n  "n": 3\n'
        ),
    ),
    "beside empty documents": ("---\na: 1\n---\n", {"a": 5, "b": 6}, "---\na: 5\nb: 6\n---\n"),
    "a mark of the byte order": ("\ufeffa: 1  # x\n", {"a": 5}, "\ufeffa: 5  # x\n"),
    "a tab before a comment": ("a: 1\t# x\n", {"a": 5}, "a: 5 # x\n"),
    "another mapping in one line": (
        "steps: {p50: 16, p90: 140}  # both\n",
        {"steps": 7},
        "steps: 7                    # both\n",
    ),
    "a mapping of several lines keeps its comments": (
        "steps:  # of a session\n  p50: 16  # half\n  # more\n  p90: 140  # nine\nnext: 1\n",
        {"steps": {"low": 1, "high": 2}},
        "steps: {low: 1, high: 2}  # of a session\n  # half\n  # more\n  # nine\nnext: 1\n",
    ),
    "a mapping of several lines without comments": (
        "a:\n  b:\n    c: 1\nd: 1\n",
        {"a.b": 2},
        "a:\n  b: 2\nd: 1\n",
    ),
    "a list of several lines": ("a:\n  - 1  # one\n  - 2\n", {"a": [3]}, "a: [3]\n  # one\n"),
    "an empty mapping of several lines": ("a: {  # x\n}\n", {"a": 1}, "a: 1\n   # x\n"),
    "a mapping in brackets over several lines": (
        "a: {b: 1,  # one\n    c: 2}  # behind\nd: 1\n",
        {"a": {"e": 3}},
        "a: {e: 3}  # behind\n   # one\nd: 1\n",
    ),
    "a number becomes a mapping": (
        "people: 5  # heads\n",
        {"people": {"low": 1, "likely": 2, "high": Decimal("3.5")}},
        "people: {low: 1, likely: 2, high: 3.5}  # heads\n",
    ),
    "a missing key is added behind the last": (
        "a:\n  b: 1  # one\n\n  # of d\nd: 2\n",
        {"a.c": 3},
        "a:\n  b: 1  # one\n  c: 3\n\n  # of d\nd: 2\n",
    ),
    "a missing key at the end of a file without a last break": (
        "a: 1",
        {"b": 2},
        "a: 1\nb: 2\n",
    ),
    "a missing key in brackets": ("a: {b: 1}  # x\n", {"a.c": 3}, "a: {b: 1, c: 3}  # x\n"),
    "a missing key in empty brackets": ("a: {}\n", {"a.b.c": 3}, "a: {b: {c: 3}}\n"),
    "a missing path": ("a: 1\n", {"b.c.d": True}, "a: 1\nb: {c: {d: true}}\n"),
    "behind a text of several lines": ("a: |\n  x\n  y\n", {"b": 1}, "a: |\n  x\n  y\nb: 1\n"),
    "an empty file": ("", {"a.b": None}, "a: {b: null}\n"),
    "a file of comments": ("# only", {"a": 1}, "# only\na: 1\n"),
    "an alias is written out, and its anchor stays": (
        "x: &one {a: 1, b: {c: 2}}\ny: *one\n",
        {"y.b.c": 5},
        "x: &one {a: 1, b: {c: 2}}\ny: {a: 1, b: {c: 5}}\n",
    ),
    "an alias as a whole": (
        "x: &one 1\ny: *one  # same\n",
        {"y": 2},
        "x: &one 1\ny: 2     # same\n",
    ),
    "behind an alias": ("x: &one 1\ny: {z: *one}\n", {"y.w": 2}, "x: &one 1\ny: {z: *one, w: 2}\n"),
    "breaks of Windows stay": (
        "a:\r\n  b: 1  # one\r\nc: 2\r\n",
        {"a.d": 3, "a.b": 10},
        "a:\r\n  b: 10  # one\r\n  d: 3\r\nc: 2\r\n",
    ),
    "text of any language before it": ("# π 日本\na: 1  # ü\n", {"a": 2}, "# π 日本\na: 2  # ü\n"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_value_is_written_and_the_rest_stays(case: str) -> None:
    text, changes, expected = CASES[case]
    assert rewritten(text, changes) == expected


FAULTS: dict[str, tuple[str, str, str]] = {
    "a path through a number": (
        "a: 1\n",
        "a.b",
        "cannot write a.b: a is no mapping; change a itself",
    ),
    "a file that is a list": ("- 1\n", "a", "cannot write a: the file is no mapping"),
    "an anchor": ("a: &x 1\nb: *x\n", "a", "a in line 1 is an anchor that other places share"),
    "an anchor behind a tag": ("a: !!int &x 1\nb: *x\n", "a", "cannot write a in place: an anchor"),
    "what others merge": (
        "x: &one {n: 1}\ny: {<<: *one}\n",
        "x.n",
        "cannot write x.n in place: an anchor, or the form of YAML around it, would make other",
    ),
    "a path through an alias of a number": ("x: &one 1\ny: *one\n", "y.b", "y is no mapping"),
    "behind a text that keeps its empty lines": (
        "a:\n  n: |+\n    x\n\n\nb: 1\n",
        "a.c",
        "cannot write a.c in place",
    ),
    "what is no YAML": ("a: [1\n", "a", "cannot write into this YAML: while parsing"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_cannot_be_written_is_said(case: str) -> None:
    text, path, message = FAULTS[case]
    with pytest.raises(UsageError, match=re.escape(message)):
        rewritten(text, {path: 2})


TEXTS = {
    "gpt-5": "gpt-5",
    "anthropic/claude-opus-5": "anthropic/claude-opus-5",
    "no": '"no"',
    "5": '"5"',
    'say "x"': '"say \\"x\\""',
    "two\nlines": '"two\\nlines"',
    "a\\b": '"a\\\\b"',
    "bell\x07 \x85 \u2028": '"bell\\u0007 \\u0085 \\u2028"',
    "": '""',
}


@pytest.mark.parametrize("text", TEXTS)
def test_text_that_yaml_would_misread_is_quoted(text: str) -> None:
    assert as_yaml(text) == TEXTS[text]
    assert yaml.safe_load(f"a: {as_yaml(text)}") == {"a": text}


def _paths(value: Any, before: tuple[str, ...] = ()) -> list[str]:
    if not isinstance(value, dict):
        return [".".join(before)]
    own = [".".join(before)] if before else []
    return own + [path for key in value for path in _paths(value[key], (*before, key))]


_PATHS = [path for path in _paths(yaml.safe_load(EXAMPLE)) if "_usd" not in path]
_VALUES = st.one_of(
    st.integers(0, 10**9),
    st.fixed_dictionaries({"p50": st.integers(1, 99), "p90": st.integers(100, 10**6)}),
    st.fixed_dictionaries({"low": st.integers(0, 9), "likely": st.just(9), "high": st.just(10)}),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=9),
)


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(_PATHS), _VALUES)
def test_every_comment_survives_any_change_and_nothing_else_changes(path: str, value: Any) -> None:
    new = rewritten(EXAMPLE, {path: value})
    expected = yaml.safe_load(EXAMPLE)
    place = expected
    *above, last = path.split(".")
    for part in above:
        place = place[part]
    place[last] = value
    assert yaml.safe_load(new) == expected
    comments = re.findall(r"(?m)(?:^|\s)(#.*?)$", EXAMPLE)
    for comment in comments:
        assert comment in new, comment
