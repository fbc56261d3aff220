"""Steps for numbers, amounts, yes and no."""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any, Literal

from mappings.errors import StepError
from mappings.steps import step
from mappings.values import as_text

_BLANKS = str.maketrans("", "", " \u00a0\u202f\u2009'\u2019_")
_CODE = re.compile(r"^[A-Za-z]{3}(?=[\d.,+-])|(?<=[\d.,])[A-Za-z]{3}$")
_PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*(?:([.,])(\d+))?")
_ONE_MARK = re.compile(r"[+-]?\d+[.,]\d+")
_DIGITS_KEPT = 60
"""Longer texts are no numbers that anybody means."""

DecimalMark = Literal[".", ",", "auto"]


def _decimal(text: str, mark: DecimalMark) -> Decimal:
    if len(text) > _DIGITS_KEPT:
        raise StepError("not a number: too long")
    plain = text.translate(_BLANKS)
    if mark == "auto":
        plain = _unambiguous(plain)
    else:
        thousands = "," if mark == "." else "."
        whole, _, fraction = plain.partition(mark)
        plain = whole.replace(thousands, "") + (f".{fraction}" if fraction else "")
    if not _PLAIN.fullmatch(plain):
        raise StepError("not a number: digits with a decimal mark are expected, like 1250.50")
    return Decimal(plain)


def _unambiguous(plain: str) -> str:
    """Write with a decimal point what can be read in one way only."""
    grouped = _GROUPED.fullmatch(plain)
    if grouped:
        thousands, fraction_mark, fraction = grouped.groups()
        if plain.count(thousands) == 1 and not fraction_mark:
            raise StepError(
                f"{plain} can mean thousands or a fraction",
                fix='say which mark parts the fraction: {decimal: "."} or {decimal: ","}',
                code="ambiguous",
            )
        if fraction_mark != thousands:
            whole = plain[: -len(fraction) - 1] if fraction else plain
            return whole.replace(thousands, "") + (f".{fraction}" if fraction else "")
    return plain.replace(",", ".") if _ONE_MARK.fullmatch(plain) else plain


def _written(amount: Decimal) -> str:
    return format(amount.normalize() if amount == amount.to_integral_value() else amount, "f")


def _number(value: Any, mark: DecimalMark) -> Decimal:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            amount = Decimal(repr(value))
        except InvalidOperation as error:
            raise StepError("not a number") from error
        if not amount.is_finite():
            raise StepError("not a number")
        return amount
    return _decimal(as_text(value).strip(), mark)


@step("number", takes="any", gives="number", main="decimal")
def number(value: Any, *, decimal: DecimalMark = "auto", times: int | float = 1) -> str:
    """Read a number, as decimal text, multiplied if `times` says so.

    What can be read in two ways is refused, unless `decimal` says which mark parts the fraction.

    >>> number("1 234,50"), number("1,234.5"), number(7), number("1.234", decimal=",")
    ('1234.50', '1234.5', '7', '1234')
    """
    return _written(_times(_number(value, decimal), times))


def _times(amount: Decimal, times: int | float) -> Decimal:
    return amount if times == 1 else amount * Decimal(repr(times))


@step("integer", takes="any", gives="int", main="decimal")
def integer(value: Any, *, decimal: DecimalMark = "auto", times: int | float = 1, rounded: bool = False) -> int:
    """Read a whole number, multiplied if `times` says so; a fraction is refused, unless `rounded`.

    >>> integer("1,234,567"), integer(12.0), integer("12.5", rounded=True), integer("0.9", times=100)
    (1234567, 12, 12, 90)
    """
    amount = _times(_number(value, decimal), times)
    if amount.adjusted() > _DIGITS_KEPT:
        raise StepError("not a number: too long")
    whole = amount.to_integral_value(ROUND_HALF_EVEN)
    if whole != amount and not rounded:
        raise StepError("not a whole number", fix="say {integer: {rounded: true}} to round it")
    return int(whole)


@step("money", takes="any", gives="number", main="decimal", loss="a currency sign beside the amount is not kept")
def money(value: Any, *, decimal: DecimalMark = "auto") -> str:
    """Read an amount: currency signs, codes and thousands marks come off; map `currency` beside it.

    >>> money("$1,250.50"), money("1.250,50 €"), money("EUR 99"), money("1.250", decimal=",")
    ('1250.50', '1250.50', '99', '1250')
    """
    if not isinstance(value, str):
        return _written(_number(value, decimal))
    text = "".join(letter for letter in value.strip() if letter.isascii() or unicodedata.category(letter) != "Sc")
    text = _CODE.sub("", text.replace("$", "").translate(_BLANKS))
    return _written(_decimal(text, decimal))


_CURRENCY_SIGNS = {
    "€": "EUR", "£": "GBP", "us$": "USD", "₹": "INR", "₽": "RUB", "₩": "KRW", "₪": "ILS", "₺": "TRY",
    "zł": "PLN", "r$": "BRL", "₴": "UAH", "₫": "VND", "฿": "THB", "₱": "PHP", "₦": "NGN",
}  # fmt: skip


@step("currency")
def currency(value: str) -> str:
    """Read a currency: its ISO 4217 code in any case, or a sign that means one only (not $ or ¥).

    >>> currency("eur"), currency("€")
    ('EUR', 'EUR')
    """
    text = value.strip()
    known = _CURRENCY_SIGNS.get(text.casefold(), text.upper())
    if not re.fullmatch("[A-Z]{3}", known):
        raise StepError("not a currency: a code of three letters is expected, like EUR")
    return known


_YES = frozenset({"true", "yes", "y", "1", "1.0", "on", "x", "t", "checked", "是", "ja", "oui", "si", "sí"})
_NO = frozenset({"false", "no", "n", "0", "0.0", "off", "f", "unchecked", "否", "nein", "non"})


@step("boolean", takes="any", gives="bool")
def boolean(value: Any) -> bool:
    """Read yes or no: true/false, yes/no, y/n, 1/0, on/off, x.

    >>> boolean("Yes"), boolean(0), boolean("off")
    (True, False, False)
    """
    text = as_text(value).strip().casefold()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise StepError("neither yes nor no", fix="map it by a values table")


@step("unless", takes="any", gives="any")
def unless(value: Any, *, yes: str | bool = False) -> Any:
    """Leave the value out where something else says yes: `{unless: {yes_from: Is Company}}`.

    >>> unless("Acme", yes="1"), unless("Acme", yes="no")
    (None, 'Acme')
    """
    return None if boolean(yes) else value
