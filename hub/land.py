"""Landing: which records of a page are not what they were, and their payload in one stable form."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2b

import orjson

from connectors.connector import SourceRecord
from hub.batch import Item
from sell_model.types import JsonObject
from storage import landing
from storage.hot import Writer
from storage.payloads import read_payload


def payload(data: JsonObject) -> bytes:
    """Write a payload so that equal payloads are equal bytes.

    What orjson cannot write (lone surrogates, integers beyond 64 bits) goes the slow way, escaped.
    """
    try:
        return orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return json.dumps(data, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()


def digest(raw: bytes) -> bytes:
    """Hash a payload: 16 bytes, enough to tell versions of one record apart."""
    return blake2b(raw, digest_size=16).digest()


def land(
    db: Writer,
    stream_id: int,
    version: str,
    records: Iterable[SourceRecord],
    *,
    again: bool = False,
    existing: str | None = None,
    hears_gone: bool = False,
) -> tuple[list[Item], list[SourceRecord]]:
    """Sort records into those to go on with and those that are just what they were.

    A record is what it was only if payload *and* mapping version are; a deletion, if it was known.

    Args:
        version: the mapping version in force for the stream.
        again: these records were landed before and are to be mapped once more.
        existing: what an import does with records that are there; None: this is no import.
        hears_gone: what a record that is gone holds, or held when it was last seen, is heard on consent.

    Returns:
        The items to go on with, and the unchanged records.
    """
    by_id = {record.id: record for record in records}
    standing = landing.known(db, stream_id, by_id)
    items: list[Item] = []
    unchanged: list[SourceRecord] = []
    for record in by_id.values():
        known = standing.get(record.id)
        if record.event != "live":
            if (item := _going(record, known, speaks=hears_gone and bool(record.data), again=again)) is not None:
                items.append(item)
            else:
                unchanged.append(record)
            continue
        raw = payload(record.data)
        raw_hash = digest(raw)
        if known is not None and not again and _is_as_it_was(known, raw_hash, version, existing):
            unchanged.append(record)
            continue
        items.append(Item(record, raw, raw_hash, known, known.id if known else 0))
    _recall(db, items)
    if hears_gone:
        _let_last_payloads_speak(db, items)
    return items, unchanged


def _going(record: SourceRecord, known: landing.Known | None, *, speaks: bool, again: bool) -> Item | None:
    """A record that is gone: news if it was there, or if it speaks and was not heard yet."""
    was_there = known is not None and known.deleted_at is None
    unheard = speaks and (known is None or was_there or again)
    if not was_there and not unheard:
        return None
    raw = payload(record.data) if speaks else b""
    return Item(record, raw, digest(raw) if speaks else b"", known, known.id if known else 0)


def _let_last_payloads_speak(db: Writer, items: list[Item]) -> None:
    """Give what went without a word the payload that it was last seen with."""
    silent = {item.id: item for item in items if item.is_gone and not item.raw}
    for row in landing.landed(db, silent) if silent else ():
        item = silent[row.id]
        item.record = replace(item.record, data=read_payload(row.raw))
        item.raw, item.raw_hash = row.raw.encode(), item.known.raw_hash if item.known else b""


def _is_as_it_was(known: landing.Known, raw_hash: bytes, version: str, existing: str | None) -> bool:
    asked_anew = existing == "overwrite" or (existing == "update" and known.outcome == "skipped")
    same = known.raw_hash == raw_hash and known.mapping_version == version and known.deleted_at is None
    return same and not asked_anew


def _recall(db: Writer, items: list[Item]) -> None:
    """Fetch what the known ones said before."""
    by_id = {item.id: item for item in items if item.known is not None}
    for id_, text in landing.good_drafts(db, by_id).items():
        by_id[id_].standing = orjson.loads(text)
