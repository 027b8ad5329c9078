"""Streams of text: cut anew so that counts add up exactly, read without holding the whole."""

from __future__ import annotations

import codecs
import io
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc.errors import UsageError
from costcalc.tokens import streams
from costcalc.tokens.streams import MOST, TARGET, pieces, read
from costcalc.tokens.text import BREAKS, SPACES, count, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

BASES = ("o200k_base", "cl100k_base", "p50k_base", "r50k_base")
SAMPLES = {
    each.stem: each.read_text(encoding="utf-8")
    for each in sorted(Path(__file__).with_name("samples").glob("*.txt"))
} | {"python": Path(__file__).read_text(encoding="utf-8")}
every_base = pytest.mark.parametrize("name", BASES)

KINDS = [
    *"abzAZ09'/!\"#&()*-.:;<=>?@[]^_`{|}~", *SPACES, *BREAKS, *"  \n\n\r",
    "\u00e9", "\u01c5", "\u6f22", "\u304b", "\u30ab", "\ud55c", "\u0e01", "\u0301", "\u0663", "'s", "'LL", "'re", "'\u017f",
    "\u3001", "\u3002", "\uff0c", "\U0001f600", "\u200d", "\x1c", "\ufffd", "//", "\n/", "\r\n", "      ", "\n\n\n",
]  # fmt: skip
slices = st.builds(
    lambda sample, start, size: sample[start : start + size],
    st.sampled_from(list(SAMPLES.values())),
    st.integers(0, 400),
    st.integers(0, 120),
)
texts = st.lists(st.sampled_from(KINDS) | slices, max_size=40).map("".join) | st.text()


def chunked(text: str, size: int) -> Iterator[str]:
    return (text[start : start + size] for start in range(0, len(text), size))


# --- cuts -----------------------------------------------------------------------------------------


@every_base
@given(text=texts, size=st.integers(1, 50), target=st.sampled_from([1, 1, 2, 5, 30]))
@settings(max_examples=250, deadline=None)
def test_the_pieces_of_any_text_have_together_the_ids_of_the_whole(
    name: str, text: str, size: int, target: int
) -> None:
    found = list(pieces(chunked(text, size), name, target=target))
    assert "".join(piece for piece, _ in found) == text
    assert all(exact for _, exact in found)
    assert [each for piece, _ in found for each in encode(name, piece)] == encode(name, text)


@every_base
def test_every_cut_in_a_short_text_of_all_kinds_is_exact(name: str) -> None:
    kinds = ["a", "\u6f22", "1", "!", "/", "'s", " ", "\n", "\r", "\u0301"]
    known: dict[str, list[int]] = {}
    for size in range(1, 5):
        for characters in product(kinds, repeat=size):
            text = "".join(characters)
            ids = known[text] = encode(name, text)
            cut = [piece for piece, _ in pieces([text], name, target=1)]
            assert [each for piece in cut for each in known[piece]] == ids, cut


@every_base
@pytest.mark.parametrize("sample", SAMPLES)
def test_the_counts_of_a_sample_cut_into_pieces_add_up(sample: str, name: str) -> None:
    text = SAMPLES[sample]
    found = list(pieces(chunked(text, 7), name, target=100))
    assert sum(count(name, piece) for piece, _ in found) == count(name, text)
    assert all(exact for _, exact in found)
    assert all(len(piece) >= 100 for piece, _ in found[:-1])
    assert len(found) >= 4  # there are enough places to cut in every language


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("two words", ["two", " words"]),
        ("two  spaces", ["two", "  spaces"]),
        ("key:value", ["key", ":value"]),
        ("it's", ["it's"]),
        ("\u4e16\u754c\u3002\u4f60", ["\u4e16\u754c", "\u3002\u4f60"]),
        ("1234567", ["1234567"]),
        ("1\n2", {"o200k_base": ["1\n", "2"], "cl100k_base": ["1\n", "2"], "r50k_base": ["1", "\n2"]}),
        ("!\r\n2", {"o200k_base": ["!\r\n", "2"], "cl100k_base": ["!\r\n", "2"],
                    "r50k_base": ["!", "\r\n2"]}),
        ("!\n/", {"o200k_base": ["!\n/"], "cl100k_base": ["!\n", "/"], "r50k_base": ["!", "\n/"]}),
        ("\n \n2", {"o200k_base": ["\n \n", "2"], "cl100k_base": ["\n \n", "2"],
                    "r50k_base": ["\n \n2"]}),
        ("\u00e9\u00e9", ["\u00e9\u00e9"]),
    ],
    ids=ascii,
)  # fmt: skip
def test_a_text_is_cut_where_the_pattern_allows_it(
    text: str, cut: list[str] | dict[str, list[str]]
) -> None:
    for name in ("o200k_base", "cl100k_base", "r50k_base"):
        expected = cut[name] if isinstance(cut, dict) else cut
        assert [piece for piece, _ in pieces(text, name, target=1)] == expected


@every_base
def test_a_line_break_of_two_characters_is_never_cut(name: str) -> None:
    text = "one\r\ntwo!\r\n\r\n three\r\n" * 20
    for target in range(1, 30):
        for piece, _ in pieces(chunked(text, 5), name, target=target):
            assert not piece.startswith("\n")


# --- bounds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 7, 100], ids="chunks of {}".format)
def test_a_text_without_a_place_to_cut_is_cut_at_most_and_says_so(size: int) -> None:
    found = list(pieces(chunked("a" * 100, size), "o200k_base", target=5, most=30))
    assert found == [("a" * 30, False), ("a" * 30, False), ("a" * 30, False), ("a" * 10, True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 20, [("a" * 20, True)]),
        ("a" * 20 + " b", [("a" * 20, True), (" b", True)]),
        ("a" * 21 + " b", [("a" * 20, False), ("a b", True)]),
        ("", []),
    ],
    ids=["the text ends there", "a cut there is exact", "a cut one further is not", "nothing"],
)
def test_a_piece_has_at_most_so_many_characters(text: str, expected: list[Any]) -> None:
    for size in (1, 3, 50):
        assert list(pieces(chunked(text, size), "cl100k_base", target=4, most=20)) == expected


def test_no_more_is_taken_from_a_stream_than_a_piece_needs() -> None:
    taken: list[int] = []

    def lines() -> Iterator[str]:
        for number in range(10_000):
            taken.append(number)
            yield f"line number {number} of a long file\n"

    found = pieces(lines(), "o200k_base", target=1_000)
    assert not taken
    size = 0
    for piece, exact in found:
        assert exact
        assert 1_000 <= len(piece) < 1_100
        size += len(piece)
        assert sum(len(f"line number {number} of a long file\n") for number in taken) - size < 1_100
        if size > 20_000:
            break
    assert taken[-1] < 700


def test_a_long_text_is_cut_into_pieces_of_the_usual_size() -> None:
    text = SAMPLES["english"] * 200
    found = list(pieces([text], "o200k_base"))
    assert [len(piece) // 100 for piece, _ in found[:-1]] == [TARGET // 100] * (len(found) - 1)
    assert sum(count("o200k_base", piece) for piece, _ in found) == count("o200k_base", text)
    assert TARGET < MOST


@pytest.mark.parametrize("target", [0, -1, 11])
def test_a_size_of_pieces_that_cannot_be_is_refused_at_once(target: int) -> None:
    with pytest.raises(UsageError, match="at least 1 and at most 10 characters"):
        pieces(["text"], "o200k_base", target=target, most=10)


def test_an_unknown_vocabulary_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="unknown vocabulary 'o300k_base'"):
        pieces(["text"], "o300k_base")


def test_chunks_of_bytes_are_refused() -> None:
    chunks: Any = [b"text"]
    with pytest.raises(UsageError, match="chunks of str, not of bytes; decode them"):
        list(pieces(chunks, "o200k_base"))


# --- reading --------------------------------------------------------------------------------------

TEXT = "na\u00efve \u4e16\u754c \U0001f600\r\nsecond line\rthird\n"


@pytest.fixture(params=[1, 2, 3, 1_000], ids="blocks of {}".format)
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(streams, "_BLOCK", request.param)
    return request.param


@pytest.mark.usefixtures("block")
def test_a_file_is_read_by_its_path_as_text_or_as_bytes(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(TEXT.encode())
    sources: list[Any] = [path, str(path), io.BytesIO(TEXT.encode()), io.StringIO(TEXT, newline="")]
    for source in sources:
        assert "".join(read(source)) == TEXT
    with path.open("rb") as binary, path.open(encoding="utf-8", newline="") as text:
        assert "".join(read(binary)) == "".join(read(text)) == TEXT
        assert not binary.closed  # it is its owner's


def test_a_file_is_read_by_blocks(block: int) -> None:
    assert all(len(each) <= block for each in read(io.BytesIO(b"x" * 50)))
    assert all(len(each) <= block for each in read(io.StringIO("x" * 50)))


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(
    "encoding", ["utf-8", "UTF8", "latin-1", "utf-16", "utf-16-be", "shift-jis"]
)
def test_a_file_is_decoded_as_stated(encoding: str) -> None:
    text = "kana \u30ab" if encoding == "shift-jis" else "na\u00efve"
    assert "".join(read(io.BytesIO(text.encode(encoding)), encoding)) == text


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
    ids=["UTF-8", "UTF-16, little-endian", "UTF-16, big-endian", "UTF-32, little", "UTF-32, big"],
)
def test_a_byte_order_mark_states_the_encoding_and_is_no_text(mark: bytes, encoding: str) -> None:
    assert "".join(read(io.BytesIO(mark + TEXT.encode(encoding)))) == TEXT


def test_a_byte_order_mark_is_text_where_another_encoding_is_stated() -> None:
    assert "".join(read(io.BytesIO(codecs.BOM_UTF8 + b"a"), "latin-1")) == "\u00ef\u00bb\u00bfa"


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(
    ("content", "text"),
    [(b"a\xffb", "a\ufffdb"), (b"a\xe4\xb8", "a\ufffd"), (b"\x80", "\ufffd"), (b"", "")],
    ids=["a byte that is none of UTF-8", "a character cut off", "alone", "nothing"],
)
def test_what_cannot_be_decoded_is_replaced(content: bytes, text: str) -> None:
    assert "".join(read(io.BytesIO(content))) == text


@pytest.mark.parametrize("encoding", ["utf-9", "", None])
def test_an_unknown_encoding_is_refused_at_once(encoding: Any) -> None:
    with pytest.raises(UsageError, match="unknown encoding"):
        read("file.txt", encoding)


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read(tmp_path / "none.txt"))


def test_a_file_is_counted_as_its_text_is(tmp_path: Path) -> None:
    path = tmp_path / "declaration.txt"
    text = "".join(SAMPLES.values()) * 10
    path.write_text(text, encoding="utf-8", newline="")
    found = pieces(read(path), "o200k_base", target=10_000)
    assert sum(count("o200k_base", piece) for piece, _ in found) == count("o200k_base", text)
