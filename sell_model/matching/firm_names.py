"""A company's name without its legal form, in Latin letters, and how alike two such names are."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz.distance import JaroWinkler

from sell_model.matching.latin import latin

LEGAL_FORMS = frozenset(
    "ab ag ao as besloten bv co company corp corporation cv gesellschaft gmbh inc incorporated kg kk limited llc "
    "llp ltd mbh naamloze nv oao oo ooo oy oyj plc private pte pty pvt sa sarl sas se sl spa srl vennootschap vzw "
    "zao".split()
)
_SMALL = frozenset("a and b c de g h k l n of o p s the v z".split())
"""What is left of dotted legal forms (B. V., S. p. A.), and words that are written or left out."""
_BRACKETED = re.compile(r"\(.*?\)")
_CHINESE_FORMS = re.compile(r"(股份)?有限(责任)?公司|株式会社|集团")


@lru_cache(maxsize=16_384)
def firm_core(name: str | None) -> str:
    """Give the words of a company's name that tell it from others.

    >>> firm_core("Müller & Söhne GmbH"), firm_core("Shell N.V."), firm_core("北京星河科技有限公司")
    ('muller sohne', 'shell', 'beijingxinghekeji')
    """
    if not name:
        return ""
    plain = _CHINESE_FORMS.sub(" ", _BRACKETED.sub(" ", name)).replace(".", "").replace("&", " and ").replace("/", " ")
    words = latin(plain).split()
    core = [word for word in words if word not in LEGAL_FORMS and word not in _SMALL]
    return " ".join(core or words[:1])


def initials(core: str) -> str:
    """Give the first letters of a name's words.

    >>> initials("sterling packaging")
    'sp'
    """
    return "".join(word[0] for word in core.split())


WORD_ALIKE = 0.88


def common_share(one: str, other: str) -> tuple[float, float]:
    """Tell how much two names have in common: of both together (Dice), and of the shorter one.

    Words count by their letters, roughly what they tell; words that nearly agree or abbreviate each other count too.
    """
    ours, theirs = one.split(), other.split()
    left = list(theirs)
    common = 0.0
    for word in ours:
        best = max(left, key=lambda each: _alike(word, each), default=None)
        if best is not None and (score := _alike(word, best)) >= WORD_ALIKE:
            left.remove(best)
            common += score * min(_weight(word), _weight(best))
    mine, yours = sum(map(_weight, ours)), sum(map(_weight, theirs))
    return 2 * common / (mine + yours), common / min(mine, yours)


def _weight(word: str) -> float:
    return min(len(word), 8)


def _alike(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if len(one) >= 3 and len(other) >= 3:
        if one.startswith(other) or other.startswith(one):
            return WORD_ALIKE
        if len(one) > 3 and len(other) > 3:
            return JaroWinkler.similarity(one, other)
    return 0.0
