"""Phone numbers in E.164, and which region a country's name means; by `phonenumbers`, seldom asked.

The library takes some 17 microseconds a number. A number whose digits fit the library's own pattern for
the main country of its calling code is settled without it; everything else goes to the library.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

_MARKS = str.maketrans("", "", " \t\u00a0\u202f().-\u2010\u2011\u2012\u2013/")
_NORTH_AMERICA = "1"


@lru_cache(16_384)
def e164(text: str, region: str) -> str | None:
    """Write a number as E.164, an extension after it as `;ext=`; None: it is no number.

    A number that says its country (+ or 00) must be possible there, since numbering plans grow faster
    than tables of them; one that does not must be valid in `region`, an ISO 3166 code.

    >>> e164("(415) 555-2671", "US"), e164("0049 30 901820", "US"), e164("call me", "US")
    ('+14155552671', '+4930901820', None)
    """
    if text.startswith("00"):
        text = f"+{text[2:]}"
    digits = text.translate(_MARKS)
    if digits.startswith("+"):
        whole = digits[1:]
    elif region in _north_american():
        whole = _NORTH_AMERICA + digits
    else:
        return _by_library(text, region)
    if whole.isascii() and whole.isdigit() and _fits(whole):
        return f"+{whole}"
    return _by_library(text, region)


def _fits(whole: str) -> bool:
    patterns = _patterns()
    for length in (1, 2, 3):
        pattern = patterns.get(whole[:length])
        if pattern is not None:
            return pattern.fullmatch(whole, length) is not None
    return False


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """Give, by calling code, the pattern of its main country's fixed and mobile numbers."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

    found = {}
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items():
        known = PhoneMetadata.metadata_for_region(regions[0], None)
        if known is None or known.national_prefix_transform_rule or code == 39:
            continue  # the library may rewrite such a number (Italy: keep its leading zero): ask it
        kinds = [known.fixed_line, known.mobile]
        patterns = [kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern]
        plain = [pattern for pattern in patterns if pattern != "NA"]
        if plain:
            found[str(code)] = re.compile("|".join(f"(?:{pattern})" for pattern in plain))
    return found


@cache
def _north_american() -> frozenset[str]:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    return frozenset(COUNTRY_CODE_TO_REGION_CODE[1])


def _by_library(text: str, region: str) -> str | None:
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    says_country = text.lstrip().startswith(("+", "\uff0b"))
    good = phonenumbers.is_possible_number if says_country else phonenumbers.is_valid_number
    if not good(number):
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{written};ext={number.extension}" if number.extension else written


@lru_cache(4_096)
def region_of(country: str) -> str | None:
    """Read a country's code or name, in any of the world's larger languages, as its ISO 3166 code.

    >>> region_of("us"), region_of("Germany"), region_of("Deutschland"), region_of("Narnia")
    ('US', 'DE', 'DE', None)
    """
    text = " ".join(country.split()).casefold()
    return _regions().get(text)


@lru_cache(512)
def country_name(code: str) -> str | None:
    """Give a country's English name.

    >>> country_name("DE")
    'Germany'
    """
    return _names().get(code, {}).get("en")


_OTHER_NAMES = {
    "usa": "US", "u.s.": "US", "u.s.a.": "US", "united states of america": "US", "america": "US",
    "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "holland": "NL", "the netherlands": "NL", "korea": "KR",
    "republic of korea": "KR", "czech republic": "CZ", "uae": "AE", "prc": "CN",
    "russian federation": "RU", "viet nam": "VN", "ivory coast": "CI", "brasil": "BR",
}  # fmt: skip


@cache
def _names() -> dict[str, dict[str, str]]:
    """Give each country's names by language; "*de" in the library's table means: as in German."""
    from phonenumbers.geodata.locale import LOCALE_DATA

    return {
        code: {language: names.get(name[1:], "") if name.startswith("*") else name for language, name in names.items()}
        for code, names in LOCALE_DATA.items()
    }


@cache
def _regions() -> dict[str, str]:
    """Give the code of every name that means one country only; English names go before others."""
    found: dict[str, str | None] = {}
    for code, names in _names().items():
        for name in names.values():
            key = name.casefold()
            found[key] = code if found.get(key, code) == code else None
    english = {names["en"].casefold(): code for code, names in _names().items() if "en" in names}
    codes = {code.casefold(): code for code in _names()}
    return {name: code for name, code in found.items() if code} | english | _OTHER_NAMES | codes
