"""Amounts as integers of minor units, and the currencies there are. Source of codes and decimals: ISO 4217."""

from __future__ import annotations

import difflib
from decimal import Decimal

_IN_USE = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL
HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA
MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD
RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD
USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
""".split()
_WITHDRAWN = """
ANG ATS BEF BGN BYR CUC CYP DEM EEK ESP FIM FRF GRD HRK IEP ITL LTL LUF LVL MRO MTL NLG PTE SIT SKK SLL STD TMM
VEF ZMK ZWL
""".split()
"""What deals of past years may still bear."""
CURRENCIES = frozenset([*_IN_USE, *_WITHDRAWN])
"""Codes that an amount may have. Metals, bond units and test codes have no minor units: no deal is worth some."""

_EXPONENTS = {
    **dict.fromkeys("BIF BYR CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BEF ESP GRD ITL LUF PTE".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


LARGEST_MINOR = 2**63 - 1
"""What a database keeps as a whole number."""


def checked_currency(code: str) -> str:
    """Give a currency's code unchanged.

    Raises:
        ValueError: ISO 4217 has none of that code; the text names those nearest.
    """
    if code in CURRENCIES:
        return code
    near = [code.upper()] if code.upper() in CURRENCIES else difflib.get_close_matches(code.upper(), _IN_USE, 3, 0.6)
    meant = f"; nearest: {', '.join(near)}" if near else ""
    raise ValueError(f"no currency of ISO 4217 has the code {code!r}{meant}")


def exponent(currency: str) -> int:
    """How many decimals a currency has."""
    return _EXPONENTS.get(currency, 2)


def to_minor(amount: str, currency: str) -> int:
    """Turn decimal text into minor units.

    >>> to_minor("1000.50", "USD"), to_minor("1000", "JPY")
    (100050, 1000)

    Raises:
        ValueError: more decimals than the currency has, or more than can be kept.
    """
    scaled = Decimal(amount).scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} has more decimals than {currency} has ({exponent(currency)})")
    if abs(scaled) > LARGEST_MINOR:
        raise ValueError(f"{amount} {currency} is more than can be kept")
    return int(scaled)


def from_minor(minor: int, currency: str) -> str:
    """Turn minor units into decimal text.

    >>> from_minor(100050, "USD"), from_minor(1000, "JPY")
    ('1000.50', '1000')
    """
    return str(Decimal(minor).scaleb(-exponent(currency)))
