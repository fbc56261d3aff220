"""HubSpot's objects as source records: one shape, whichever endpoint they came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.connector import JsonObject, SourceRecord


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """What differs between HubSpot's object types.

    Attributes:
        modified: the property that search filters by. Only contacts have `lastmodifieddate`; the wrong
            one gives no error and nothing.
        relates_to: the types whose associations belong to the record.
        primary_company: the property that names the primary company. Both the list's and the v4
            endpoint's own marks differ, this property does not.
        merged: the properties that name records which were merged into this one.
        created: the property that holds the time of creation.
        usual: HubSpot's own properties that mappings count on, asked for also where an account's list of
            properties leaves them out.
        optional: not every account has the type, nor every app the right to it; where it was never read,
            that is said and is no failure.
        swept: its relations are swept at every so-manieth sweep.
    """

    name: str
    modified: str = "hs_lastmodifieddate"
    relates_to: tuple[str, ...] = ()
    primary_company: str = ""
    merged: tuple[str, ...] = ("hs_merged_object_ids",)
    created: str = "createdate"
    usual: tuple[str, ...] = ()
    optional: bool = False
    swept: int = 1

    def always_asked(self) -> tuple[str, ...]:
        """The properties without which we could not do our work."""
        named = (self.created, "hs_object_id", self.modified, *self.merged, self.primary_company)
        return tuple(filter(None, named))


def _activity(name: str, *usual: str, swept: int = 7) -> ObjectKind:
    """What somebody did: it hardly changes once it is there, and cannot be merged."""
    who_and_when = ("hs_timestamp", "hubspot_owner_id", "hs_created_by_user_id")
    return ObjectKind(
        name,
        relates_to=("contacts", "companies", "deals"),
        merged=(),
        created="hs_createdate",
        usual=(*who_and_when, *usual),
        optional=True,
        swept=swept,
    )


OBJECT_KINDS = {
    kind.name: kind
    for kind in (
        ObjectKind("companies"),
        ObjectKind(
            "contacts",
            modified="lastmodifieddate",
            relates_to=("companies",),
            primary_company="associatedcompanyid",
            merged=("hs_merged_object_ids", "hs_calculated_merged_vids"),
        ),
        ObjectKind(
            "leads",
            relates_to=("companies", "contacts"),
            created="hs_createdate",
            usual=(
                "hs_lead_name", "hs_lead_label", "hs_lead_type", "hs_lead_source", "hs_pipeline", "hs_pipeline_stage",
                "hs_lead_disqualification_reason", "hs_associated_contact_email", "hs_associated_contact_firstname",
                "hs_associated_contact_lastname", "hs_associated_company_name", "hubspot_owner_id",
            ),
            optional=True,
        ),
        ObjectKind("deals", relates_to=("companies", "contacts"), primary_company="hs_primary_associated_company"),
        _activity("notes", "hs_note_body"),
        _activity(
            "tasks", "hs_task_subject", "hs_task_body", "hs_task_status", "hs_task_completion_date",
            "hs_task_reminders", "hs_task_type",
        ),
        _activity(
            "calls", "hs_call_title", "hs_call_body", "hs_call_direction", "hs_call_disposition", "hs_call_duration",
            "hs_call_from_number", "hs_call_to_number", "hs_call_recording_url", "hs_call_status",
        ),
        _activity(
            "meetings", "hs_meeting_title", "hs_meeting_body", "hs_meeting_start_time", "hs_meeting_location",
            "hs_meeting_outcome", "hs_internal_meeting_notes", swept=1,
        ),
        _activity(
            "emails", "hs_email_subject", "hs_email_text", "hs_email_html", "hs_email_direction",
            "hs_email_from_email", "hs_email_to_email", "hs_email_message_id",
        ),
    )
}  # fmt: skip
"""In the order in which they are read within their kind of stream; a meeting that was planned becomes one that
took place by a sweep, so that meetings are swept as often as records are."""

ACTIVITIES = ("notes", "tasks", "calls", "meetings", "emails")

Relations = Mapping[str, Iterable[str]]
"""Ids of associated records by their type."""


def changed_at(kind: ObjectKind, record: JsonObject) -> str:
    """Give the time of the last change as HubSpot writes it."""
    properties = record.get("properties") or {}
    return str(record.get("updatedAt") or properties.get(kind.modified) or record.get("createdAt") or "0")


def live_records(
    kind: ObjectKind, names: Sequence[str], record: JsonObject, relations: Relations, beside: JsonObject
) -> Iterator[SourceRecord]:
    """Make a record's source record, and one for every record that was merged into it.

    Args:
        beside: what is told with the record and does not stand in it (see `beside.py`).
    """
    data = {
        "id": record["id"],
        "properties": _filled(record, names),
        "createdAt": record.get("createdAt"),
        "updatedAt": record.get("updatedAt"),
        "archived": False,
        "associations": _associations(kind, record, relations),
        **beside,
    }
    changed = changed_at(kind, record)
    yield SourceRecord(record["id"], data, changed)
    yield from _losers(kind, record, changed)


def archived_records(kind: ObjectKind, record: JsonObject) -> Iterator[SourceRecord]:
    """Make the source record of one that lies in the recycle bin, and those of its losers."""
    data = {
        "id": record["id"],
        "properties": _filled(record, sorted(record.get("properties") or ())),
        "createdAt": record.get("createdAt"),
        "updatedAt": record.get("updatedAt"),
        "archived": True,
        "archivedAt": record.get("archivedAt"),
    }
    yield SourceRecord(record["id"], data, archived_at(record), event="archived")
    yield from _losers(kind, record, archived_at(record))


def archived_at(record: JsonObject) -> str:
    """Give the time of archiving, or the best that is known of it."""
    return str(record.get("archivedAt") or record.get("updatedAt") or "0")


def merged_ids(kind: ObjectKind, record: JsonObject) -> list[str]:
    """List the ids that were merged into a record.

    `hs_merged_object_ids` is `"1;2"`, `hs_calculated_merged_vids` is `"1:1700000000000;2:…"`.
    """
    properties = record.get("properties") or {}
    listed = ";".join(str(properties.get(name) or "") for name in kind.merged)
    ids = {entry.partition(":")[0].strip() for entry in listed.split(";")}
    return sorted(ids - {"", record["id"]}, key=_by_number)


def _losers(kind: ObjectKind, record: JsonObject, changed: str) -> Iterator[SourceRecord]:
    for loser in merged_ids(kind, record):
        yield SourceRecord(loser, {"id": loser}, changed, event="merged", merged_into=record["id"])


def _filled(record: JsonObject, names: Sequence[str]) -> JsonObject:
    """Keep what was asked for and has a value: an empty one comes as null, as "", or not at all."""
    properties = record.get("properties") or {}
    return {name: properties[name] for name in names if properties.get(name) not in (None, "")}


def _associations(kind: ObjectKind, record: JsonObject, relations: Relations) -> JsonObject:
    primary = str((record.get("properties") or {}).get(kind.primary_company) or "")
    written = {to: _written(sorted(set(relations.get(to, ())), key=_by_number)) for to in kind.relates_to}
    if "companies" in written:
        written["companies"] = _with_primary(written["companies"], primary)
    return written


def _written(ids: Sequence[str]) -> list[JsonObject]:
    return [{"id": id_} for id_ in ids]


def _with_primary(companies: list[JsonObject], primary: str) -> list[JsonObject]:
    """Mark the primary company and put it first; a sole company is the primary one."""
    if not primary and len(companies) == 1:
        primary = companies[0]["id"]
    marked = [company | {"primary": company["id"] == primary} for company in companies]
    return sorted(marked, key=lambda company: not company["primary"])


def _by_number(id_: str) -> tuple[int, str]:
    return (int(id_), "") if id_.isdigit() else (0, id_)
