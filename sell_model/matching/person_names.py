"""A person's name taken apart: given name, surname, generation; nicknames; particles."""

from __future__ import annotations

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
    given = [word for word in latin(first or "").split() if word not in HONORIFICS]
    family = [word for word in latin(last or "").split() if word not in HONORIFICS]
    suffix = ""
    for words in (family, given):
        if len(words) > 1 and words[-1] in GENERATIONS:
            suffix = suffix or GENERATIONS[words.pop()]
    return " ".join(given), " ".join(family), suffix


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
