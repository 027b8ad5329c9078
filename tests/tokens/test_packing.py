"""Packing: out of the published texts, with their digests checked on both sides."""

from __future__ import annotations

import gzip
import io
import os
import runpy
import sys
import tarfile
from pathlib import Path

import pytest

from costcalc.tokens import packing
from costcalc.tokens.packing import SOURCES, digest, main, packed, published_text
from costcalc.tokens.vocabularies import DATA, VOCABULARIES, ranks, unpacked

P50K, R50K = VOCABULARIES["p50k_base"], VOCABULARIES["r50k_base"]
FILES = {f"{each.name}.tiktoken": published_text(ranks(each.name)) for each in (P50K, R50K)}


@pytest.fixture(autouse=True)
def two_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the two small vocabularies stand for all."""
    monkeypatch.setattr(packing, "SOURCES", (P50K, R50K))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the package as a folder."""
    data = tmp_path / "package" / "data"
    data.mkdir(parents=True)
    for name, text in FILES.items():
        (data / name).write_bytes(text)
    return data.parent


@pytest.fixture
def out(tmp_path: Path) -> Path:
    target = tmp_path / "out"
    target.mkdir()
    return target


def tarball(path: Path, files: dict[str, bytes | None]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"package/data/{name}")
            member.type = tarfile.DIRTYPE if text is None else tarfile.REGTYPE
            member.size = len(text or b"")
            archive.addfile(member, io.BytesIO(text or b""))
    return path


def test_the_package_carries_what_was_published(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "SOURCES", SOURCES)
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"{each.name}: {each.tokens:,} tokens, sha256 {each.sha256}" for each in SOURCES
    ]
    assert [each.name for each in SOURCES] == [
        "o200k_base",
        "cl100k_base",
        "p50k_base",
        "r50k_base",
    ]


def test_the_package_carries_no_other_files_than_it_needs() -> None:
    assert {each.packed for each in VOCABULARIES.values()} | {"NOTICE"} == set(os.listdir(DATA))


def test_the_notice_names_both_holders_of_rights() -> None:
    notice = Path(DATA, "NOTICE").read_text(encoding="utf-8")
    assert "Copyright (c) 2022 OpenAI, Shantanu Jain" in notice
    assert "Copyright (c) 2023-2024 Bazyli Brzoska" in notice
    assert "The above copyright notice and this permission notice shall be included" in notice


@pytest.mark.parametrize("kind", ["folder", "tarball"])
def test_a_package_is_packed(
    kind: str, folder: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = folder if kind == "folder" else tarball(tmp_path / "a.tgz", dict(FILES))
    assert main([str(source), "--folder", str(out)]) == 0
    assert os.listdir(out) == ["p50k.gz"]
    assert unpacked(P50K, str(out)) == ranks("p50k_base")
    assert unpacked(R50K, str(out)) == ranks("r50k_base")
    said = capsys.readouterr().out.splitlines()
    assert said == [
        f"{each.name}: {each.tokens:,} tokens, sha256 {each.sha256}" for each in (P50K, R50K)
    ]


def test_packing_gives_the_same_bytes_each_time_and_no_date() -> None:
    tokens = [b"!", b"\xff", b"in" * 64]
    assert packed(tokens) == packed(tokens)
    assert packed(tokens)[4:10] == bytes(4) + b"\x02\xff"  # no time; most compressed, no system
    assert gzip.decompress(packed(tokens)) == b"\1\1\x80!\xff" + b"in" * 64


def test_files_that_hold_the_tokens_already_are_left_as_they_are(folder: Path, out: Path) -> None:
    file = out / "p50k.gz"
    other = gzip.compress(gzip.decompress(Path(DATA, "p50k.gz").read_bytes()), 1)
    file.write_bytes(other)
    assert main([str(folder), "--folder", str(out)]) == 0
    assert file.read_bytes() == other


def test_a_text_with_another_digest_is_not_packed(
    folder: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "data" / "p50k_base.tiktoken").write_bytes(b"IQ== 0\n")
    assert main([str(folder), "--folder", str(out)]) == 4
    error = capsys.readouterr().err
    assert error.startswith(f"p50k_base.tiktoken of {folder} has sha256 ")
    assert error.endswith(f"not the published {P50K.sha256}\n")
    assert not os.listdir(out)


def test_a_package_without_the_texts_is_refused(
    folder: Path, tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "data" / "r50k_base.tiktoken").unlink()
    text = tmp_path / "text"
    text.write_text("no archive")
    sources = (folder, text, tmp_path / "none", tarball(tmp_path / "a.tgz", {"p50k": b""}))
    for source in sources:
        assert main([str(source), "--folder", str(out)]) == 4
        error = capsys.readouterr().err
        assert "cannot read data/" in error
        assert "give gpt-tokenizer, see --help" in error


def test_a_folder_in_the_place_of_a_text_has_the_wrong_digest(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tarball(tmp_path / "a.tgz", {"p50k_base.tiktoken": None})
    assert main([str(source), "--folder", str(out)]) == 4
    assert "has sha256" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, b"damaged"], ids=["missing", "damaged"])
def test_a_check_says_what_is_missing_or_damaged(
    content: bytes | None, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (out / "p50k.gz").write_bytes(content)
    assert main(["--folder", str(out)]) == 4
    assert "p50k.gz of " in (error := capsys.readouterr().err)
    assert "is missing or damaged; pack it anew" in error


def test_a_check_finds_other_tokens(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tokens = list(ranks("p50k_base"))
    tokens[0], tokens[1] = tokens[1], tokens[0]
    (out / "p50k.gz").write_bytes(packed(tokens))
    assert main(["--folder", str(out)]) == 4
    assert "p50k_base rebuilt from p50k.gz has sha256" in capsys.readouterr().err


def test_a_digest_is_that_of_the_text() -> None:
    assert published_text({b"!": 0, b"\xff ": 1}) == b"IQ== 0\n/yA= 1\n"
    assert digest({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_module_is_a_command(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["packing", "--folder", str(out)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(packing.__file__, run_name="__main__")
    assert ended.value.code == 4
    assert "o200k.gz of " in capsys.readouterr().err
