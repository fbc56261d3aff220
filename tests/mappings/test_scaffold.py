from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.check import check_file
from mappings.compile import Context, compile_mapping
from mappings.library import Library
from mappings.scaffold import new_mapping
from sell_model.draft import Draft, RecordType
from tests.mappings.conftest import Write


@dataclass(frozen=True)
class Field:
    path: str
    type: str = "string"
    label: str = ""
    choices: tuple[str, ...] = ()
    custom: bool = False
    example: str = ""


FAIR = (
    Field("Attendee", example="Ann van Li"),
    Field('"E-mail"', label="E-mail", example="Ann@Example.com"),
    Field("Firma", example="Müller: Söhne"),
    Field("Badge", "number", example="12"),
    Field("Telephone", example="(415) 555-2671"),
    Field("Town", example="Boston"),
    Field("Met on", "date", custom=True, example="2026-01-02"),
    Field("Tier", "enum", choices=("gold", "no: silver"), custom=True, example="gold"),
    Field("Topics", "multi_enum", custom=True, example="a;b"),
)


@pytest.mark.parametrize("name", ["sell/leads.lead", "sell/contacts.contact", "salesforce/Lead.lead"])
def test_a_mapping_that_stands_over_a_shipped_one_takes_the_same_records(write: Write, name: str) -> None:
    """Else a lead that was converted stays one, because somebody wanted a custom field."""
    shipped = Library(None).file(name).spec
    assert shipped is not None
    source = shipped.from_
    fields = (Field("first_name", "string"), Field("last_name", "string"), Field("email", "string"))

    file = write(new_mapping(source, fields, shipped.to, shipped))

    assert check_file(file) == []
    spec = file.spec
    assert spec is not None
    assert (spec.only_if, spec.outside_ids) == (shipped.only_if, shipped.outside_ids)


def test_a_new_mapping_checks_clean_and_maps_what_it_recognises(write: Write) -> None:
    """A seventh source takes one command and a look."""
    file = write(new_mapping("csv.rows", FAIR, "lead"))

    assert check_file(file) == []
    got = compile_mapping(file, Context()).apply(
        {
            "attendee": "Bo Park",
            "E-MAIL": "Bo@Example.com",
            "Firma": "Acme",
            "town": "Leeds",
            "Tier": "gold",
            "Topics": "x;y",
        }
    )
    assert isinstance(got, Draft)
    assert got.fields == {
        "first_name": "Bo",
        "last_name": "Park",
        "email": "bo@example.com",
        "organization_name": "Acme",
        "address": {"city": "Leeds"},
        "custom_fields": {"Tier": "gold", "Topics": ["x", "y"]},
    }


def test_a_new_mapping_brings_its_own_test_and_names_what_it_left(write: Write) -> None:
    """The discovered examples become an example; what is not mapped is a line to take the # off."""
    text = new_mapping("csv.rows", FAIR, "lead")
    file = write(text)

    assert file.spec is not None
    assert file.spec.examples[0].expect is not None
    assert file.spec.examples[0].expect["email"] == "ann@example.com"
    assert "#   Badge: {from: Badge, steps: [number], type: number}  # 12" in text


def test_the_fields_of_a_crm_find_their_places(write: Write) -> None:
    """By name or by label, in the vendor's own spelling."""
    fields = [
        Field("properties.firstname"),
        Field("properties.lastname"),
        Field("properties.hubspot_owner_id", label="Contact owner"),
        Field("properties.mail_x", label="E-Mail"),
        Field("properties.createdate", "datetime"),
        Field("properties.lastmodifieddate", "datetime"),
        Field("associations", "object"),
    ]
    file = write(new_mapping("hubspot.contacts", fields, "lead"))

    got = compile_mapping(file, Context()).apply(
        {
            "properties": {
                "lastname": "Li",
                "mail_x": "a@example.com",
                "hubspot_owner_id": "7",
                "createdate": "2026-01-02T03:04:05Z",
                "lastmodifieddate": "2026-01-03T03:04:05Z",
            }
        }
    )
    assert isinstance(got, Draft)
    assert got.fields["email"] == "a@example.com"
    assert got.refs["owner"].value == "7"
    assert got.updated_at is not None
    assert got.updated_at.startswith("2026-01-03T03:04:05")


TYPES = ["string", "number", "boolean", "date", "datetime", "enum", "multi_enum", "object", "array"]
KEYS = st.sampled_from(
    ["name", "Last Name", "email", "company", "value", "Created", "Tags", "Hot", "probability", "stage", "owner"]
) | st.text(max_size=8)


@pytest.mark.parametrize("target", get_args(RecordType))
@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            KEYS,
            st.sampled_from(TYPES),
            st.text(max_size=6),
            st.lists(st.text(max_size=4), max_size=2),
            st.booleans(),
            st.text(max_size=12),
        ),
        max_size=8,
    )
)
def test_whatever_is_discovered_the_new_mapping_checks_clean(
    tmp_path_factory: pytest.TempPathFactory, target: RecordType, rows: list[tuple[Any, ...]]
) -> None:
    """Headers hold anything: colons, quotes, emoji, nothing at all."""
    fields = [Field(row[0], row[1], row[2], tuple(row[3]), row[4], row[5]) for row in rows]
    path = tmp_path_factory.getbasetemp() / f"{target}.yaml"

    path.write_text(new_mapping("csv.rows", fields, target), encoding="utf-8")

    assert check_file(path) == [], path.read_text(encoding="utf-8")
