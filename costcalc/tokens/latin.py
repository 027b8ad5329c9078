"""Text of the Latin script: whether it is a format, and else which language it is in.

Formats are told by the share of certain characters, languages by their commonest words.
"""

from __future__ import annotations

import re
from collections import Counter

__all__ = ["FORMATS", "LANGUAGES", "classes_of"]

FORMATS = ("hex", "csv", "json", "code", "markdown")
"""What is told by its characters, in the order in which it is asked; the first that holds."""

LANGUAGES = {
    "english": "the and of to is for that with this are was were have has from it not which your "
    "you will they what would there their should when if or can how please an be by at my me i",
    "german": "der die das und sie zu nicht ist für auf von ein eine einen mit wie oder dem wenn "
    "sich im aus werden wird auch nach ich kann in den es des an zum zur ihre so als",
    "dutch": "het een te van op deze uw voor met niet dat dit zijn worden door naar geen wordt ook "
    "kunt kan bij aan ik je de en is of die om er als in",
    "french": "le et à les des pour est sur dans ce par une vous pas qui du avec peut être sont "
    "sans cette au je nous votre de la un en que ou plus ne il se si",
    "spanish": "y los el las del puede su una tiene debe esta es como más cuando sus muy lo con "
    "este pero yo de la que en un no se para por a al o",
    "portuguese": "não é em uma os pode um seu você do da ao são com mais muito também foi pelo "
    "dos das isso de a o e que para no na se por ou as",
    "italian": "è non che di il della del gli questo questa può essere dei come sono nel alla per "
    "più ogni anche delle e la un i in una le si con da",
    "catalan": "els amb aquest aquesta dels té pot és més podeu tots està només les seva de la i "
    "a per el que en un no o del una",
    "romanian": "și în să pentru nu cu sau care acest poate este mai prin din fi toate pe de la o "
    "un ale sunt se ca",
    "indonesian": "yang anda untuk dan ini tidak dengan dapat atau pada dari ke jika dalam akan "
    "adalah itu oleh saya di secara lebih harus bisa",
    "vietnamese": "được có bạn không này của các và cho là để một với trong những người khi thể "
    "tin đã như từ về",
    "turkish": "bu bir için çok ile olarak ve veya daha her gibi da değil ne olan kadar de sonra "
    "ya ama olduğu",
    "polish": "nie jest się w lub że może dla są co czy być z można przez ale jak tego i na do to "
    "o od po za jego",
    "czech": "nebo je v že k pro jako jeho být můžete pokud může jsou sa alebo aby když ako a na "
    "se s z do si ve za to jak by",
    "croatian": "ili je u za biti ima koji može nije bi od što kao ako ne lahko ki i na da se in "
    "v iz s so po o to",
    "hungarian": "az egy ez és vagy meg hogy akkor kell lehet minden csak ha nem a is ki el be "
    "mint van volt",
    "scandinavian": "og som på eller att det har til och för av med denne till är af å ikke ett "
    "skal inte kan du den jag i en et at er for om de",
    "finnish": "ja ei tai ole sekä tämä voi olla että jos se ovat kun joka hän myös on sen oli",
}
_OF: dict[str, tuple[str, ...]] = {}
for _language, _words in LANGUAGES.items():
    for _word in _words.split():
        _OF[_word] = (*_OF.get(_word, ()), _language)
_ENOUGH = (0.08, 0.05)  # share of a language's words among all, and of those of English
_STOPS = ".,:;!?()'\"“”«»„¿¡"
_TWO = 30  # words of a text that may be in two languages
_LITTLE = 0.25  # share of words of another language that happen to be like them
_VARIETY = 6  # of a language's words there are more than so many in a text of 120 words

_DIGITS = b"0123456789"
_CODE_MARKS = b"{}()[];=<>_$&|*\\+"
_LONG_RUN = re.compile(rb"[A-Za-z0-9+/=_-]{16,}")
_CAPITALS = bytes(range(65, 91))
_LETTERS = _CAPITALS + bytes(range(97, 123))
_SHOUTED = re.compile(rb"[A-Z]{2,}")
_STATEMENTS = b"{};=<>$&\\+"  # of these, what prose and its marks do not have
_MARKDOWN = (
    b"\n# ",
    b"\n## ",
    b"\n### ",
    b"\n- ",
    b"\n* ",
    b"\n> ",
    b"\n|",
    b"\n1. ",
    b"](",
    b"**",
    b"`",
)


def classes_of(text: str, plain: bytes, characters: float, *, accents: bool) -> dict[str, float]:
    """Return the classes of Latin text: capitals, and what stands beside them."""
    found = _format_of(plain)
    letters = len(plain) - len(plain.translate(None, _LETTERS))
    capitals = 0
    if found != "hex" and len(plain) - len(plain.translate(None, _CAPITALS)) > 0.15 * letters:
        capitals = sum(map(len, _SHOUTED.findall(plain)))
    if capitals <= 0.1 * letters:
        return (
            {found: characters} if found else _languages(text, plain, characters, accents=accents)
        )
    shouted = characters * capitals / letters
    if capitals >= 0.9 * letters:
        return {"capitals": characters}
    rest = characters - shouted
    beside = {found: rest} if found else _languages(text, plain, rest, accents=accents)
    return {"capitals": shouted, **beside}


def _languages(text: str, plain: bytes, characters: float, *, accents: bool) -> dict[str, float]:
    """Return the language of Latin words, or it and English; else the class of their kind."""
    words = text.lower().split()
    if len(words) < _TWO:  # among more, enough stand without a comma or stop
        words = [word.strip(_STOPS) for word in words]
    scores: dict[str, int] = {}
    variety: dict[str, int] = {}
    for word, number in Counter(filter(_OF.__contains__, words)).items():
        for language in _OF[word]:
            scores[language] = scores.get(language, 0) + number
            variety[language] = variety.get(language, 0) + 1
    english = _evidence("english", scores, variety, len(words))
    scores.pop("english", None)
    best = max(scores, key=scores.__getitem__, default="")
    other = _evidence(best, scores, variety, len(words))
    if not english and not other:
        return {_untold(plain, accents=accents): characters}
    share = other / (english + other)
    if len(words) < _TWO:
        share = float(other > english)
    if share <= _LITTLE:
        return {"english": characters}
    if share >= 1 - _LITTLE:
        return {best: characters}
    return {best: characters * share, "english": characters * (1 - share)}


def _evidence(language: str, scores: dict[str, int], variety: dict[str, int], words: int) -> int:
    """Return a language's words in a text; 0 where they are few, or the same few again."""
    score = scores.get(language, 0)
    enough = score >= _ENOUGH[language == "english"] * words
    return score if enough and variety.get(language, 0) > min(_VARIETY, words // 20) else 0


def _untold(plain: bytes, *, accents: bool) -> str:
    """Return the class of Latin text in no language that is told: traces, addresses, names."""
    marks = len(plain) - len(plain.translate(None, _CODE_MARKS + b"/:@#"))
    if marks > 0.025 * len(plain):
        return "code"
    return "latin" if accents else "words"


def _format_of(plain: bytes) -> str:
    """Return the format that the ASCII characters of a text show, or nothing."""
    length = len(plain)
    digits = length - len(plain.translate(None, _DIGITS))
    if digits > 0.08 * length and sum(map(len, _LONG_RUN.findall(plain))) > 0.5 * length:
        return "hex"
    if digits > 0.3 * length:
        return "csv"
    pairs = plain.count(b'":') + plain.count(b'",') + plain.count(b"[{")
    if pairs > 0.02 * length and plain.count(b'"') > 0.04 * length:
        return "json"
    marked = sum(map(plain.count, _MARKDOWN))
    if marked > 0.008 * length and 3 * marked > length - len(plain.translate(None, _STATEMENTS)):
        return "markdown"
    return "code" if length - len(plain.translate(None, _CODE_MARKS)) > 0.035 * length else ""
