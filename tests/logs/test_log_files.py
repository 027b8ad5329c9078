from __future__ import annotations

import gzip
import io
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from logs_support import claude_line, write

from costcalc import MissingExtraError, UsageError, logs
from costcalc.logs import files as files_module
from costcalc.logs.files import LogFile, open_log
from costcalc.logs.records import Skip

MARK = b'"usage"'


def _read(data: bytes, mark: bytes = MARK) -> tuple[list[tuple[int, bytes]], list[Skip]]:
    skips: list[Skip] = []
    file = LogFile("a.jsonl", io.BytesIO(data), skips.append)
    return list(file.lines(mark)), skips


LINES = [
    ("nothing", b"", []),
    ("lines with the mark alone", b'{"usage":1}\n{"a":2}\n{"usage":3}\n', [1, 3]),
    ("a last line without its end", b'{"usage":1}\n{"usage":2}', [1, 2]),
    ("empty lines", b'\n\n{"usage":1}\n  \n', [3]),
    ("lines that end as Windows ends them", b'{"a":1}\r\n{"usage":2}\r\n', [2]),
    ("a sign of UTF-8 before the first", b'\xef\xbb\xbf{"usage":1}\n', [1]),
]


@pytest.mark.parametrize("block", [3, 2**18], ids=["small blocks", "one block"])
@pytest.mark.parametrize(
    ("data", "numbers"), [pytest.param(*case, id=name) for name, *case in LINES]
)
def test_lines_keep_their_numbers(
    monkeypatch: pytest.MonkeyPatch, data: bytes, numbers: list[int], block: int
) -> None:
    monkeypatch.setattr(files_module, "_BLOCK", block)
    monkeypatch.setattr(files_module, "_HEAD", block + 1)
    found, skips = _read(data)
    assert ([number for number, _ in found], skips) == (numbers, [])


@pytest.mark.parametrize("block", [16, 64], ids=["of several blocks", "of one block"])
@pytest.mark.parametrize("end", [b"\n", b""], ids=["ended", "not ended"])
def test_a_line_that_is_too_long_loses_itself_alone(
    monkeypatch: pytest.MonkeyPatch, block: int, end: bytes
) -> None:
    monkeypatch.setattr(files_module, "_BLOCK", block)
    monkeypatch.setattr(files_module, "_HEAD", block)
    monkeypatch.setattr(files_module, "LONGEST_LINE", 32)
    long = b'{"usage":"' + b"x" * 200 + b'"}'
    found, skips = _read(b'{"usage":1}\n' + long + b'\n{"usage":3}\n' + long + end)
    assert [number for number, _ in found][:1] == [1]
    assert (3, b'{"usage":3}') in found
    assert {each.line for each in skips} <= {2, 4}
    assert len(found) + len(skips) == 4


def test_a_line_of_a_hundred_megabytes_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.RawIOBase):
        """A hundred MiB without an end of line, then a line."""

        def __init__(self) -> None:
            self.left = 100 * 2**20
            self.tail = b'\n{"usage":2}\n'

        def read(self, size: int = -1) -> bytes:
            if self.left:
                count = min(size, self.left)
                self.left -= count
                return b"x" * count
            data, self.tail = self.tail, b""
            return data

    monkeypatch.setattr(files_module, "LONGEST_LINE", 4 * 2**20)
    skips: list[Skip] = []
    tracemalloc.start()
    found = list(LogFile("a.jsonl", Endless(), skips.append).lines(MARK))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [(2, b'{"usage":2}')]
    assert [(each.line, each.reason) for each in skips] == [(1, "it is longer than 4 MiB")]
    assert peak < 32 * 2**20


def test_the_head_is_whole_lines() -> None:
    long = b'{"a":"' + b"x" * 5000 + b'","usage":1}'
    file = LogFile("a", io.BytesIO(b'{"b":1}\n' + long + b"\n" + b"y" * 10**6), [].append)
    assert file.head == b'{"b":1}\n' + long
    assert file.whole().endswith(b"yy")
    assert len(file.whole()) == 0  # it was read


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data)


def _zstandard(data: bytes) -> bytes:
    return pytest.importorskip("zstandard").ZstdCompressor().compress(data)


COMPRESSED = [(".gz", _gzip), (".zst", _zstandard)]


@pytest.mark.parametrize(("ending", "compress"), COMPRESSED, ids=["gzip", "zstandard"])
def test_compressed_files_are_read(
    tmp_path: Path, ending: str, compress: Callable[[bytes], bytes]
) -> None:
    path = write(tmp_path / "a.jsonl", claude_line(), claude_line("msg_2"))
    (tmp_path / f"b.jsonl{ending}").write_bytes(compress(path.read_bytes()))
    path.unlink()
    assert len(logs.read(tmp_path)) == 2


@pytest.mark.parametrize(("ending", "compress"), COMPRESSED, ids=["gzip", "zstandard"])
@pytest.mark.parametrize("damage", ["cut off", "other bytes"])
def test_a_damaged_file_ends_where_it_is_damaged(
    tmp_path: Path, ending: str, compress: Callable[[bytes], bytes], damage: str
) -> None:
    lines = write(tmp_path / "a", *(claude_line(f"msg_{i}", f"req_{i * i}") for i in range(2000)))
    data = compress(lines.read_bytes())
    middle = len(data) // 2
    broken = data[:middle] if damage == "cut off" else data[:middle] + b"\x07" * 999 + data[middle:]
    path = tmp_path / f"b.jsonl{ending}"
    path.write_bytes(broken)
    reading = logs.read(path).reading
    assert reading is not None
    assert reading.calls < 2000
    assert [each.line for each in reading.skips].count(None) <= 1


def test_a_file_of_another_compression_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(b"no gzip at all")
    reading = logs.read(path).reading
    assert reading is not None
    assert reading.skips[0].reason.startswith("it cannot be read further: Not a gzipped file")
    assert reading.files == 0


def test_zstandard_without_a_package_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "compression", None)
    monkeypatch.setitem(sys.modules, "zstandard", None)
    path = tmp_path / "a.jsonl.zst"
    path.write_bytes(b"")
    with pytest.raises(MissingExtraError, match=r"pip install 'costcalc\[logs\]'"):
        logs.read(path)


def test_pythons_own_zstandard_is_taken_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = SimpleNamespace(ZstdFile=lambda plain: plain, ZstdError=KeyError)
    monkeypatch.setitem(sys.modules, "compression", SimpleNamespace(zstd=own))
    path = write(tmp_path / "a.jsonl.zst", claude_line())
    assert len(logs.read(path)) == 1


def test_standard_input_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = write(tmp_path / "a", claude_line()).read_bytes()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    seen: list[tuple[int, int | None]] = []
    (record,) = logs.read("-", progress=lambda done, whole: seen.append((done, whole)))
    assert (record.file, seen) == ("standard input", [(0, None)])


def test_a_file_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    skips: list[Skip] = []
    with open_log(str(tmp_path / "gone"), skips.append) as file:
        assert file is None
    assert [str(each) for each in skips] == [
        f"{tmp_path / 'gone'}: it cannot be opened: No such file or directory"
    ]


def test_a_stream_that_breaks_off_is_said() -> None:
    class Broken(io.RawIOBase):
        def read(self, _: int = -1) -> bytes:
            raise OSError(5, "Input/output error")

    skips: list[Skip] = []
    file: Any = LogFile("a", Broken(), skips.append)
    assert list(file.lines()) == []
    assert "Input/output error" in skips[0].reason


@pytest.mark.parametrize("code", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("size", [1, 3, 2**18], ids=["a byte at once", "odd blocks", "one block"])
def test_utf_16_is_read_too(monkeypatch: pytest.MonkeyPatch, code: str, size: int) -> None:
    """Some shells write what they save like this: `codex exec --json > run.jsonl`."""
    monkeypatch.setattr(files_module, "_BLOCK", size)
    monkeypatch.setattr(files_module, "_HEAD", 4)
    data = '\ufeff{"usage":"größe"}\r\n{"usage":2}\r\n'.encode(code) + b"\xd8"
    found, skips = _read(data)
    assert [line.rstrip() for _, line in found] == ['{"usage":"größe"}'.encode(), b'{"usage":2}']
    assert [each.line for each in skips] == [3]  # half a letter


def test_zeros_before_a_line_are_said_and_the_line_is_read() -> None:
    zeros = bytes(4_096)
    found, skips = _read(zeros + b'{"usage":1}\n{"a":1}\n' + zeros + b"\n" + zeros + b'{"a":2}\n')
    assert found == [(1, b'{"usage":1}')]
    assert [(each.line, each.reason) for each in skips] == [
        (1, "it begins with zeros, where something was lost"),
        (3, "it is cut off, or no JSON object"),
        (4, "it begins with zeros, where something was lost"),
    ]


def test_a_standard_input_that_is_closed_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="standard input is closed"):
        logs.read("-")


def test_a_reason_does_not_repeat_all_that_it_is_about() -> None:
    skips: list[Skip] = []
    LogFile("a", io.BytesIO(), skips.append).skip(1, "x" * 10_000)
    assert skips[0].reason == "x" * 400 + " …"


@pytest.mark.parametrize("ending", ["", ".gz"], ids=["plain", "compressed"])
def test_progress_is_told_within_a_large_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr(files_module, "_BLOCK", 2**16)
    lines = write(tmp_path / "a", *(claude_line(f"msg_{i}") for i in range(1_500))).read_bytes()
    path = tmp_path / f"a.jsonl{ending}"
    path.write_bytes(gzip.compress(lines, 0) if ending else lines)
    seen: list[tuple[int, int | None]] = []
    logs.read(path, progress=lambda *done: seen.append(done))
    size = path.stat().st_size
    assert len(seen) > 3
    assert seen == sorted(seen)
    assert seen[-1] == (size, size)


def test_values_within_values_without_an_end_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How deep that is differs by version and by what stands on the stack."""

    def deep(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("costcalc.logs.usage_lines.add_row", deep)
    path = write(tmp_path / "a.jsonl", {"model": "plain", "input_tokens": 1})
    other = write(tmp_path / "b.jsonl", claude_line())
    records = logs.read([path, other])
    assert records.reading is not None
    assert (len(records), records.reading.skipped) == (1, 1)
