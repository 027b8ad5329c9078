"""The vocabularies of the package: as published, as tiktoken has them, and without a network."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
import threading
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tiktoken

import costcalc
from costcalc.errors import TokenizerUnavailableError, UsageError
from costcalc.tokens import vocabularies
from costcalc.tokens.packing import digest, published_text
from costcalc.tokens.vocabularies import VOCABULARIES, encoding, ranks, unpacked, vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

openai_public: Any = import_module("tiktoken_ext.openai_public")  # it has no types
NAMES = tuple(VOCABULARIES)
# what tiktoken.get_encoding(name) has: tokens, their highest rank, special tokens, their highest
SIZES = {
    "o200k_base": (199_998, 199_997, 2, 200_018),
    "o200k_harmony": (199_998, 199_997, 1_091, 201_087),
    "cl100k_base": (100_256, 100_255, 5, 100_276),
    "p50k_base": (50_280, 50_280, 1, 50_256),
    "p50k_edit": (50_280, 50_280, 4, 50_283),
    "r50k_base": (50_256, 50_255, 1, 50_256),
    "gpt2": (50_256, 50_255, 1, 50_256),
}
TEXT = "It's 12,345 tokens.\n\n  naïve 世界 \U0001f600\t<|endoftext|> DON'T  /\n/ x\r\n"
CACHE_VARIABLES = ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR")


@pytest.fixture(autouse=True)
def no_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CACHE_VARIABLES:
        monkeypatch.delenv(name, raising=False)


def cached_name(url: str) -> str:
    return hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()


# --- what they are --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SIZES)
def test_a_vocabulary_has_the_tokens_that_are_known_of_it(name: str) -> None:
    tokens, specials = ranks(name), VOCABULARIES[name].special_tokens
    sizes = (len(tokens), max(tokens.values()), len(specials), max(specials.values()))
    assert sizes == SIZES[name]
    assert not set(tokens.values()) & set(specials.values())


def test_every_vocabulary_is_known_here_by_its_size() -> None:
    assert set(VOCABULARIES) == set(SIZES)


@pytest.mark.parametrize("name", ["o200k_base", "cl100k_base", "p50k_base", "r50k_base"])
def test_the_published_text_comes_out_of_the_package_to_the_byte(name: str) -> None:
    assert digest(ranks(name)) == VOCABULARIES[name].sha256


def test_the_vocabularies_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        VOCABULARIES["o200k_base"] = VOCABULARIES["gpt2"]  # pyright: ignore[reportIndexIssue]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("o200k", "unknown vocabulary 'o200k'; nearest: 'o200k_base'"),
        ("cl100k-base", "nearest: 'cl100k_base'"),
        ("zzz", "unknown vocabulary 'zzz'; known: o200k_base, o200k_harmony, cl100k_base"),
        (3, "unknown vocabulary 3"),
        (["gpt2"], "unknown vocabulary ['gpt2']"),
    ],
    ids=["short", "with a dash", "far from all", "a number", "a list"],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: Any, said: str) -> None:
    for call in (vocabulary, encoding, ranks):
        with pytest.raises(UsageError) as error:
            call(name)
        assert said in str(error.value)


# --- as tiktoken has them -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache folder as tiktoken fills it, with every file it would fetch."""
    folder = tmp_path_factory.mktemp("cache")
    for each in VOCABULARIES.values():
        if each.name == each.base:
            (folder / cached_name(each.url)).write_bytes(published_text(ranks(each.name)))
    site = "https://openaipublic.blob.core.windows.net/gpt-2/encodings/main/"
    for name, text in gpt2_files(ranks("r50k_base")).items():
        (folder / cached_name(site + name)).write_bytes(text)
    return folder


def gpt2_files(tokens: dict[bytes, int]) -> dict[str, bytes]:
    """Return the two files that GPT-2 was published as; tiktoken checks their digests.

    They show bytes as printable characters. Each token after the first 256 is a merge of two others.
    """
    plain = [byte for byte in range(256) if chr(byte).isprintable() and byte != ord(" ")]
    others = [byte for byte in range(256) if byte not in plain]
    shown = {byte: chr(byte) for byte in plain}
    shown |= {byte: chr(256 + place) for place, byte in enumerate(others)}
    text = {token: "".join(shown[byte] for byte in token) for token in tokens}
    merges = ["#version: 0.2"]
    for token, rank in tokens.items():
        if len(token) > 1:
            one, other = merged_of(token, rank, tokens)
            merges.append(f"{text[one]} {text[other]}")
    numbers = {text[token]: rank for token, rank in tokens.items()} | {"<|endoftext|>": 50_256}
    return {
        "vocab.bpe": "\n".join([*merges, ""]).encode(),
        "encoder.json": json.dumps(numbers).encode(),
    }


def merged_of(token: bytes, rank: int, tokens: dict[bytes, int]) -> list[bytes]:
    parts = [token[place : place + 1] for place in range(len(token))]
    while len(parts) > 2:
        pairs = [tokens.get(one + other, rank) for one, other in pairwise(parts)]
        first = pairs.index(min(pairs))
        parts[first : first + 2] = [parts[first] + parts[first + 1]]
    return parts


@pytest.mark.parametrize("name", NAMES)
def test_an_encoding_is_the_one_that_tiktoken_would_build(
    name: str, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(own_cache))
    # a file that is not there, or has another digest, would be fetched
    monkeypatch.setattr("tiktoken.load.read_file", lambda url: pytest.fail(f"fetched {url}"))
    made = openai_public.ENCODING_CONSTRUCTORS[name]()
    made.pop("explicit_n_vocab", None)
    ours = encoding(name)
    own = {
        "name": ours.name,
        "pat_str": ours._pat_str,
        "mergeable_ranks": ours._mergeable_ranks,
        "special_tokens": ours._special_tokens,
    }
    assert own == made
    theirs = tiktoken.Encoding(**made)
    assert ours.encode_ordinary(TEXT) == theirs.encode_ordinary(TEXT)
    assert ours.encode(TEXT, allowed_special="all") == theirs.encode(TEXT, allowed_special="all")
    assert ours.n_vocab == theirs.n_vocab


def test_tiktoken_has_no_public_encoding_that_is_missing_here() -> None:
    assert set(openai_public.ENCODING_CONSTRUCTORS) == set(VOCABULARIES)


# --- how they are built ---------------------------------------------------------------------------

WATCHED = """
import os, socket, sys, tempfile
tempfile.tempdir = sys.argv[1]
environment = dict(os.environ)
opened = []
class Watched(socket.socket):
    def __init__(self, *arguments, **named):
        opened.append("socket")
        raise OSError("no network")
def asked(*arguments, **named):
    opened.append("name")
    raise OSError("no network")
socket.socket, socket.create_connection, socket.getaddrinfo = Watched, asked, asked
import costcalc.tokens.text, costcalc.tokens.streams
assert "tiktoken" not in sys.modules
import tiktoken.registry
before = dict(tiktoken.registry.ENCODINGS), tiktoken.registry.ENCODING_CONSTRUCTORS
counts = [costcalc.tokens.text.count(name, "hello world") for name in sys.argv[2:]]
assert (dict(tiktoken.registry.ENCODINGS), tiktoken.registry.ENCODING_CONSTRUCTORS) == before
assert dict(os.environ) == environment
assert "requests" not in sys.modules and "numpy" not in sys.modules
print(len(opened), os.listdir(sys.argv[1]), counts)
"""


def test_counting_asks_nobody_and_leaves_tiktoken_and_the_environment_alone(tmp_path: Path) -> None:
    names = ["o200k_base", "cl100k_base", "p50k_base", "r50k_base"]
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path), *names],
        env={**os.environ, "PYTHONPATH": str(Path(costcalc.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.stdout) == ("", "0 [] [2, 2, 2, 2]\n")


def test_threads_that_come_at_once_share_one_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []
    build: Callable[..., Any] = vocabularies._built

    def counted(wanted: vocabularies.Vocabulary) -> Any:
        built.append(wanted.name)
        return build(wanted)

    monkeypatch.setattr(vocabularies, "_built", counted)
    monkeypatch.setattr(vocabularies, "_encodings", {})
    crowd = 8
    start = threading.Barrier(crowd)
    found: list[object] = []

    def ask() -> None:
        start.wait()
        found.append(encoding("p50k_base"))

    threads = [threading.Thread(target=ask) for _ in range(crowd)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert built == ["p50k_base"]
    assert len(found) == crowd
    assert all(each is encoding("p50k_base") for each in found)


def test_without_tiktoken_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabularies, "_encodings", {})
    monkeypatch.setitem(sys.modules, "tiktoken", None)
    with pytest.raises(TokenizerUnavailableError, match="pip install tiktoken"):
        encoding("gpt2")


# --- a package that is damaged --------------------------------------------------------------------


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put an empty folder in the place of the package's data."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setattr(vocabularies, "DATA", str(folder))
    return folder


PACKED = Path(vocabularies.DATA, "p50k.gz").read_bytes()
UNPACKED = gzip.decompress(PACKED)


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        PACKED[:-1],
        PACKED[: len(PACKED) // 2],
        PACKED[:100_000] + bytes([PACKED[100_000] ^ 1]) + PACKED[100_001:],
        gzip.compress(UNPACKED[:-20_000], 1),
        gzip.compress(bytes(50_280), 1),
        b"version https://git-lfs.github.com/spec/v1\n",
    ],
    ids=[
        "missing", "empty", "one byte short", "half", "a bit turned", "with less in it", "with zeros",
        "a pointer",
    ],
)  # fmt: skip
def test_a_damaged_file_is_told(content: bytes | None, data: Path) -> None:
    if content is not None:
        (data / "p50k.gz").write_bytes(content)
    assert unpacked(VOCABULARIES["p50k_base"], str(data)) is None
    with pytest.raises(TokenizerUnavailableError) as error:
        ranks("p50k_edit")
    assert error.value.name == "p50k_edit"
    assert "p50k.gz' is missing or damaged; install costcalc again, or set" in str(error.value)


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("variable", CACHE_VARIABLES)
@pytest.mark.parametrize("name", ["p50k_base", "p50k_edit", "gpt2"])
def test_what_the_package_lacks_is_read_from_the_users_cache(
    name: str, variable: str, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(own_cache))
    before = sorted((each.name, each.stat().st_mtime_ns) for each in own_cache.iterdir())
    found = ranks(name)
    monkeypatch.undo()
    assert found == ranks(name)
    assert sorted((each.name, each.stat().st_mtime_ns) for each in own_cache.iterdir()) == before


@pytest.mark.usefixtures("data")
def test_tiktokens_own_variable_goes_first_and_empty_turns_the_cache_off(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_GYM_CACHE_DIR", str(own_cache))
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    with pytest.raises(TokenizerUnavailableError):
        ranks("p50k_base")


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("content", [None, b"IQ== 0\n"], ids=["has no file", "has another file"])
def test_a_cache_of_no_use_is_left_as_it_is(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    file = tmp_path / cached_name(VOCABULARIES["p50k_base"].url)
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(TokenizerUnavailableError):
        ranks("p50k_base")
    assert (file.read_bytes() if file.exists() else None) == content


def test_the_package_goes_before_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(vocabularies, "_from_cache", lambda _: pytest.fail("the cache was read"))
    assert len(ranks("gpt2")) == SIZES["gpt2"][0]
