"""Whether two names can be one person's."""

from __future__ import annotations

from functools import lru_cache

from sell_model.matching.normal_forms import folded

_HONORIFICS = frozenset("mr mrs ms miss mx dr prof sir herr frau mme".split())


def person_name(first: str | None, last: str | None) -> str:
    """Fold a person's name to `first|last`; either part may be empty.

    >>> person_name("Dr. Ann", "Li")
    'ann|li'
    """
    given = " ".join(w for w in folded(first or "").split() if w not in _HONORIFICS)
    return f"{given}|{folded(last or '')}"


def same_person_name(one: str, other: str) -> bool:
    """Whether two folded names agree: equal, swapped, a nickname, an initial, or one without a first name.

    A name that is missing altogether agrees with nothing.

    >>> same_person_name("bob|smith", "robert|smith"), same_person_name("ann|smith", "bo|smith")
    (True, False)
    """
    first_a, _, last_a = one.partition("|")
    first_b, _, last_b = other.partition("|")
    if one == other:
        return one != "|"
    if first_a == last_b and last_a == first_b and first_a and last_a:
        return True
    if not last_a or last_a != last_b:
        return f"{first_a} {last_a}".strip() == f"{first_b} {last_b}".strip() != ""
    return _given_names_agree(first_a, first_b)


def names_clash(one: str, other: str) -> bool:
    """Whether two folded names cannot be one person's: both are there and do not agree."""
    return one != "|" and other != "|" and not same_person_name(one, other)


def _given_names_agree(one: str, other: str) -> bool:
    if not one or not other:
        return True
    if one.split()[0] == other.split()[0]:
        return True
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) == 1:
        return longer.startswith(shorter)
    return other in _nicknames(one) or one in _nicknames(other)


@lru_cache(maxsize=16_384)
def _nicknames(name: str) -> frozenset[str]:
    book = _nickname_book()
    return frozenset(book.nicknames_of(name) or ())


@lru_cache(maxsize=1)
def _nickname_book():  # type: ignore[no-untyped-def]
    from nicknames import NickNamer

    return NickNamer()
