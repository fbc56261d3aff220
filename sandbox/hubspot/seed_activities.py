"""What people did in the sandbox's HubSpot account, and the leads they work on: the same at each start."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.hubspot.kinds import ACTIVITIES
from sandbox.hubspot.portal import Portal, iso

HOUR = 3_600_000
MINUTE = 60_000
LEADS = 8
FIRST = {"leads": 3001, "notes": 20_001, "tasks": 21_001, "calls": 22_001, "meetings": 23_001, "emails": 24_001}
LEAD_STAGES = (
    ("new-stage-id", "New", "NEW"),
    ("attempting-stage-id", "Attempting", "IN_PROGRESS"),
    ("connected-stage-id", "Connected", "IN_PROGRESS"),
    ("1340012", "Waiting for budget", "IN_PROGRESS"),
    ("qualified-stage-id", "Qualified", "QUALIFIED"),
    ("unqualified-stage-id", "Disqualified", "UNQUALIFIED"),
)
CONNECTED, NO_ANSWER = "f240bbac-87c9-4f6e-bf70-924b57d47db7", "73a0d17f-1163-4015-bdd5-ec830791da20"
ASKED_FOR_A_QUOTE = "0f6d1c7a-2b57-4a43-9c60-6a5f7a0e3c11"
DISPOSITIONS = ((CONNECTED, "Connected"), (NO_ANSWER, "No answer"), (ASKED_FOR_A_QUOTE, "Asked for a quote"))
HELD_CONTACTS = {112, 123}
"""Contacts that the shipped mappings hold; what is about them would wait."""
FAR = 2_098_784_400_000
"""2036-07-04T09:00:00Z: a meeting that is still to come."""

PROPERTIES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "leads": (
        ("hs_lead_name", "Lead name", "string"),
        ("hs_lead_type", "Lead type", "enumeration"),
        ("hs_lead_label", "Lead label", "enumeration"),
        ("hs_lead_source", "Lead source", "enumeration"),
        ("hs_pipeline", "Lead pipeline", "enumeration"),
        ("hs_pipeline_stage", "Lead stage", "enumeration"),
        ("hs_lead_disqualification_reason", "Disqualification reason", "enumeration"),
        ("hubspot_owner_id", "Lead owner", "enumeration"),
    ),
    "notes": (("hs_note_body", "Body preview", "string"),),
    "tasks": (
        ("hs_task_subject", "Task title", "string"),
        ("hs_task_body", "Task notes", "string"),
        ("hs_task_status", "Task status", "enumeration"),
        ("hs_task_type", "Task type", "enumeration"),
        ("hs_task_completion_date", "Completed at", "datetime"),
        ("hs_task_reminders", "Reminders", "string"),
    ),
    "calls": (
        ("hs_call_title", "Call title", "string"),
        ("hs_call_body", "Call notes", "string"),
        ("hs_call_direction", "Call direction", "enumeration"),
        ("hs_call_disposition", "Call outcome", "enumeration"),
        ("hs_call_duration", "Call duration", "number"),
        ("hs_call_from_number", "From number", "string"),
        ("hs_call_to_number", "To number", "string"),
        ("hs_call_status", "Call status", "enumeration"),
        ("hs_call_recording_url", "Recording URL", "string"),
    ),
    "meetings": (
        ("hs_meeting_title", "Meeting name", "string"),
        ("hs_meeting_body", "Meeting description", "string"),
        ("hs_meeting_start_time", "Meeting start time", "datetime"),
        ("hs_meeting_end_time", "Meeting end time", "datetime"),
        ("hs_meeting_location", "Meeting location", "string"),
        ("hs_meeting_outcome", "Meeting outcome", "enumeration"),
        ("hs_internal_meeting_notes", "Internal meeting notes", "string"),
    ),
    "emails": (
        ("hs_email_subject", "Email subject", "string"),
        ("hs_email_text", "Text body", "string"),
        ("hs_email_html", "HTML body", "string"),
        ("hs_email_direction", "Email direction", "enumeration"),
        ("hs_email_from_email", "From", "string"),
        ("hs_email_to_email", "To", "string"),
        ("hs_email_message_id", "Message id", "string"),
        ("hs_email_status", "Send status", "enumeration"),
    ),
}
EVERY_ACTIVITY = (
    ("hs_timestamp", "Activity date", "datetime"),
    ("hubspot_owner_id", "Activity assigned to", "enumeration"),
    ("hs_created_by_user_id", "Created by user ID", "number"),
)


def seed_leads(portal: Portal, start: int) -> None:
    """Make a lead about every seventh contact, a customer now and then."""
    for number, contact in enumerate(sorted(portal.records["contacts"])[2::7][:LEADS]):
        said = portal.records["contacts"][contact].properties
        stage = LEAD_STAGES[number % len(LEAD_STAGES)][0]
        properties = {
            "hs_lead_name": f"{said.get('firstname', '')} {said['lastname']}".strip(),
            "hs_lead_type": "NEW_BUSINESS",
            "hs_lead_label": ("HOT", "WARM", "COLD")[number % 3],
            "hs_pipeline": "lead-pipeline-id",
            "hs_pipeline_stage": stage,
            "hubspot_owner_id": said.get("hubspot_owner_id", ""),
        }
        filled = {name: value for name, value in properties.items() if value}
        at = start + (40 + number) * 40 * HOUR
        id_ = portal.create("leads", filled, at=at, id_=FIRST["leads"] + number)
        portal.associate("leads", id_, "contacts", str(contact))


def seed_activities(portal: Portal, start: int, users: list[tuple[str, str]]) -> None:
    """Make notes, tasks, calls, meetings, e-mails of contacts, some of them about a deal as well.

    Args:
        start: epoch milliseconds.
        users: user id and owner id of those who did it.
    """
    contacts = [id_ for id_ in sorted(portal.records["contacts"]) if id_ not in HELD_CONTACTS]
    deals = sorted(portal.records["deals"])
    for place, kind in enumerate(ACTIVITIES):
        for number, (after, properties) in enumerate(_SAID[kind](start)):
            user, owner = users[(number + place) % len(users)]
            given = {"hs_timestamp": iso(after), "hubspot_owner_id": owner, "hs_created_by_user_id": user}
            at = min(after, start + 2_400 * HOUR)
            id_ = portal.create(kind, given | properties, at=at, id_=FIRST[kind] + number)
            portal.associate(kind, id_, "contacts", str(contacts[(7 * number + place) % len(contacts)]))
            if number % 3 == 0:
                portal.associate(kind, id_, "deals", str(deals[(number + place) % len(deals)]))


Said = Iterator[tuple[int, dict[str, str]]]


def _notes(start: int) -> Said:
    texts = ("Wants the blue one.", "Budget is settled in October.", "Met at the fair; <b>send the catalogue</b>.")
    for number in range(9):
        yield start + (30 + number) * 26 * HOUR, {"hs_note_body": f"<p>{texts[number % len(texts)]}</p>"}


def _tasks(start: int) -> Said:
    for number in range(6):
        due = start + (20 + number) * 50 * HOUR
        done = {"hs_task_status": "COMPLETED", "hs_task_completion_date": iso(due - 5 * HOUR)}
        open_ = {"hs_task_status": "NOT_STARTED", "hs_task_reminders": str(due - HOUR)}
        subject = ("Ask about the offer", "Send the contract", "Call back")[number % 3]
        yield due, {"hs_task_subject": subject, "hs_task_type": "TODO"} | (done if number % 2 == 0 else open_)


def _calls(start: int) -> Said:
    for number in range(7):
        ours, theirs = "+14155550100", f"+1415555{2000 + number:04d}"
        inbound = number % 3 == 2
        yield (
            start + (25 + number) * 33 * HOUR,
            {
                "hs_call_title": f"Call {number + 1}",
                "hs_call_body": "<p>Talked about <i>delivery</i>.</p>",
                "hs_call_direction": "INBOUND" if inbound else "OUTBOUND",
                "hs_call_from_number": theirs if inbound else ours,
                "hs_call_to_number": ours if inbound else theirs,
                "hs_call_disposition": DISPOSITIONS[number % len(DISPOSITIONS)][0],
                "hs_call_duration": str(30_000 + 1_500 * number),
                "hs_call_status": "COMPLETED",
            },
        )


def _meetings(start: int) -> Said:
    for number, outcome in enumerate(("COMPLETED", "SCHEDULED", "NO_SHOW", "CANCELED", "SCHEDULED")):
        at = FAR if number == 4 else start + (30 + number) * 48 * HOUR
        yield (
            at,
            {
                "hs_meeting_title": f"Demo {number + 1}",
                "hs_meeting_body": "<p>Agenda: prices</p>",
                "hs_meeting_start_time": iso(at),
                "hs_meeting_end_time": iso(at + 45 * MINUTE),
                "hs_meeting_location": "Office",
                "hs_meeting_outcome": outcome,
            },
        )


def _emails(start: int) -> Said:
    for number in range(8):
        inbound = number % 2 == 1
        yield (
            start + (22 + number) * 29 * HOUR,
            {
                "hs_email_subject": ("Re: " if inbound else "") + "Offer for 40 pieces",
                "hs_email_text": "Thank you, we are looking into it." if inbound else "Please find our offer below.",
                "hs_email_direction": "INCOMING_EMAIL" if inbound else "EMAIL",
                "hs_email_message_id": f"<{number}.sandbox@mail.example.com>",
                "hs_email_status": "SENT",
            },
        )


_SAID = {"notes": _notes, "tasks": _tasks, "calls": _calls, "meetings": _meetings, "emails": _emails}
