"""What kind of content a text is: a language, a script or a format.

Vocabularies differ by what they were trained on, so the ratio between two of them depends on the
content: for English it may be 1.0 and for Armenian 5. A text is read as a composition, because a
question may be Japanese around a traceback. Scripts are told by the bytes of UTF-8, formats by the
share of certain characters, languages of the Latin script by their commonest words. Only samples
of a long text are read, so that telling costs little beside counting.
"""

from __future__ import annotations

import re

from costcalc.tokens.latin import FORMATS, LANGUAGES, classes_of
from costcalc.tokens.scripts import SCRIPTS, named, scripts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CLASSES", "composition", "content_class", "samples"]

_PIECE = 2_000  # characters that are judged as one
_FEW = 6  # pieces that are read whole; of each of more pieces a sample is
_SAMPLE = 800
_MOST = 64  # pieces, however long a text is
_NOT_ASCII = bytes(range(0x80, 0x100))
_NEUTRAL = b" \t\r\n.,:;!?'\"()-%" + _NOT_ASCII  # belongs to whatever script stands around it
_MARKED = 0.02  # combining marks among the characters of text that is written with them

CLASSES: tuple[str, ...] = (
    *FORMATS, *LANGUAGES, "words", "latin", "combining", "capitals", *SCRIPTS,
)  # fmt: skip
"""Every class there is: formats, languages of the Latin script, and scripts.

`words` are Latin words in no language that is told, `latin` such words with accents, `combining`
words whose accents are characters of their own (U+0300 to U+036F, as in decomposed Vietnamese),
`capitals` runs of capital letters in anything.
"""


def content_class(text: str) -> str:
    """Return the class that most characters of a text belong to; `words` for an empty one."""
    found = composition(text)
    return max(found, key=found.__getitem__) if found else "words"


def composition(text: str) -> dict[str, float]:
    """Return how many characters of a text belong to each class; of a long text an estimate."""
    found: dict[str, float] = {}
    for sample, stands_for in samples(text):
        for name, characters in _judged(sample).items():
            found[name] = found.get(name, 0.0) + characters * stands_for / len(sample)
    return found


def samples(text: str) -> Iterator[tuple[str, float]]:
    """Return pieces of a text that begin with a line, and the length that each stands for."""
    length = len(text)
    number = min(_MOST, -(-length // _PIECE))
    size = _PIECE if number <= _FEW else _SAMPLE
    for each in range(number):
        start = length * each // number
        end = length * (each + 1) // number
        line = text.rfind("\n", max(0, start - 200), start) + 1
        yield text[line or start : min(end, start + size)], end - start


def _judged(text: str) -> dict[str, float]:
    """Return the characters of a short text by class."""
    if text.isascii():
        return classes_of(text, text.encode(), len(text), accents=False)
    data = text.encode("utf-8", "replace")
    scripts = scripts_of(data)
    accents = scripts.pop("latin", 0)
    marks = scripts.pop("combining", 0)
    plain = data.translate(None, _NOT_ASCII)
    if marks > _MARKED * len(text):
        scripts["combining"] = marks + accents + len(plain.translate(None, _NEUTRAL))
        accents, plain = 0, b""
    if not scripts:
        return classes_of(text, plain, len(text), accents=accents > 0)
    found: dict[str, float] = {**named(text, scripts)}
    rest = accents + len(plain.translate(None, _NEUTRAL))
    marked = rest + sum(found.values())
    share = len(text) / marked  # spaces and stops go with what stands around them
    if rest < 0.05 * marked:
        return {
            name: characters * len(text) / (marked - rest) for name, characters in found.items()
        }
    found = {name: characters * share for name, characters in found.items()}
    words = re.sub(rb"  +", b" ", plain)
    for name, characters in classes_of(
        words.decode(), words, rest * share, accents=accents > 0
    ).items():
        found[name] = found.get(name, 0.0) + characters
    return found
