"""Amounts as integers of minor units. Source of the exponents: ISO 4217."""

from __future__ import annotations

from decimal import Decimal

_EXPONENTS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}


def exponent(currency: str) -> int:
    """How many decimals a currency has."""
    return _EXPONENTS.get(currency, 2)


def to_minor(amount: str, currency: str) -> int:
    """Turn decimal text into minor units.

    >>> to_minor("1000.50", "USD"), to_minor("1000", "JPY")
    (100050, 1000)

    Raises:
        ValueError: more decimals than the currency has.
    """
    scaled = Decimal(amount).scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} has more decimals than {currency} has ({exponent(currency)})")
    return int(scaled)


def from_minor(minor: int, currency: str) -> str:
    """Turn minor units into decimal text.

    >>> from_minor(100050, "USD"), from_minor(1000, "JPY")
    ('1000.50', '1000')
    """
    return str(Decimal(minor).scaleb(-exponent(currency)))
