"""Who a source means by a person: the lead or contact that its record feeds, or whoever bears an address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sell_model.matching.keys import key_of
from sell_model.matching.normal_forms import email_key
from storage.hot import Writer
from storage.looking_through import Place

_SEEN_FIRST = {"contact": 0, "lead": 1}


def find_persons(db: Writer, source: str, stream: str | None, values: Iterable[str]) -> dict[str, Place]:
    """Map a source's ids of people, or addresses, to leads and contacts; merged ones to the survivor.

    Args:
        stream: the source's stream that the ids belong to; None: any that brings people or users.
        values: an id comes first; what holds an @ and is no id of the source finds whoever bears that address.
    """
    wanted = set(values)
    found = _fed(db, source, stream, wanted)
    return found | bearers(db, {value for value in wanted if "@" in value and value not in found})


def _fed(db: Writer, source: str, stream: str | None, values: set[str]) -> dict[str, Place]:
    """The leads and contacts that a source's records feed today, contacts first."""
    where, which = ("s.kind IN ('people', 'users')", ()) if stream is None else ("s.name = ?", (stream,))
    sql = (
        "SELECT r.source_id, l.record_type, l.record_id, s.id FROM stream s "
        "JOIN source_record r ON r.stream_id = s.id "
        "JOIN link l ON l.source_record_id = r.id AND l.record_type IN ('lead', 'contact') AND l.role = 'self' "
        f"WHERE s.source = ? AND {where} AND l.mapping NOT LIKE '%#%' AND r.source_id IN {{in}}"
    )  # a record that another one implies, NAME#REFERENCE, is not the person whose id it bears
    rows = db.select_in(sql, values, (source, *which))
    first: dict[str, Place] = {}
    for source_id, kind, id_, _ in sorted(rows, key=lambda row: (_SEEN_FIRST[row[1]], row[3], row[2])):
        first.setdefault(source_id, (kind, id_))
    return in_sight(db, first)


def in_sight(db: Writer, places: Mapping[str, Place]) -> dict[str, Place]:
    """Follow records that were merged into others to the ones that stand; what is there no more drops out."""
    survivors: dict[Place, Place] = {}
    for kind in ("lead", "contact"):
        survivors |= _survivors(db, kind, {id_ for its, id_ in places.values() if its == kind})
    return {value: survivors[place] for value, place in places.items() if place in survivors}


def _survivors(db: Writer, kind: str, ids: set[int]) -> dict[Place, Place]:
    into: dict[int, int | None] = {}
    missing = set(ids)
    while missing:
        into |= dict(db.select_in(f'SELECT id, merged_into FROM "{kind}" WHERE id IN {{in}}', missing))
        missing = {id_ for id_ in into.values() if id_ is not None} - into.keys()
    found: dict[Place, Place] = {}
    for id_ in ids & into.keys():
        last = id_
        while (following := into.get(last)) is not None:
            last = following
        found[kind, id_] = (kind, last)
    return found


def leads_bearing(db: Writer, addresses: Iterable[str]) -> set[int]:
    """Find all leads that bear one of these addresses."""
    keys = {key_of("email", key) for email in addresses if (key := email_key(email))}
    sql = "SELECT t.id FROM match_key m JOIN lead t ON t.person_id = m.identity_id WHERE m.key IN {in}"
    return {row[0] for row in db.select_in(sql, keys)}


def bearers(db: Writer, addresses: Iterable[str]) -> dict[str, Place]:
    """Map addresses to who bears them, by the word of any source: contacts first, then leads, the oldest of several.

    Who was deleted by hand comes last: nobody else is to be made of what they write.
    """
    by_key = {email: key_of("email", key) for email in sorted(addresses) if (key := email_key(email))}
    ranked: dict[int, tuple[int, int, int]] = {}
    for kind, rank in _SEEN_FIRST.items():
        sql = (
            f"SELECT m.key, t.id, t.deleted_at FROM match_key m JOIN {kind} t ON t.person_id = m.identity_id "
            "WHERE t.merged_into IS NULL AND COALESCE(t.gone_at_source, '') <> 'converted' AND m.key IN {in}"
        )
        for key, id_, deleted_at in db.select_in(sql, set(by_key.values())):
            place = (0 if deleted_at is None else 2, rank, id_)
            ranked[key] = min(place, ranked.get(key, place))
    kinds = {rank: kind for kind, rank in _SEEN_FIRST.items()}
    return {email: (kinds[ranked[key][1]], ranked[key][2]) for email, key in by_key.items() if key in ranked}
