"""What names a person who asked to be forgotten: found in any text in all its usual spellings, and taken out of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

from sell_model.matching.keys import Face
from sell_model.matching.normal_forms import email_key, is_role_address
from sell_model.types import JsonObject

FORGOTTEN = "(forgotten)"
"""What stands in the place of somebody's address, number or name."""

_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
_PHONE = re.compile(r"\+[0-9](?:[ ().-]{0,2}[0-9]){7,14}")
_BETWEEN = r"[\s().\-/]{0,3}"
_NATIONAL = 9
"""The last digits of a number, which are written in every form of it."""
_PARTING = (" ", "-", ".", "/", ") ", "\xa0")
_SHORTEST_NAME = 5
"""Letters: a shorter name would be found inside other words."""


@dataclass(frozen=True)
class Identifiers:
    """What tells that a text speaks of somebody."""

    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    """With their digits as given; at least seven."""
    names: frozenset[tuple[str, str]] = frozenset()
    """First and last names."""
    others: frozenset[str] = frozenset()
    """Accounts elsewhere, street lines, sites of their own: found as they are."""

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        parts = [re.escape(email) for email in self.emails]
        parts += [_phone_pattern(phone) for phone in self.phones]
        for first, last in self.names:
            one, other = re.escape(first), re.escape(last)
            parts += [rf"\b{one}\s+{other}\b", rf"\b{other},?\s+{one}\b"]
        parts += [re.escape(text) for text in self.others]
        parts.sort(key=len, reverse=True)
        return re.compile("|".join(parts), re.IGNORECASE) if parts else None

    @cached_property
    def probes(self) -> list[str]:
        """Short texts of which one stands in every text that names the person: for a database to look for."""
        found = {*self.emails, *self.others, *(last for _, last in self.names)}
        for phone in self.phones:
            found |= _ends(_digits(phone)[-4:])
        return sorted({form for text in found for form in _forms(text)})

    @cached_property
    def words(self) -> frozenset[str]:
        """First, last and whole names in small letters: what a row about the person has in columns of their own."""
        whole = {f"{first} {last}" for first, last in self.names}
        return frozenset(text.casefold() for text in {*whole, *(part for name in self.names for part in name)})

    def found_in(self, text: str) -> bool:
        """Whether a text names the person."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def taken_out(self, text: str) -> str | None:
        """Give a text without the person; None where nothing else stood in it."""
        return _rest(self._pattern.sub(FORGOTTEN, text)) if self._pattern is not None else text

    def taken_out_whole(self, text: str) -> str | None:
        """As `taken_out`, of a row that has the parts of the name in columns of their own."""
        return None if text.strip().casefold() in self.words else self.taken_out(text)


def _forms(text: str) -> set[str]:
    """The forms in which a text stands: databases fold the case of a to z alone, and JSON may be escaped."""
    if text.isascii():
        return {text}
    forms = {text, text.lower(), text.upper(), text.title()}
    return forms | {json.dumps(form)[1:-1] for form in forms}


def _ends(digits: str) -> set[str]:
    """How the last four digits of a number stand in a text: together, or parted once."""
    parted = {f"{digits[:at]}{between}{digits[at:]}" for at in (1, 2, 3) for between in _PARTING}
    return {digits, *parted}


def _rest(text: str) -> str | None:
    return None if text.strip() == FORGOTTEN else text


def without(value: Any, taken_out: Callable[[str], str | None]) -> Any:
    """Give a JSON value in which every text was gone through; the very value where nothing was found."""
    if isinstance(value, str):
        return taken_out(value)
    if isinstance(value, dict):
        found = {taken_out(name) or FORGOTTEN: without(inner, taken_out) for name, inner in value.items()}
        return value if found == value else found
    if isinstance(value, list):
        rest = [without(inner, taken_out) for inner in value]
        return value if rest == value else [inner for inner in rest if inner is not None]
    return value


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _phone_pattern(phone: str) -> str:
    """Find a number however it is punctuated, with or without its country's code and the 0 ahead of it at home."""
    digits = _digits(phone)
    ahead, national = digits[:-_NATIONAL], digits[-_NATIONAL:]
    code = r"(?:\+|00)?"
    for digit in ahead:  # each only with those behind it
        code = rf"(?:{code}{_BETWEEN}{digit}{_BETWEEN})?"
    return rf"{code if ahead else ''}(?:\(?0\)?{_BETWEEN})?{_BETWEEN.join(national)}"


_ACCOUNTS = ("twitter", "facebook", "linkedin", "skype")


def identifiers_of(rows: Iterable[Mapping[str, Any]]) -> Identifiers:
    """Gather what names the person whom these leads and contacts are."""
    emails: set[str] = set()
    phones: set[str] = set()
    names: set[tuple[str, str]] = set()
    others: set[str] = set()
    for row in rows:
        if row.get("email"):
            emails |= {str(row["email"]).strip(), email_key(row["email"]) or str(row["email"])}
        phones |= {str(row[name]) for name in ("phone", "mobile", "fax") if row.get(name) and _is_phone(row[name])}
        first, last = str(row.get("first_name") or "").strip(), str(row.get("last_name") or "").strip()
        if first and last and len(first + last) >= _SHORTEST_NAME:
            names.add((first, last))
        others |= {str(row[name]) for name in _ACCOUNTS if row.get(name) and len(str(row[name])) >= _SHORTEST_NAME}
    own = {email for email in emails if not is_role_address(email.lower())}
    return Identifiers(frozenset(own), frozenset(phones), frozenset(names), frozenset(others))


def _is_phone(text: object) -> bool:
    return len(_digits(str(text))) >= 7


@dataclass(frozen=True, slots=True)
class Salted:
    """Hashes by which the hub knows again who was forgotten, and by which nobody else can."""

    salt: bytes

    def of(self, kind: str, value: str) -> str:
        """Hash a value."""
        return blake2b(f"{kind}:{value}".encode("utf-8", "surrogatepass"), key=self.salt, digest_size=16).hexdigest()

    def of_record(self, source: str, stream: str, source_id: str) -> str:
        """Hash where a source record comes from."""
        return self.of("record", f"{source}/{stream}/{source_id}")

    def of_ids(self, ids: Mapping[str, str]) -> set[str]:
        """Hash the ids by which other systems know a person, and the name by which a deal implies one."""
        return {self.of("outside", f"{where}/{value}") for where, value in ids.items()}

    def of_face(self, face: Face) -> set[str]:
        """Hash what names a person: an address of their own, a phone with the name."""
        profile = face.profile
        found = {self.of("email", profile.email)} if profile.email and not is_role_address(profile.email) else set()
        if profile.words:
            found |= {self.of("phone and name", f"{phone}|{profile.words}") for phone in profile.phones}
        return found

    def masked(self, data: JsonObject, forgotten: frozenset[str]) -> JsonObject:
        """Give a payload without addresses and numbers of who was forgotten; the very payload where there are none."""

        def taken_out(text: str) -> str | None:
            if "@" in text:
                text = _EMAIL.sub(lambda m: FORGOTTEN if self._is_known(m[0], forgotten) else m[0], text)
            if "+" in text:
                text = _PHONE.sub(lambda m: FORGOTTEN if self._is_number(m[0], forgotten) else m[0], text)
            return _rest(text)

        masked: JsonObject = without(data, taken_out)
        return masked

    def _is_known(self, email: str, forgotten: frozenset[str]) -> bool:
        key = email_key(email)
        return key is not None and self.of("email", key) in forgotten

    def _is_number(self, phone: str, forgotten: frozenset[str]) -> bool:
        return self.of("phone", _digits(phone)) in forgotten
