"""The scripts that a text is written in, told by the first bytes of characters in UTF-8.

Scripts that several large languages share are divided further, by letters that only some of them
have.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["SCRIPTS", "named", "scripts_of"]


def _span(lead: int, first: int, last: int) -> list[bytes]:
    return [bytes([lead, second]) for second in range(first, last + 1)]


_LEADS: dict[int, str] = {
    **dict.fromkeys(range(0xC3, 0xCC), "latin"),
    **dict.fromkeys(range(0xCC, 0xCE), "combining"),
    **dict.fromkeys(range(0xCE, 0xD0), "greek"),
    **dict.fromkeys(range(0xD0, 0xD4), "cyrillic"),
    **dict.fromkeys(range(0xD4, 0xD6), "armenian"),
    **dict.fromkeys(range(0xD6, 0xD8), "hebrew"),
    **dict.fromkeys(range(0xD8, 0xDC), "arabic"),
    **dict.fromkeys(range(0xDC, 0xE2), "other"),
    **dict.fromkeys(range(0xE3, 0xEA), "han"),
    **dict.fromkeys(range(0xEB, 0xEE), "korean"),
    0xEA: "other",
    0xF0: "other",
}
"""The script of characters by the first byte in UTF-8, where `_PAIRS` does not know better.

What is in neither stands for no script: dashes, quotes, currencies, mathematical signs.
"""
_SCRIPTS: dict[str, list[bytes]] = {
    "": _span(0xE2, 0x80, 0x84),
    "stops": [*_span(0xE3, 0x80, 0x80), *_span(0xEF, 0xBC, 0xBD)],
    "kana": _span(0xE3, 0x81, 0x83),
    "latin": [*_span(0xE1, 0xBA, 0xBB), *_span(0xE1, 0xB4, 0xB9)],
    "greek": _span(0xE1, 0xBC, 0xBF),
    "armenian": _span(0xD6, 0x80, 0x8F),
    "arabic": _span(0xDD, 0x90, 0xBF),
    "devanagari": _span(0xE0, 0xA4, 0xA5),
    "bengali": _span(0xE0, 0xA6, 0xA7),
    "gurmukhi": _span(0xE0, 0xA8, 0xA9),
    "gujarati": _span(0xE0, 0xAA, 0xAB),
    "tamil": _span(0xE0, 0xAE, 0xAF),
    "telugu": _span(0xE0, 0xB0, 0xB1),
    "kannada": _span(0xE0, 0xB2, 0xB3),
    "malayalam": _span(0xE0, 0xB4, 0xB5),
    "sinhala": _span(0xE0, 0xB6, 0xB7),
    "thai": _span(0xE0, 0xB8, 0xB9),
    "lao": _span(0xE0, 0xBA, 0xBB),
    "tibetan": _span(0xE0, 0xBC, 0xBF),
    "burmese": _span(0xE1, 0x80, 0x81),
    "georgian": _span(0xE1, 0x83, 0x83),
    "ethiopic": _span(0xE1, 0x88, 0x8E),
    "khmer": _span(0xE1, 0x9E, 0x9F),
    "korean": _span(0xEA, 0xB0, 0xBF),
    "han": _span(0xF0, 0xA0, 0xB3),
    "emoji": [*_span(0xF0, 0x9F, 0x9F), *_span(0xE2, 0x98, 0x9E), *_span(0xE2, 0xAD, 0xAD),
              *_span(0xEF, 0xB8, 0xB8)],
    "other": [*_span(0xE2, 0xA0, 0xA3), *_span(0xE2, 0xB0, 0xB7)],
}  # fmt: skip
"""The script of characters by their first two bytes."""
_PAIRS: dict[int, list[tuple[bytes, str]]] = {}
for _script, _pairs in _SCRIPTS.items():
    for _pair in _pairs:
        _PAIRS.setdefault(_pair[0], []).append((_pair, _script))
_NO_LEADS = bytes([*range(0x80), *range(0x80, 0xC0)])

# Letters that tell languages of one script apart; the first line is the script's largest language.
_RUSSIAN, _UKRAINIAN, _CYRILLIC = "ыэё", "іїєґ", "ўәөүұқңғһјљњћђџѓќҳҷӣӯҫѕ"
_ARABIC, _PERSIAN, _URDU = "يكةىأإ", "یکپچگژ", "ٹڈڑںےہھەۇۆېڭډړښ"
_SIMPLIFIED, _TRADITIONAL = "这个们来说时国对发会为从后将过", "這個們來說時國對發會為從後將過"
_OF_RUSSIAN = "в не что это как для или из по от вы его быть если чтобы при к"
_RUSSIAN_WORDS = frozenset(_OF_RUSSIAN.split())
_TELLING = 100  # letters of a text that has some of them

SCRIPTS: tuple[str, ...] = (
    "russian", "ukrainian", "cyrillic", "arabic", "persian", "urdu",
    "chinese", "chinese-traditional", "japanese", "korean", "hebrew",
    *(name for name in _SCRIPTS
      if name not in {"", "stops", "kana", "latin", "arabic", "han", "korean"}),
)  # fmt: skip
"""What `named` gives: scripts, languages for those of several, `emoji`, `other` for rare ones.

`cyrillic` and `urdu` are the other languages of the Cyrillic and the Arabic script.
"""


def scripts_of(data: bytes) -> dict[str, int]:
    """Return the characters of each script that UTF-8 text has beside ASCII."""
    found: dict[str, int] = {}
    for lead in set(data.translate(None, _NO_LEADS)):
        left = data.count(lead)
        for pair, script in _PAIRS.get(lead, ()):
            number = data.count(pair)
            if number:
                found[script] = found.get(script, 0) + number
                left -= number
                if not left:
                    break
        script = _LEADS.get(lead, "")
        found[script] = found.get(script, 0) + left
    found.pop("", None)
    return {script: number for script, number in found.items() if number}


def named(text: str, scripts: dict[str, int]) -> dict[str, int]:
    """Return the letters of each class: scripts of several languages have a class for some."""
    stops = scripts.pop("stops", 0)
    kana, han = scripts.pop("kana", 0), scripts.pop("han", 0)
    if kana > 0.04 * (kana + han):
        scripts["japanese"] = kana + han + stops
    elif han + stops:
        scripts[_richer(text, ("chinese", _SIMPLIFIED), ("chinese-traditional", _TRADITIONAL))] = (
            han + stops
        )
    if letters := scripts.pop("cyrillic", 0):
        name = _richer(text, ("russian", _RUSSIAN), ("ukrainian", _UKRAINIAN))
        if _count(text, _CYRILLIC) > 0.01 * letters or (
            name == "russian" and letters > _TELLING and not _is_russian(text, letters)
        ):
            name = "cyrillic"
        scripts[name] = letters
    if letters := scripts.pop("arabic", 0):
        name = _richer(text, ("arabic", _ARABIC), ("persian", _PERSIAN))
        if _count(text, _URDU) > 0.02 * letters:
            name = "urdu"
        scripts[name] = letters
    return scripts


def _count(text: str, letters: Iterable[str]) -> int:
    return sum(map(text.count, letters))


def _richer(text: str, usual: tuple[str, str], other: tuple[str, str]) -> str:
    """Return the one of two names whose letters are more often there; the usual one in a tie."""
    return other[0] if _count(text, other[1]) > _count(text, usual[1]) else usual[0]


def _is_russian(text: str, letters: int) -> bool:
    """Return whether Cyrillic text has vowels and words of Russian."""
    if _count(text, _RUSSIAN) < 0.004 * letters:
        return False  # Bulgarian has the same small words
    words = text.lower().split()
    return sum(word in _RUSSIAN_WORDS for word in words) > 0.02 * len(words)
