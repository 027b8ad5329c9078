"""The pages of the documentation as blocks: read, run, and written anew with what they print.

`python tests/docs/pages.py` runs every page and writes the outputs that changed into it; read the
diff before you commit it. A page's blocks run from top to bottom, in a folder of its own:

- a `yaml`, `toml`, `json`, `text` or `python` block with a `title` is written there as a file;
- a `python` block runs in the page's namespace. What a statement prints stands below it in `#>`
  comments, or all of it in a `text` block that follows; an error of costcalc ends the block and
  is printed, as is a warning. A block of `>>>` examples is a doctest;
- a `console` block of `$ costcalc` and `$ pytest` commands runs as processes, standard error
  included; pytest has the plugin of this package, and no other.

A `…` in a shown output stands for anything, such as a version that changes with every price.
"""

from __future__ import annotations

import ast
import doctest
import os
import re
import shlex
import subprocess
import sys
import traceback
import warnings
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from costcalc import CostcalcError

__all__ = ["ROOT", "Block", "all_pages", "blocks_of", "main", "run_page"]

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"```\s*(?P<info>.*)")
_FILES = {"yaml", "toml", "json", "text", "python"}
_TITLE = re.compile(r'title="(?P<title>[^"]+)"')
_ENVIRONMENT = {
    "COLUMNS": "96", "LINES": "40", "NO_COLOR": "1", "TERM": "dumb", "PYTHONUTF8": "1",
    "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "CI": "",
}  # fmt: skip
_PROGRAMS = {
    "costcalc": ["costcalc"],
    "pytest": ["pytest", "-p", "costcalc.pytest_plugin", "-p", "no:cacheprovider"],
}


@dataclass
class Block:
    """One fenced block of a page."""

    language: str
    title: str
    line: int
    """Line of the opening fence, from 1."""
    lines: list[str] = field(default_factory=list[str])
    follows: bool = False
    """Whether nothing but blank lines stands between it and the block before."""

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)

    @property
    def runs_commands(self) -> bool:
        return self.language == "console" and bool(
            self.lines and re.match(r"\$ ([A-Z_]+=\S+ )*(costcalc|pytest)( |$)", self.lines[0])
        )


def all_pages() -> list[Path]:
    """Return the pages whose blocks run, in a fixed order."""
    beside = (ROOT / "README.md", ROOT / "pricing" / "README.md")
    return [*(page for page in beside if page.exists()), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks_of(text: str) -> list[Block]:
    """Return the fenced blocks of a page."""
    found: list[Block] = []
    inside: Block | None = None
    follows = False
    for number, line in enumerate(text.splitlines(), 1):
        fence = _FENCE.fullmatch(line)
        if inside is not None:
            if line == "```":
                found.append(inside)
                inside, follows = None, True
            else:
                inside.lines.append(line)
        elif fence is not None:
            info = fence["info"]
            title = _TITLE.search(info)
            word = re.search(r"\w+", info)
            inside = Block(word[0] if word else "", title["title"] if title else "", number)
            inside.follows = follows
        elif line.strip():
            follows = False
    return found


def run_page(page: Path) -> str:
    """Run the blocks of a page and return its text with the outputs that they really have."""
    text = page.read_text(encoding="utf-8")
    lines = text.splitlines()
    blocks = blocks_of(text)
    results: list[tuple[Block, list[str]]] = []
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with TemporaryDirectory() as folder, chdir(folder), warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = _show_warning
        for number, block in enumerate(blocks):
            after = blocks[number + 1] if number + 1 < len(blocks) else None
            place = f"{page.name}:{block.line}"
            if block.title and block.language in _FILES:
                Path(block.title).write_text(block.text, encoding="utf-8")
            if block.language in {"python", "pycon"} and block.lines[:1]:
                if block.lines[0].startswith(">>>"):
                    _run_doctest(block, namespace, place)
                elif after and after.language == "text" and after.follows and not after.title:
                    said = _run_python(block.lines, namespace, place)
                    results.append((after, [line.rstrip() for _, each in said for line in each]))
                else:
                    said = _run_python(_without_outputs(block), namespace, place)
                    results.append((block, _with_outputs(_without_outputs(block), said)))
            elif block.runs_commands:
                results.append((block, _run_console(block.lines, Path(folder))))
    for block, new in reversed(results):
        lines[block.line : block.line + len(block.lines)] = _shown(block.lines, new)
    return "".join(f"{line}\n" for line in lines)


def _shown(old: list[str], new: list[str]) -> list[str]:
    """Return what stands there already, where it is what was printed but for its `…` marks."""
    parts = (re.escape(part) for part in "\n".join(old).split("…"))
    return old if re.fullmatch(".*?".join(parts), "\n".join(new), re.DOTALL) else new


def _without_outputs(block: Block) -> list[str]:
    return [line for line in block.lines if not line.startswith("#>")]


def _with_outputs(lines: list[str], said: list[tuple[int, list[str]]]) -> list[str]:
    new = list(lines)
    for number, output in reversed(said):
        new[number:number] = [f"#> {line}".rstrip() for line in output]
    return new


def _run_python(
    lines: list[str], namespace: dict[str, Any], place: str
) -> list[tuple[int, list[str]]]:
    """Run statements one by one; return the last line of each with what it printed."""
    said: list[tuple[int, list[str]]] = []
    for node in ast.parse("\n".join(lines)).body:
        output = StringIO()
        failed = False
        _warned.clear()
        with redirect_stdout(output):
            try:
                exec(compile(ast.Module([node], []), place, "exec"), namespace)  # noqa: S102
            except CostcalcError as error:
                failed = True
                print("".join(traceback.format_exception_only(error)), end="")  # noqa: T201
        said.append((node.end_lineno or 0, output.getvalue().splitlines()))
        if failed:
            break
    return said


_warned: set[str] = set()
"""What the statement that runs has warned of; a reader sees it once, as by Python's own default."""


def _show_warning(message: Any, category: type[Warning], *_: Any, **__: Any) -> None:
    text = f"{category.__name__}: {message}"
    if text not in _warned:
        _warned.add(text)
        print(text)  # noqa: T201


def _run_doctest(block: Block, namespace: dict[str, Any], place: str) -> None:
    test = doctest.DocTestParser().get_doctest(block.text, namespace, place, place, block.line)
    test.globs = namespace
    report = StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    if runner.run(test, out=report.write, clear_globs=False).failed:
        raise AssertionError(report.getvalue())


def _run_console(lines: list[str], folder: Path) -> list[str]:
    """Run the commands of a block; return it with what they printed."""
    new: list[str] = []
    code = 0
    command: list[str] = []
    for line in lines:
        if not (line.startswith("$ ") or command):
            continue  # an output
        new.append(line)
        command.append(line.removeprefix("$ ").removesuffix("\\"))
        if line.endswith("\\"):
            continue
        words = shlex.split(" ".join(command))
        command = []
        if words == ["echo", "$?"]:
            new.append(str(code))
        else:
            code, output = _run_command(words, folder)
            new += [each.rstrip() for each in output.rstrip().splitlines()]
    return new


def _run_command(words: list[str], folder: Path) -> tuple[int, str]:
    environment = {**os.environ, **_ENVIRONMENT}
    while re.match(r"[A-Z_]+=", words[0]):
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    if words[0] not in _PROGRAMS:
        msg = f"a console block runs {' and '.join(_PROGRAMS)} only, not {words[0]}"
        raise ValueError(msg)
    done = subprocess.run(
        [sys.executable, "-m", *_PROGRAMS[words[0]], *words[1:]],
        cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def main(names: list[str]) -> None:
    """Write the outputs of all pages, or of those whose path contains a name, anew."""
    for page in all_pages():
        if names and not any(name in page.as_posix() for name in names):
            continue
        before = page.read_text(encoding="utf-8")
        after = run_page(page)
        if after != before:
            page.write_text(after, encoding="utf-8")
            sys.stdout.write(f"{page.relative_to(ROOT)} has new outputs\n")


if __name__ == "__main__":
    main(sys.argv[1:])
