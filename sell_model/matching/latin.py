"""One Latin form of names in any script, for comparing and for keys; what is shown stays as given."""

from __future__ import annotations

from functools import lru_cache

from anyascii import anyascii

from sell_model.matching.normal_forms import folded


@lru_cache(maxsize=16_384)
def latin(text: str) -> str:
    """Fold a text and write it in Latin letters; words stay apart by one space, apostrophes vanish.

    >>> latin("Виктор Иванов"), latin("O'Neil-GARCÍA"), latin("琳中")
    ('viktor ivanov', 'oneil garcia', 'linzhong')
    """
    plain = text.replace("'", "").replace("’", "")
    return folded(plain if plain.isascii() else anyascii(plain))
