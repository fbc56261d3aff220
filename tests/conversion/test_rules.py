"""What goes on of a lead and what does not: the rules by themselves."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from sell_model.conversion import Customs, as_contact, deal_name, edits_for_contact
from sell_model.custom_fields import CustomField, CustomType
from sell_model.draft import Draft, Ref
from sell_model.matching.normal_forms import folded

TYPES: tuple[CustomType, ...] = get_args(CustomType)
VALUES: dict[str, object] = {
    "number": "12.5", "bool": True, "date": "2026-01-02", "datetime": "2026-01-02T03:04:05.000000Z",
    "list": "A", "multi_select_list": ["A"], "email": "a@x.example", "address": {"city": "Rome"},
}  # fmt: skip


def customs(lead: dict[str, CustomType], contact: dict[str, CustomType], *choices: str) -> Customs:
    """Custom fields of leads and of contacts, by name and type."""
    return Customs.between(
        [CustomField("lead", name, type_, choices) for name, type_ in lead.items()],
        "contact",
        [CustomField("contact", name, type_, choices) for name, type_ in contact.items()],
    )


def test_a_field_of_the_same_name_takes_the_value_whatever_the_case() -> None:
    """Under the name that the contact's field has."""
    carried, left = customs({"company SIZE": "string"}, {"Company size": "text"}).carried({"company SIZE": "L"})
    assert (carried, left) == ({"Company size": "L"}, [])


def test_what_contacts_have_not_is_left_and_never_made() -> None:
    """Nor what they have by another type, nor a choice that theirs has not."""
    rules = customs({"Budget": "number", "Tier": "list", "VIP": "bool"}, {"Tier": "list", "VIP": "text"}, "A", "B")
    carried, left = rules.carried({"Budget": "5", "Tier": "C", "VIP": True})

    assert carried == {}
    assert {each.field: each.why for each in left} == {
        "Budget": "contacts have no custom field of this name",
        "Tier": "'Tier' of contacts cannot hold it: none of the choices A, B",
        "VIP": "contacts have it as text, leads as bool",
    }


def test_of_two_fields_for_one_the_one_spelled_alike_goes() -> None:
    """The other is left, and said."""
    carried, left = customs({}, {"Size": "string"}).carried({"SIZE": "1", "Size": "2"})
    assert carried == {"Size": "2"}
    assert [(each.field, each.why) for each in left] == [("SIZE", "another field went into 'Size'")]


@given(
    st.dictionaries(st.sampled_from(["Size", "SIZE", "Tier", "x"]), st.sampled_from(TYPES)),
    st.dictionaries(st.sampled_from(["size", "Tier", "y"]), st.sampled_from(TYPES)),
)
def test_every_value_goes_on_or_is_left_with_why(lead: dict[str, CustomType], contact: dict[str, CustomType]) -> None:
    """None is lost silently; what goes on stands under a field that there is."""
    values = {name: VALUES.get(type_, "text") for name, type_ in lead.items()}
    carried, left = customs(lead, contact).carried(values)

    assert len(carried) + len(left) == len(values)
    assert carried.keys() <= contact.keys()
    assert {folded(name) for name in carried} | {folded(each.field) for each in left} == set(map(folded, values))
    assert all(each.why for each in left)


def test_a_leads_draft_speaks_as_a_contacts() -> None:
    """Of a company without what only people have; references that contacts have not fall away."""
    draft = Draft(
        "lead",
        {"first_name": "Ada", "last_name": "B", "title": "CTO", "email": "a@x.example", "status": "New",
         "organization_name": "Acme", "custom_fields": {"Size": "L"}},
        {"owner": Ref("owner", "ann@example.com"), "source": Ref("source", "Fair")},
    )  # fmt: skip
    person = as_contact(draft, customs({}, {}), is_organization=False)
    company = as_contact(draft, customs({}, {"size": "string"}), is_organization=True)

    assert person.fields == {
        "first_name": "Ada", "last_name": "B", "title": "CTO", "email": "a@x.example", "custom_fields": {}
    }  # fmt: skip
    assert company.fields == {"email": "a@x.example", "custom_fields": {"size": "L"}}
    assert [person.record_type, *person.refs] == ["contact", "owner"]
    assert draft.fields["status"] == "New"  # what is kept of it stays as it is


def test_edits_go_where_the_contact_has_the_field() -> None:
    """Custom ones under its name."""
    edits = ["title", "status", "organization_name", "owner_id", "tags", "custom_fields.SIZE", "custom_fields.Budget"]
    rules = customs({}, {"Size": "string"})

    assert edits_for_contact(edits, rules, is_organization=False) == {
        "title": "title", "owner_id": "owner_id", "tags": "tags", "custom_fields.SIZE": "custom_fields.Size"
    }  # fmt: skip
    assert "title" not in edits_for_contact(edits, rules, is_organization=True)


def test_a_deal_is_named_after_the_company_else_the_person() -> None:
    """Unless somebody says how."""
    assert [deal_name("Pilot", "Acme", "Ada"), deal_name(None, "Acme", "Ada"), deal_name("", None, "Ada")] == [
        "Pilot",
        "Acme",
        "Ada",
    ]
