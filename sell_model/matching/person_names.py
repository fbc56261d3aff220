"""A person's name taken apart: given name, surname, generation; nicknames; particles."""

from __future__ import annotations

import re
from functools import lru_cache

from sell_model.matching.latin import latin

HONORIFICS = frozenset("mr mrs ms miss mx dr prof sir herr frau mme".split())
GENERATIONS = {"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "ii", "iii": "iii", "iv": "iv"}
PARTICLES = frozenset("al bin da das de del della den der di do dos du el ibn la le van von".split())


def split_name(first: str | None, last: str | None) -> tuple[str, str, str]:
    """Give a person's given names, surname and generation in Latin letters; each may be empty.

    >>> split_name("Dr. Ann", "Li Jr."), split_name("Максим", "Кузнецов")
    (('ann', 'li', 'jr'), ('maksim', 'kuznetsov', ''))
    """
    first, last = (first or "").strip(), (last or "").strip()
    if not first or not last:
        first, last = _whole_han(first or last) or (first, last)
    given = [word for word in latin(first).split() if word not in HONORIFICS]
    family = [word for word in latin(last).split() if word not in HONORIFICS]
    suffix = ""
    for words in (family, given):
        if len(words) > 1 and words[-1] in GENERATIONS:
            suffix = suffix or GENERATIONS[words.pop()]
    return " ".join(given), " ".join(family), suffix


_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]{2,4}")
_COMPOUND = frozenset(
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 司徒 令狐 长孙 宇文 夏侯 端木 南宫 独孤 "
    "歐陽 司馬 諸葛 東方 尉遲 公孫 長孫 南宮 獨孤".split()
)


def _whole_han(name: str) -> tuple[str, str] | None:
    """Take a Chinese name that is written whole apart, (given, surname); None where it is none.

    The surname comes first and has one character, in a few families two. Four characters without one of these are
    a Japanese name more often, whose parts cannot be told.
    """
    if not _HAN.fullmatch(name):
        return None
    length = 2 if name[:2] in _COMPOUND else 1
    return (name[length:], name[:length]) if length < len(name) <= length + 2 else None


def are_nicknames(one: str, other: str) -> bool:
    """Whether one given name is a usual short form of the other, in English.

    >>> are_nicknames("bob", "robert"), are_nicknames("ann", "bob")
    (True, False)
    """
    return other in _nicknames(one) or one in _nicknames(other)


@lru_cache(maxsize=16_384)
def is_given_name(name: str) -> bool:
    """Whether a given name stands in the book of English names and their short forms: then it is no slip of the pen.

    >>> is_given_name("erin"), is_given_name("eirn")
    (True, False)
    """
    book = _book()
    return bool(book.nicknames_of(name) or book.canonicals_of(name))


@lru_cache(maxsize=16_384)
def _nicknames(name: str) -> frozenset[str]:
    return frozenset(_book().nicknames_of(name) or ())


@lru_cache(maxsize=1)
def _book():  # type: ignore[no-untyped-def]
    from nicknames import NickNamer

    return NickNamer()


def without_particles(surname: str) -> tuple[str, ...]:
    """Give a surname's words without von, de la, al …: they are written or left out.

    >>> without_particles("von der heide")
    ('heide',)
    """
    return tuple(word for word in surname.split() if word not in PARTICLES)
