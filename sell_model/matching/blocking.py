"""The keys by which two records meet at all: what shares none of them is never compared.

Few, since each is stored with every record: on generated leads more kinds (postcode, ends of names, given name and
domain) found .002 more of the true pairs at half as many keys again (`benchmarks/matching.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from sell_model.matching.firm_names import initials
from sell_model.matching.normal_forms import FREEMAIL_DOMAINS
from sell_model.matching.profile import Profile

COUNTED = frozenset({"given"})
"""Keys by which nobody meets: they only tell how many bear a value."""

_CROWD, _SOFT_CROWD, _SOFTEST_CROWD = 60, 20, 10
_SOFT = frozenset(
    {"halves", "given company", "surname company", "surname domain", "name year", "name day", "beginning", "word",
     "word city"}
)  # fmt: skip


def crowd(kind: str) -> int:
    """Tell how many may bear a key that brings them together: more, and it is a switchboard, an office, a common name.

    Parts of names bring many together who have nothing else in common: fewer may bear these.
    """
    if kind == "surname city":
        return _SOFTEST_CROWD
    return _SOFT_CROWD if kind.removeprefix("firm ") in _SOFT else _CROWD


def person_keys(one: Profile) -> Iterator[tuple[str, str]]:
    """Give the keys of a person: kind and value."""
    if one.email:
        yield "email", one.email
    for phone in one.phones:
        yield "phone", phone
    if one.name:
        yield "name", one.words
    yield from _by_surname(one)
    if one.first:
        yield "given", one.first.split()[0]
        if one.company:
            yield "given company", f"{one.first.split()[0]}|{one.company}"
    yield from _by_birth(one)
    if one.number:
        yield "number", one.number
    if not one.name and one.company:
        yield "org", one.company


def _by_surname(one: Profile) -> Iterator[tuple[str, str]]:
    if not one.last:
        return
    if one.company:
        yield "surname company", f"{one.last}|{one.company}"
    if one.mail_domain and one.mail_domain not in FREEMAIL_DOMAINS:
        yield "surname domain", f"{one.last}|{one.mail_domain}"
    if one.city:
        yield "surname city", f"{one.last[:4]}|{one.city}"
    if one.first:
        yield "halves", f"{one.first[:3]}|{one.last[:4]}"
        yield "halves", f"{one.last[:3]}|{one.first[:4]}"


def _by_birth(one: Profile) -> Iterator[tuple[str, str]]:
    if not one.born:
        return
    yield "born", one.born
    for name in (one.first, one.last):
        if name:
            yield "name year", f"{name[:3]}|{one.born[:4]}"
            yield "name day", f"{name[:3]}|{one.born[4:]}"


def firm_keys(one: Profile) -> Iterator[tuple[str, str]]:
    """Give the keys of a company: kind and value."""
    if one.domain:
        yield "domain", one.domain
    for phone in one.phones:
        yield "phone", phone
    if one.postcode:
        yield "postcode", one.postcode
    if one.street and one.city:
        yield "street city", f"{one.street[:8]}|{one.city}"
    if not one.company:
        return
    joined = one.company.replace(" ", "")
    yield "company", one.company
    yield "words", " ".join(sorted(one.company.split()))
    yield "beginning", joined[:6]
    if len(letters := initials(one.company)) > 1:
        yield "initials", letters
    if len(joined) <= 4:
        yield "initials", joined
    for word in dict.fromkeys(one.company.split()):
        if len(word) > 2:
            yield "word", word
            if one.city:
                yield "word city", f"{word[:5]}|{one.city}"
