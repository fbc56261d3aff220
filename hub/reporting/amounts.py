"""Sums of money as reports show them: exact, as decimal text, currencies never added to each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from sell_model.money import from_minor


def main_currency(found: Iterable[str], hubs: str) -> str:
    """Choose the currency that `value` is in: the only one there is, else the hub's."""
    distinct = set(found)
    return next(iter(distinct)) if len(distinct) == 1 else hubs


def texts(minor: Mapping[str, int]) -> dict[str, str]:
    """Write sums of minor units as decimal text, by currency."""
    return {currency: from_minor(minor[currency], currency) for currency in sorted(minor)}


def text_of(minor: Mapping[str, int], currency: str) -> str:
    """Write the sum that is in one currency, zero when there is none.

    >>> text_of({"EUR": 12345}, "EUR"), text_of({"EUR": 12345}, "JPY")
    ('123.45', '0')
    """
    return from_minor(minor.get(currency, 0), currency)


def rounded(hundredths: Mapping[str, int]) -> dict[str, int]:
    """Turn sums of hundredths into minor units, each rounded once, halves up.

    >>> rounded({"USD": 12_350, "JPY": 149})
    {'USD': 124, 'JPY': 1}
    """
    return {currency: nearest(Fraction(sum_, 100)) for currency, sum_ in hundredths.items()}


def nearest(amount: Fraction) -> int:
    """Round to whole minor units, halves up; amounts are never below zero.

    >>> nearest(Fraction(5, 2)), nearest(Fraction(7, 3))
    (3, 2)
    """
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)
