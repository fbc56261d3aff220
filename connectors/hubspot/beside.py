"""What is told with a record and stands elsewhere in the account: a lead's contact and stage, who did something.

Each is asked for at most once per run, or not at all where the record says it itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from connectors.connector import JsonObject
from connectors.errors import TransientError
from connectors.hubspot.answers import NoRight, NotOffered
from connectors.hubspot.gateway import Gateway, moment
from connectors.hubspot.objects import ACTIVITIES, ObjectKind, Relations
from connectors.hubspot.properties import Properties

CONTACT = ("company", "country", "email", "firstname", "lastname", "mobilephone", "phone")
"""What a lead tells of its contact: enough to know it again."""

DISPOSITIONS = {
    "9d9162e7-6cf3-4944-bf63-4dff82258764": "Busy",
    "f240bbac-87c9-4f6e-bf70-924b57d47db7": "Connected",
    "a4c4c377-d246-4b32-a13b-75a56a4cd0ff": "Left live message",
    "b2cf5968-551e-4856-9783-52b3da59a7d0": "Left voicemail",
    "73a0d17f-1163-4015-bdd5-ec830791da20": "No answer",
    "17b47fee-58de-441e-a44c-c6300d46f273": "Wrong number",
}
"""How a call went: the outcomes that every account starts with. Source: HubSpot's guide to calls."""

HELD_OR_OFF = frozenset({"COMPLETED", "CANCELED", "NO_SHOW"})
"""Outcomes of a meeting that is not to come any more."""


class Account:
    """What records of several types tell of, asked for once per run.

    Attributes:
        owners: everybody, those who left first, where this run has read them already; else they are asked for.
    """

    def __init__(self, gateway: Gateway) -> None:
        self.owners: list[JsonObject] | None = None
        self._gateway = gateway

    @cached_property
    def authors(self) -> dict[str, JsonObject]:
        """The owners by user id, which `hs_created_by_user_id` holds; those who left too."""
        everybody = self.owners
        if everybody is None:
            everybody = [owner for archived in (True, False) for owner in self._owners(archived=archived)]
        return {str(user): _author(owner) for owner in everybody if (user := _user_id(owner)) is not None}

    @cached_property
    def lead_stages(self) -> dict[str, JsonObject]:
        """The stages of the lead pipelines by id; none where a host has leads and no pipelines of them."""
        try:
            pipelines = self._gateway.pipelines("leads")
        except NoRight:
            raise
        except NotOffered:
            return {}
        stages = [stage for row in pipelines for stage in row.get("stages") or ()]
        return {str(stage.get("id")): _stage(stage) for stage in stages}

    def contacts(self, ids: Sequence[str]) -> dict[str, JsonObject]:
        """Read what leads tell of their contacts."""
        found = self._gateway.read("contacts", ids, CONTACT)
        return {id_: record.get("properties") or {} for id_, record in found.items()}

    def _owners(self, *, archived: bool) -> list[JsonObject]:
        listing = self._gateway.owners(None, archived=archived)
        owners = listing.records
        while listing.after is not None:
            listing = self._gateway.owners(listing.after, archived=archived)
            owners += listing.records
        return owners


class Beside:
    """Tells what stands beside the records of one type.

    Args:
        now: epoch milliseconds, UTC.
    """

    def __init__(self, account: Account, kind: ObjectKind, properties: Properties, now: Callable[[], int]) -> None:
        self._account = account
        self._kind = kind
        self._properties = properties
        self._now = now

    def of(self, records: Sequence[JsonObject], related: Mapping[str, Relations]) -> dict[str, JsonObject]:
        """Tell what stands beside each of some records, by id."""
        if self._kind.name == "leads":
            return self._leads(records, related)
        if self._kind.name not in ACTIVITIES:
            return {}
        return {record["id"]: self._activity(record.get("properties") or {}) for record in records}

    def _activity(self, said: JsonObject) -> JsonObject:
        user = said.get("hs_created_by_user_id") or said.get("hs_created_by")
        beside: JsonObject = {"author": self._account.authors.get(str(user)) if user else None}
        match self._kind.name:
            case "calls":
                beside |= self._call(said)
            case "meetings":
                beside["planned"] = _is_to_come(said, self._now())
        return {name: value for name, value in beside.items() if value is not None}

    def _call(self, said: JsonObject) -> JsonObject:
        """The number of the other side, and how it went in words."""
        inbound = said.get("hs_call_direction") == "INBOUND"
        theirs = said.get("hs_call_from_number" if inbound else "hs_call_to_number")
        how = said.get("hs_call_disposition")
        labels = self._properties.labels("hs_call_disposition")
        return {"number": theirs or None, "outcome": labels.get(str(how)) or DISPOSITIONS.get(str(how))}

    def _leads(self, records: Sequence[JsonObject], related: Mapping[str, Relations]) -> dict[str, JsonObject]:
        contact_of = {record["id"]: _contact_id(related.get(record["id"], {})) for record in records}
        told = {record["id"]: _told(record.get("properties") or {}) for record in records}
        asked = sorted(
            {id_ for lead, id_ in contact_of.items() if id_ and not {"email", "lastname"} <= set(told[lead])}
        )
        known = self._account.contacts(asked) if asked else {}
        return {
            record["id"]: self._lead(record, contact_of[record["id"]], told[record["id"]], known) for record in records
        }

    def _lead(self, record: JsonObject, contact: str, told: JsonObject, known: Mapping[str, JsonObject]) -> JsonObject:
        beside: JsonObject = {}
        stage = (record.get("properties") or {}).get("hs_pipeline_stage")
        if stage and (label := self._account.lead_stages.get(str(stage))):
            beside["stage"] = label
        merged = {name: value for name in CONTACT if (value := (known.get(contact) or {}).get(name) or told.get(name))}
        if contact or merged:
            beside["contact"] = ({"id": contact} if contact else {}) | merged
        return beside


def _contact_id(relations: Relations) -> str:
    """The contact that a lead is about: the first one; HubSpot wants one when a lead is made."""
    ids = [str(id_) for id_ in relations.get("contacts", ())]
    return min(ids, key=lambda id_: (len(id_), id_), default="")


def _told(said: JsonObject) -> JsonObject:
    """What a lead's own computed properties say of its contact."""
    named = {name: said.get(f"hs_associated_contact_{name}") for name in ("email", "firstname", "lastname")}
    named["company"] = said.get("hs_associated_company_name")
    return {name: value for name, value in named.items() if value}


def _author(owner: JsonObject) -> JsonObject:
    name = " ".join(str(owner[key]) for key in ("firstName", "lastName") if owner.get(key))
    return {"id": owner["id"], "name": name or str(owner.get("email") or "")}


def _user_id(owner: JsonObject) -> object:
    """An owner who left has only the second."""
    return owner.get("userId") or owner.get("userIdIncludingInactive")


def _stage(stage: JsonObject) -> JsonObject:
    metadata = stage.get("metadata") or {}
    state = metadata.get("leadState") or metadata.get("state")
    return {"label": str(stage.get("label") or "")} | ({"state": str(state)} if state else {})


def _is_to_come(said: JsonObject, now: int) -> bool:
    """Whether a meeting lies ahead; one whose time cannot be read does not, and is held by its mapping."""
    begins = said.get("hs_meeting_start_time") or said.get("hs_timestamp")
    try:
        ahead = moment(begins) > now
    except TransientError:
        return False
    return ahead and said.get("hs_meeting_outcome") not in HELD_OR_OFF
