from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.check import check_file
from mappings.compile import Context, Mapping, compile_mapping
from mappings.library import Library
from sell_model.draft import Draft, Held, Skipped
from sell_model.targets import TARGETS

LIBRARY = Library(None)
NAMES = LIBRARY.names()
RECORDED = Path(__file__).resolve().parents[3] / "shared" / "recorded"
MAPPINGS = {name: compile_mapping(LIBRARY.file(name), Context()) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_mapping_proves_itself(name: str) -> None:
    """Its rules hold and its examples, of which it has some, pass."""
    file = LIBRARY.file(name)

    assert check_file(file) == []
    assert file.spec is not None
    assert file.spec.examples


@pytest.mark.parametrize(
    ("connector", "stream", "targets"),
    [
        ("hubspot", "contacts", ["contact", "lead"]),
        ("hubspot", "companies", ["contact"]),
        ("hubspot", "deals", ["deal"]),
        ("hubspot", "owners", ["user"]),
        ("hubspot", "pipelines", ["pipeline"]),
        ("salesforce", "Lead", ["contact", "lead"]),
        ("salesforce", "Contact", ["contact"]),
        ("salesforce", "Account", ["contact"]),
        ("salesforce", "Opportunity", ["deal"]),
        ("salesforce", "OpportunityContactRole", ["association"]),
        ("salesforce", "OpportunityStage", ["pipeline"]),
        ("salesforce", "User", ["user"]),
        ("salesforce", "Task", ["call", "email", "task"]),
        ("salesforce", "Event", ["task", "visit"]),
        ("salesforce", "Note", ["note"]),
        ("salesforce", "CampaignMember", ["note", "tagging"]),
        ("mailchimp", "members", ["lead", "tagging"]),
        ("mailchimp", "segments", ["tagging"]),
        ("zendesk_support", "tickets", ["lead", "ticket"]),
        ("zendesk_support", "users", ["lead"]),
        ("sell", "users", ["user"]),
        ("sell", "pipelines", ["pipeline"]),
        ("sell", "companies", ["contact"]),
        ("sell", "contacts", ["contact"]),
        ("sell", "leads", ["contact", "lead"]),
        ("sell", "deals", ["deal"]),
        ("sell", "notes", ["note"]),
        ("sell", "tasks", ["task"]),
        ("sell", "calls", ["call"]),
        ("sell", "visits", ["visit"]),
        ("typeform", "responses", ["lead"]),
        ("jotform", "submissions", ["lead"]),
        ("wufoo", "entries", ["lead"]),
        ("google_forms", "responses", ["lead"]),
        ("gravity_forms", "entries", ["lead"]),
        ("google_sheets", "rows", ["lead"]),
        ("webhook", "submissions", ["lead"]),
        ("facebook_leads", "leads", ["lead"]),
        ("zendesk_chat", "chats", ["lead", "note"]),
        ("singer", "leads", ["lead"]),
        ("singer", "contacts", ["lead"]),
        ("imap", "messages", ["email"]),
        ("prospects", "people", ["lead"]),
        ("csv", "rows", ["contact", "deal", "lead"]),
    ],
)
def test_every_stream_of_the_shipped_connectors_has_its_mapping(
    connector: str, stream: str, targets: list[str]
) -> None:
    """A new account works without a line of YAML."""
    files = LIBRARY.for_stream(connector, stream)

    assert [file.spec.to for file in files if file.spec] == targets
    assert {MAPPINGS[file.name].source for file in files} == {f"{connector}.{stream}"}


def keys_of(mapping: Mapping) -> list[str]:
    return sorted(mapping._read) or ["a"]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        ["customer", "subscribed", "1.250", "3/4/2026", "ann@example.com", "+14155552671", "true", "Li, Ann", "US"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "name",
                    "email",
                    "firstname",
                    "lastname",
                    "FNAME",
                    "LNAME",
                    "stages",
                    "contacts",
                    "primary",
                    "phone",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_record_whatever_is_in_it_makes_a_mapping_fail(name: str, data: st.DataObject) -> None:
    """It is a draft that survives its JSON form, or held with reasons, or skipped; the same each time."""
    mapping = MAPPINGS[name]
    record = data.draw(st.dictionaries(st.sampled_from(keys_of(mapping)), VALUES, max_size=12))

    got = mapping.apply(record)

    assert got == mapping.apply(record)
    if isinstance(got, Draft):
        assert Draft.from_json(json.loads(json.dumps(got.to_json()))) == got
        assert set(got.fields) <= TARGETS[mapping.record_type].fields
    elif isinstance(got, Held):
        assert got.reasons
        assert all(why.reason and why.fix and why.code and len(why.value) <= 900 for why in got.reasons)
        json.dumps([why.to_json() for why in got.reasons]).encode()
    mapping.unused(record)


def bodies(vendor: str) -> Iterator[tuple[str, Any]]:
    for path in sorted((RECORDED / vendor).glob("*.json")):
        yield path.stem, json.loads(path.read_text(encoding="utf-8"))["response"].get("body")


def recorded() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Give every recorded record: the mapping it goes to, its file, its payload as the connector gives it."""
    for stem, body in bodies("hubspot"):
        if not isinstance(body, dict) or stem.startswith(("v1-", "form-", "contact-properties")):
            continue
        stream = "companies.contact" if stem.startswith("company") else "contacts.lead"
        for row in body.get("results") or [body]:
            if isinstance(row, dict) and "properties" in row and "users" not in stem:
                yield f"hubspot/{stream}", stem, row
    for stem, body in bodies("salesforce"):
        for row in body.get("records", []) if isinstance(body, dict) else []:
            kind = row.get("attributes", {}).get("type")
            for name in NAMES:
                if name.startswith(f"salesforce/{kind}."):
                    yield name, stem, {key: value for key, value in row.items() if key != "attributes"}
    for stem, body in bodies("mailchimp"):
        rows = body.get("members") or ([body] if "email_address" in body else []) if isinstance(body, dict) else []
        for row in rows:
            yield "mailchimp/members.lead", stem, row
    users = {user["id"]: user for _, body in bodies("zendesk") if isinstance(body, dict) for user in _users(body)}
    for stem, body in bodies("zendesk"):
        tickets = body.get("tickets") or [body.get("ticket")] if isinstance(body, dict) else []
        for row in tickets:
            if isinstance(row, dict) and "requester_id" in row:
                requester = users.get(row["requester_id"], {"id": row["requester_id"]})
                yield "zendesk_support/tickets.lead", stem, {**row, "requester": requester}
                yield "zendesk_support/tickets.lead", stem, {**row, "requester": requester, "tags": ["sales"]}


def _users(body: dict[str, Any]) -> list[dict[str, Any]]:
    users = body.get("users") or [body.get("user")]
    return [user for user in users if isinstance(user, dict) and "id" in user]


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers lie beside the project, not in it")
def test_what_vendors_really_sent_is_mapped_or_held_for_a_reason_people_understand() -> None:
    """None crashes; a held one says which field, why, and what to do."""
    records = list(recorded())
    outcomes = [(name, stem, MAPPINGS[name].apply(row)) for name, stem, row in records]

    kinds = {kind: sum(isinstance(got, kind) for _, _, got in outcomes) for kind in (Draft, Held, Skipped)}
    assert {name.partition("/")[0] for name, _, _ in records} == {
        "hubspot",
        "salesforce",
        "mailchimp",
        "zendesk_support",
    }
    assert kinds[Draft] > 20
    for _, stem, got in outcomes:
        for why in got.reasons if isinstance(got, Held) else ():
            assert why.field, stem
            assert why.code in {"missing", "bad_email", "unknown_value"}, (stem, why)
            assert "Error" not in why.reason, (stem, why)


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers lie beside the project, not in it")
@pytest.mark.parametrize("kind", ["Lead", "Contact", "Account", "Opportunity"])
def test_the_shipped_salesforce_mappings_read_fields_that_salesforce_has(kind: str) -> None:
    """A misspelt field would be silently empty for everybody."""
    path = RECORDED / "salesforce" / f"describe-{kind.lower()}-1.json"
    body = json.loads(path.read_text(encoding="utf-8"))["response"]["body"]
    hidden = {"HasOptedOutOfEmail", "DoNotCall"}  # by field-level security, in the recorded org
    known = {field["name"] for field in body["fields"]} | {"IsPersonAccount", "CurrencyIsoCode"} | hidden

    names = [name for name in NAMES if name.startswith(f"salesforce/{kind}.")]

    assert names
    assert {key for name in names for key in keys_of(MAPPINGS[name])} <= known
