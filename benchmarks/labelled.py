"""Labelled sets of people and firms: records whose true clusters are known, found by their headers."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import phonenumbers

from sell_model.draft import Draft
from sell_model.types import checked_email

_TEL = re.compile(r"^(tel:)?\s*(00(?=\d))?")
_REGIONS = {
    "us": "US", "usa": "US", "united states": "US", "uk": "GB", "gb": "GB", "united kingdom": "GB", "cn": "CN",
    "china": "CN", "中国": "CN", "de": "DE", "germany": "DE", "deutschland": "DE", "fr": "FR", "france": "FR",
    "es": "ES", "spain": "ES", "españa": "ES", "in": "IN", "india": "IN", "ru": "RU", "russia": "RU",
}  # fmt: skip
_TRIED = ("US", "GB", "CN", "DE", "FR", "ES", "IN", "RU")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A set: the drafts in their order, who is who, and the traps in it."""

    name: str
    drafts: list[tuple[str, Draft]]
    """Record id, and what a mapping would make of the record."""
    truth: dict[str, str]
    """Record id → its true cluster."""
    traps: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Kind of trap → pairs that look alike and are not one."""


def read_set(name: str, records: Path, truth: Path, traps: Path | None = None) -> Labelled:
    """Read a set; a file with a `name` column and no people's names is one of firms."""
    with records.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    clusters = {id_: cluster for id_, cluster, *_ in _pairs(truth)}
    firms = bool(rows) and "name" in rows[0] and "last_name" not in rows[0]
    drafts = [(row["id"], _firm(row) if firms else _person(row)) for row in rows]
    return Labelled(name, drafts, clusters, _traps(traps, clusters) if traps and traps.exists() else {})


def _pairs(path: Path) -> list[tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


def _traps(path: Path, truth: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for id_, trap, group in _pairs(path):
        groups[trap, group].append(id_)
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for (trap, _), ids in groups.items():
        found[trap] += [(a, b) for n, a in enumerate(ids) for b in ids[n + 1 :] if truth[a] != truth[b]]
    return dict(found)


def _first(row: Mapping[str, str], *names: str) -> str | None:
    return next((row[name] for name in names if row.get(name)), None)


def _person(row: Mapping[str, str]) -> Draft:
    first, last = _first(row, "first_name"), _first(row, "last_name")
    if first is None and last is None:
        first, last = _split(_first(row, "full_name") or "")
    if not last:  # a lead needs a last name: what there is of a name is that, else a dash, as people type it
        first, last = None, first or (None if _first(row, "company") else "-")
    fields: dict[str, Any] = {
        "first_name": first, "last_name": last, "email": _email(row), "title": _first(row, "title"),
        "organization_name": _first(row, "company"), "phone": _phone(row), "address": _address(row),
        "custom_fields": {
            name: value
            for name, value in (("Date of birth", _first(row, "dob")), ("National id", _first(row, "national_id")))
            if value
        },
    }  # fmt: skip
    return Draft("lead", {name: value for name, value in fields.items() if value})


def _email(row: Mapping[str, str]) -> str | None:
    """Give the address, unless it is none: a sync would hold the record until it is corrected."""
    try:
        return checked_email((_first(row, "email") or "").strip())
    except ValueError:
        return None


def _split(full: str) -> tuple[str, str]:
    """Take a full name apart as a form does: `Li, Ann` or `Ann Li`; a suffix stays with the surname."""
    if "," in full:
        last, _, first = full.partition(",")
        return first.strip(), last.strip()
    words = full.split()
    tail = 2 if len(words) > 2 and words[-1].strip(".").casefold() in {"jr", "sr", "ii", "iii"} else 1
    return " ".join(words[:-tail]), " ".join(words[-tail:])


def _firm(row: Mapping[str, str]) -> Draft:
    fields = {
        "is_organization": True, "name": row["name"], "website": _first(row, "website"), "phone": _phone(row),
        "address": _address(row),
    }  # fmt: skip
    return Draft("contact", {name: value for name, value in fields.items() if value})


def _address(row: Mapping[str, str]) -> dict[str, str]:
    street = " ".join(
        part for part in (row.get("street_number"), _first(row, "street", "address_1", "address")) if part
    )
    parts = {"line1": street, "city": _first(row, "city", "birth_place"), "postal_code": _first(row, "postcode")}
    return {name: value for name, value in parts.items() if value}


def _phone(row: Mapping[str, str]) -> str | None:
    """Read a phone as a mapping's `phone` step does, in the record's country or one of those the sets are from."""
    text = _TEL.sub(lambda found: "+" if found[2] else "", (_first(row, "phone") or "").strip())
    region = _REGIONS.get((_first(row, "country") or "").casefold())
    for tried in (*([region] if region else []), *_TRIED) if text else ():
        try:
            number = phonenumbers.parse(text, tried)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


@dataclass(frozen=True, slots=True)
class Score:
    """How right a clustering is."""

    precision: float
    recall: float
    f1: float
    bcubed_f1: float


def score(truth: Mapping[str, str], clusters: Mapping[str, int]) -> Score:
    """Compare clusters with the truth: pairwise over all pairs, and B-cubed over all records."""
    both = Counter((clusters[id_], truth[id_]) for id_ in truth)
    ours, theirs = Counter(clusters[id_] for id_ in truth), Counter(truth.values())
    right = _pair_count(both.values())
    precision = right / (_pair_count(ours.values()) or 1)
    recall = right / (_pair_count(theirs.values()) or 1)
    b_precision = sum(n * n / ours[cluster] for (cluster, _), n in both.items()) / len(truth)
    b_recall = sum(n * n / theirs[true] for (_, true), n in both.items()) / len(truth)
    return Score(precision, recall, f1(precision, recall), f1(b_precision, b_recall))


def _pair_count(sizes: Iterable[int]) -> int:
    return sum(n * (n - 1) // 2 for n in sizes)


def f1(one: float, other: float) -> float:
    """Give the harmonic mean of precision and recall."""
    return 2 * one * other / (one + other) if one + other else 0.0
