"""Why source records are one record: the keys that they share, in words."""

from __future__ import annotations

from dataclasses import dataclass

from hub.voices import Voice
from sell_model.draft import Draft
from sell_model.matching.firm_names import firm_core
from sell_model.matching.keys import face_of, is_company
from sell_model.matching.normal_forms import email_key, is_role_address, phone_key, site_domain
from sell_model.types import JsonObject
from storage import stories
from storage.hot import Writer


@dataclass(frozen=True, slots=True)
class Join:
    """Why one source record belongs to this record."""

    record: str
    """`source.stream:id`."""
    mapping: str
    why: list[str]
    """In words, the strongest reason first; empty for the one that came first."""
    gone: bool

    def to_json(self) -> JsonObject:
        """Give it as `why --json` prints it."""
        return {"record": self.record, "mapping": self.mapping, "why": self.why, "gone": self.gone}


def joins_of(db: Writer, feeds: list[stories.Feed], voices: list[Voice]) -> list[Join]:
    """Say of each source record after the first which keys it shares with those before it."""
    moved = stories.moved(db, [feed.source_record_id for feed in feeds])
    drafts = {(v.feed.source_record_id, v.feed.mapping): v.draft for v in voices}
    joins: list[Join] = []
    before: list[tuple[stories.Feed, Draft]] = []
    for feed in feeds:
        draft = drafts.get((feed.source_record_id, feed.mapping))
        why_so = _shared(draft, before) if draft is not None else []
        if feed.source_record_id in moved:
            why_so.insert(0, f"its source merged the two: it fed number {moved[feed.source_record_id]} before")
        elif joins and not why_so:
            why_so.append(_UNSHARED if draft is not None else "gone at its source, or without a good draft")
        joins.append(Join(feed.name, feed.mapping, why_so, feed.deleted_at is not None))
        if draft is not None:
            before.append((feed, draft))
    return joins


_UNSHARED = "joined by a key that it shared when it came; its values have changed since"


def _shared(draft: Draft, before: list[tuple[stories.Feed, Draft]]) -> list[str]:
    mine = face_of(draft)
    found: dict[str, None] = {}
    for feed, other in before:
        theirs = {key.key for key in face_of(other).keys}
        for key in mine.keys:
            if key.key in theirs and (told := _in_words(key.kind, draft, other)):
                found[f"{told} as {feed.name}"] = None
    return list(found)


def _in_words(kind: str, draft: Draft, other: Draft) -> str:
    """Say what two drafts have in common by a key of this kind; empty for one that only brings them together."""
    fields = draft.fields
    match kind:
        case "outside":
            ids = sorted(set(draft.outside_ids.items()) & set(other.outside_ids.items()))
            return "same id " + ", ".join(f"{value} in {where}" for where, value in ids)
        case "email":
            email = email_key(fields.get("email")) or ""
            return f"same {'office address' if is_role_address(email) else 'e-mail'} {email}"
        case "phone":
            return f"same phone {', '.join(p for p in _phones(draft) if p in _phones(other)) or _phones(draft)[0]}"
        case "name":
            return "same name"
        case "firm domain":
            return f"same site {site_domain(fields)}"
        case "firm company" | "org":
            name = fields.get("name") if is_company(draft) else fields.get("organization_name")
            return f"same company name {firm_core(name)!r}"
    return ""


def _phones(draft: Draft) -> list[str]:
    return [p for p in (phone_key(draft.fields.get("phone")), phone_key(draft.fields.get("mobile"))) if p]
