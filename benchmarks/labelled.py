"""Labelled sets of people and firms: records whose true clusters are known, found by their headers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import phonenumbers

from benchmarks.headers import Columns, columns_of, headers_of, rows_of
from sell_model.draft import Draft
from sell_model.types import checked_email

_TEL = re.compile(r"^(tel:)?\s*(00(?=\d))?", re.IGNORECASE)
_REGIONS = {
    "usa": "US", "united states": "US", "uk": "GB", "united kingdom": "GB", "england": "GB", "china": "CN",
    "中国": "CN", "germany": "DE", "deutschland": "DE", "france": "FR", "spain": "ES", "españa": "ES", "india": "IN",
    "russia": "RU", "россия": "RU", "australia": "AU", "canada": "CA", "brazil": "BR", "brasil": "BR", "italy": "IT",
    "italia": "IT", "japan": "JP", "日本": "JP", "mexico": "MX", "méxico": "MX", "poland": "PL", "polska": "PL",
    "turkey": "TR", "türkiye": "TR", "egypt": "EG", "netherlands": "NL", "portugal": "PT", "taiwan": "TW",
    "hong kong": "HK", "saudi arabia": "SA", "united arab emirates": "AE", "switzerland": "CH", "austria": "AT",
}  # fmt: skip
_TRIED = ("US", "GB", "CN", "DE", "FR", "ES", "IN", "RU")
_SEVERAL = re.compile(r"[;|]")


@dataclass(frozen=True)
class Labelled:
    """A set: its records, who is who, and the traps in it."""

    name: str
    records: Path
    columns: Columns
    truth: dict[str, str]
    """Record id → its true cluster, of the records that are there."""
    traps: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Kind of trap → pairs that look alike and are not one."""
    remarks: tuple[str, ...] = ()
    """What of the files was not understood or not used."""
    linked: bool = False
    """Whether two of its systems are linked, each of which has everybody once."""

    @cached_property
    def drafts(self) -> list[tuple[str, Draft]]:
        """Record id, and what a mapping would make of the record, in their order."""
        return list(drafts_of(self.records, self.columns))

    @cached_property
    def systems(self) -> dict[str, str]:
        """Record id → the system that it is from; empty where the set does not say."""
        if "system" not in self.columns.headers:
            return {}
        rows = (self.columns.read(row) for row in rows_of(self.records))
        return {row["id"]: row.get("system", "") for row in rows if "id" in row}


def read_set(name: str, records: Path, truth: Path, traps: Path | None = None, *, linked: bool = False) -> Labelled:
    """Read who is who in a set; its records are read when they are wanted.

    Raises:
        ValueError: no record of the set has a truth.
    """
    columns = columns_of(headers_of(records))
    ids = [(row.get(columns.headers["id"]) or "").strip() for row in rows_of(records)]
    clusters = dict(_truth(truth))
    known = {id_: clusters[id_] for id_ in ids if id_ in clusters}
    if not known:
        raise ValueError(f"{truth} names no id of {records}: the first is {ids[:1]}, there {list(clusters)[:1]}")
    remarks = [f"column not understood: {header}" for header in columns.not_understood]
    for count, what in (
        (len(ids) - len(set(ids)), "rows bear an id that another row bears"),
        (len(set(ids) - clusters.keys()), "records are in no true cluster: taken in, and not measured"),
        (len(clusters.keys() - set(ids)), "ids of the truth are no record's"),
    ):
        remarks += [f"{count} {what}"] if count else []
    pairs = _traps(traps, known) if traps and traps.exists() else {}
    return Labelled(name, records, columns, known, pairs, tuple(remarks), linked)


def _truth(path: Path) -> Iterator[tuple[str, str]]:
    headers = headers_of(path)
    id_ = columns_of(headers).headers["id"]
    rest = [header for header in headers if header != id_]
    cluster = next((h for h in rest if h.strip().casefold() in {"cluster", "cluster_id", "entity"}), rest[0])
    yield from (((row[id_] or "").strip(), (row[cluster] or "").strip()) for row in rows_of(path))


def _traps(path: Path, truth: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    id_, trap, group = headers_of(path)[:3]
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows_of(path):
        if row[id_] in truth:
            groups[row[trap] or "", row[group] or ""].append(row[id_] or "")
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for (kind, _), ids in groups.items():
        found[kind] += [(a, b) for n, a in enumerate(ids) for b in ids[n + 1 :] if truth[a] != truth[b]]
    return dict(found)


def drafts_of(records: Path, columns: Columns) -> Iterator[tuple[str, Draft]]:
    """Read a set's records one by one: record id, and what a mapping would make of the record."""
    make = _firm if columns.is_of_companies else _person
    for row in rows_of(records):
        values = columns.read(row)
        if "id" in values:
            yield values["id"], make(values)


def _person(row: Mapping[str, str]) -> Draft:
    first, last = row.get("first_name"), row.get("last_name")
    if first is None and last is None:
        first, last = _split(row.get("full_name") or row.get("name") or "")
    if "middle_name" in row and first:
        first = f"{first} {row['middle_name']}"
    if "suffix" in row and last:
        last = f"{last} {row['suffix']}"
    if not last:  # a lead needs a last name: what there is of a name is that, else a dash, as people type it
        first, last = None, first or (None if row.get("company") else "-")
    fields: dict[str, Any] = {
        "first_name": first, "last_name": last, "email": _email(row), "title": row.get("title"),
        "organization_name": row.get("company"), "website": row.get("website"), "phone": _phone(row, "phone"),
        "mobile": _phone(row, "mobile"), "address": _address(row),
        "custom_fields": {
            name: row[part] for name, part in (("Date of birth", "dob"), ("National id", "national_id")) if part in row
        },
    }  # fmt: skip
    return Draft("lead", {name: value for name, value in fields.items() if value})


def _email(row: Mapping[str, str]) -> str | None:
    """Give the address, unless it is none: a sync would hold the record until it is corrected."""
    first = _SEVERAL.split(row.get("email", ""))[0].strip()
    try:
        return checked_email(first.removeprefix("mailto:"))
    except ValueError:
        return None


def _split(full: str) -> tuple[str, str]:
    """Take a full name apart as a form does: `Li, Ann` or `Ann Li`; a suffix stays with the surname."""
    if "," in full:
        last, _, first = full.partition(",")
        if first.strip(" .").casefold() not in {"jr", "sr", "ii", "iii"}:
            return first.strip(), last.strip()
        full = f"{last} {first}"
    words = full.split()
    tail = 2 if len(words) > 2 and words[-1].strip(".").casefold() in {"jr", "sr", "ii", "iii"} else 1
    return " ".join(words[:-tail]), " ".join(words[-tail:])


def _firm(row: Mapping[str, str]) -> Draft:
    fields = {
        "is_organization": True, "name": row.get("name") or row.get("company") or "-", "website": row.get("website"),
        "email": _email(row), "phone": _phone(row, "phone"), "address": _address(row),
    }  # fmt: skip
    return Draft("contact", {name: value for name, value in fields.items() if value})


def _address(row: Mapping[str, str]) -> dict[str, str]:
    street = " ".join(row[part] for part in ("street_number", "street") if part in row)
    parts = {"line1": street, "city": row.get("city"), "postal_code": row.get("postcode")}
    return {name: value for name, value in parts.items() if value}


def _phone(row: Mapping[str, str], column: str) -> str | None:
    """Read a phone as a mapping's `phone` step does, in the record's country, or in one of those the sets are from."""
    first = _SEVERAL.split(row.get(column, ""))[0].strip()
    text = _TEL.sub(lambda found: "+" if found[2] else "", first)
    for tried in (_region(row.get("country", "")) or _TRIED) if text else ():
        try:
            number = phonenumbers.parse(text, tried)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def _region(country: str) -> tuple[str, ...]:
    code = _REGIONS.get(country.casefold(), country.upper())
    return (code,) if code in phonenumbers.SUPPORTED_REGIONS else ()


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
    right, joined = _pair_count(both.values()), _pair_count(ours.values())
    precision = right / joined if joined else 1.0
    recall = right / (_pair_count(theirs.values()) or 1)
    b_precision = sum(n * n / ours[cluster] for (cluster, _), n in both.items()) / len(truth)
    b_recall = sum(n * n / theirs[true] for (_, true), n in both.items()) / len(truth)
    return Score(precision, recall, f1(precision, recall), f1(b_precision, b_recall))


def _pair_count(sizes: Iterable[int]) -> int:
    return sum(n * (n - 1) // 2 for n in sizes)


def f1(one: float, other: float) -> float:
    """Give the harmonic mean of precision and recall."""
    return 2 * one * other / (one + other) if one + other else 0.0
