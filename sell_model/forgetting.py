"""What names a person who asked to be forgotten: found in any text in all its usual spellings, and taken out of it."""

from __future__ import annotations

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
        found = [*self.emails, *(_digits(phone)[-4:] for phone in self.phones), *self.others]
        return sorted({*found, *(last for _, last in self.names)})

    def found_in(self, text: str) -> bool:
        """Whether a text names the person."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def taken_out(self, text: str) -> str | None:
        """Give a text without the person; None where nothing else stood in it."""
        return _rest(self._pattern.sub(FORGOTTEN, text)) if self._pattern is not None else text


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
    """Find a number however it is punctuated, with or without its country's code."""
    digits = _digits(phone)
    national = digits[-10:] if len(digits) > 10 else digits
    ahead = _BETWEEN.join(digits[: len(digits) - len(national)])
    body = _BETWEEN.join(national)
    return rf"(?:\+?{_BETWEEN}{ahead}{_BETWEEN})?{body}" if ahead else body


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
