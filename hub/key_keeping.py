"""The keys and profiles of source records, from what stands of them: for whoever moves what they feed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from sell_model.draft import Draft
from sell_model.matching.keys import Face, face_of
from storage import canonical, identity, landing
from storage.canonical import CanonicalRow
from storage.hot import Writer
from storage.identity import KeyRow, ProfileRow
from storage.landing import LinkRow

_PEOPLE = ("lead", "contact")


def renew_keys(db: Writer, source_record_ids: Iterable[int], *, follow: bool = True) -> None:
    """Give source records the keys and profiles that their standing drafts bear, each leading to whom it feeds now.

    Args:
        follow: what was merged into another record is that one's; without, it is itself again.
    """
    ids = sorted(set(source_record_ids))
    faces = list(_faces(db, ids, follow=follow))
    identity.replace_keys(db, ids, key_rows(faces), profile_rows(faces))


def key_rows(faces: Iterable[tuple[int, int, Face]]) -> list[KeyRow]:
    """Write keys as they are stored, and in that order; each of the faces is a source record's, beside its identity."""
    rows = {(key.key, id_): KeyRow(key.key, id_, identity_id) for id_, identity_id, face in faces for key in face.keys}
    return sorted(rows.values())


def profile_rows(faces: Iterable[tuple[int, int, Face]]) -> list[ProfileRow]:
    """Write profiles as they are stored."""
    rows = {
        (id_, face.sort, identity_id): ProfileRow(id_, face.sort, identity_id, face.profile.to_text())
        for id_, identity_id, face in faces
    }
    return list(rows.values())


def _faces(db: Writer, ids: list[int], *, follow: bool) -> Iterator[tuple[int, int, Face]]:
    drafts = {id_: orjson.loads(text or "{}") for id_, text in landing.good_drafts(db, ids).items()}
    links = [link for link in landing.links(db, ids) if link.record_type in _PEOPLE]
    load = canonical.load_with_survivors if follow else canonical.load
    rows = {kind: load(db, kind, _fed(links, kind)) for kind in _PEOPLE}
    for link in links:
        said = drafts.get(link.source_record_id, {}).get(link.mapping)
        if said is not None and said["type"] in _PEOPLE:  # a tagging tells nobody apart
            face = face_of(Draft.from_json(said))
            owner = _identity(rows[link.record_type], link.record_id, is_company=face.is_company)
            if owner is not None:
                yield link.source_record_id, owner, face


def _fed(links: Iterable[LinkRow], kind: str) -> set[int]:
    return {link.record_id for link in links if link.record_type == kind}


def _identity(rows: dict[int, CanonicalRow], id_: int, *, is_company: bool) -> int | None:
    """Whose a record is, of the sort that is asked for; what was merged away is its survivor's."""
    row = rows.get(id_)
    while row is not None and row["merged_into"] in rows:
        row = rows[row["merged_into"]]
    if row is None:
        return None
    found: int | None = row.get("company_id") if is_company else row["person_id"]
    return found
