from __future__ import annotations

import pytest

from mappings.compile import Context, compile_mapping
from mappings.errors import MappingError
from sell_model.draft import Draft, Held, Ref, Skipped
from sell_model.errors import SetupError
from tests.mappings.conftest import Compile, Write

HEAD = "from: crm.people\nto: lead\n"


def draft(got: Draft | Held | Skipped) -> Draft:
    assert isinstance(got, Draft), got
    return got


def reasons(got: Draft | Held | Skipped) -> dict[str, tuple[str, str]]:
    assert isinstance(got, Held), got
    return {reason.field: (reason.value, reason.code) for reason in got.reasons}


def test_every_reason_is_given_at_once(compiled: Compile) -> None:
    """Who corrects a record wants to correct it once."""
    mapping = compiled(
        HEAD
        + """
fields:
  email: {from: mail, steps: [email]}
  last_name: name
  status: {from: status, values: {a: New}, otherwise: hold}
  added_at: since
  address: {city: town}
  tags: labels
custom_fields:
  Tier: {from: tier, type: list, choices: [gold, silver]}
outside_ids: {erp.People: erp}
updated_at: changed
"""
    )

    got = mapping.apply(
        {
            "mail": "ann(at)acme",
            "status": "b",
            "since": "2026-01-02",
            "town": {"x": 1},
            "labels": "one;two",
            "tier": "tin",
            "erp": [1],
            "changed": "soon",
        }
    )

    assert reasons(got) == {
        "email": ("ann(at)acme", "bad_email"),
        "status": ("b", "unknown_value"),
        "tags": ("one;two", "invalid"),
        "address.city": ("{'x': 1}", "invalid"),
        "custom_fields.Tier": ("tin", "unknown_value"),
        "outside_ids.erp.People": ("[1]", "invalid"),
        "updated_at": ("soon", "invalid"),
        "added_at": ("2026-01-02", "invalid"),
        "last_name": ("", "missing"),
    }


def test_a_reason_says_the_way_out_and_where(compiled: Compile) -> None:
    """The field and the mapping are named, so that nobody has to search."""
    got = compiled(HEAD + "fields: {last_name: n, email: {from: mail, steps: [email]}}").apply(
        {"n": "Li", "mail": "no"}
    )

    assert isinstance(got, Held)
    assert "field email of the mapping mapping.yaml" in got.reasons[0].fix
    assert "e-mail address" in got.reasons[0].reason


def test_a_required_field_that_is_wrong_is_not_called_missing(compiled: Compile) -> None:
    """One fault is one reason."""
    got = compiled(HEAD + "fields: {last_name: name}").apply({"name": {"first": "Ann"}})

    assert list(reasons(got)) == ["last_name"]
    assert reasons(got)["last_name"][1] == "invalid"


def test_long_values_are_shown_short_and_never_cut_in_a_record(compiled: Compile) -> None:
    """Longer text is refused by name; the reason shows its beginning."""
    got = compiled(HEAD + "fields: {last_name: name}").apply({"name": "x" * 300})

    assert reasons(got)["last_name"][0] == "x" * 200


def test_a_record_that_its_connector_could_not_read_is_held_with_its_sentence(compiled: Compile) -> None:
    """A broken row of a CSV file is held, not guessed at."""
    got = compiled(HEAD + "fields: {last_name: name}").apply({"name": "Li", "_problem": "row 7: 3 cells, not 5"})

    assert isinstance(got, Held)
    assert got.reasons[0].reason == "row 7: 3 cells, not 5"
    assert got.reasons[0].code == "unreadable"


@pytest.mark.parametrize("blank", [None, "", "  ", "\n", [], {}])
def test_blank_counts_as_absent(compiled: Compile, blank: object) -> None:
    """A field the source says nothing about is left alone, never blanked."""
    mapping = compiled(HEAD + "fields: {last_name: name, title: t, industry: {from: t, default: Other}}")

    assert draft(mapping.apply({"name": "Li", "t": blank})).fields == {"last_name": "Li", "industry": "Other"}


def test_text_is_kept_composed_and_trimmed(compiled: Compile) -> None:
    """The same name is the same text, however its accents were typed."""
    mapping = compiled(HEAD + "fields: {last_name: name, first_name: {from: first, steps: [trim]}}")

    got = draft(mapping.apply({"name": " Zoe\u0308 ", "first": "李  娜"}))

    assert got.fields == {"last_name": "Zoë", "first_name": "李 娜"}


def test_numbers_feed_texts_and_nothing_else_does(compiled: Compile) -> None:
    """A JSON number in a phone field is a phone number; an object is a mistake in the path."""
    mapping = compiled(HEAD + "fields: {last_name: name, phone: tel}")

    assert draft(mapping.apply({"name": "Li", "tel": 4155552671})).fields["phone"] == "4155552671"
    assert list(reasons(mapping.apply({"name": "Li", "tel": {"a": 1}}))) == ["phone"]


def test_several_sources_give_the_first_that_is_there(compiled: Compile) -> None:
    """With a step that takes a list, all of them; a source may have steps of its own."""
    mapping = compiled(
        HEAD
        + """
fields:
  last_name: [last, {from: name, steps: [{split_name: last}]}]
  title: {from: [t1, t2], steps: [{join: " / "}]}
  phone: {from: [p1, p2], steps: [first_present, upper]}
"""
    )

    assert draft(mapping.apply({"name": "Ann Li", "t1": "CEO", "t2": "Founder", "p2": "x1"})).fields == {
        "last_name": "Li",
        "title": "CEO / Founder",
        "phone": "X1",
    }


def test_references_keep_the_sources_word_and_say_what_becomes_of_unknown_ones(compiled: Compile) -> None:
    """The hub resolves them; sources and reasons are made when they are new, others hold."""
    mapping = compiled(
        HEAD
        + """
fields:
  last_name: name
  owner: {from: boss, otherwise: {pool: Inbound}}
  source: {from: via, values: {w: Web}, default: Unknown}
  unqualified_reason: {from: why, lookup: {kind: unqualified_reason, stream: reasons}, otherwise: leave}
"""
    )

    assert draft(mapping.apply({"name": "Li", "boss": 7, "via": "w", "why": "x"})).refs == {
        "owner": Ref("owner", "7", None, {"pool": "Inbound"}),
        "source": Ref("source", "Web", None, "create"),
        "unqualified_reason": Ref("unqualified_reason", "x", "reasons", "leave"),
    }
    assert draft(mapping.apply({"name": "Li", "via": "Fair"})).refs["source"].value == "Fair"
    assert draft(mapping.apply({"name": "Li"})).refs == {"source": Ref("source", "Unknown", None, "create")}
    assert mapping.lookups == {"owner", "source", "unqualified_reason"}


def test_children_come_with_their_own_ids_and_say_their_own_faults(compiled: Compile) -> None:
    """A deal names its stage by the stage's id; a broken stage is named by its place."""
    mapping = compiled(
        """
from: crm.pipelines
to: pipeline
fields:
  name: label
  stages:
    each: steps
    id: key
    only_if: hidden != `true`
    fields: {name: label, position: place}
"""
    )

    got = draft(mapping.apply({"label": "P", "steps": [{"key": 1, "label": "A"}, {"label": "B", "hidden": True}]}))
    assert [(child.fields, child.outside_ids) for child in got.children["stages"]] == [({"name": "A"}, {"id": "1"})]
    held = mapping.apply({"label": "P", "steps": [{"key": 1, "label": "A"}, {"place": "x"}, "odd"]})
    assert set(reasons(held)) == {"stages[1].name", "stages[1].position", "stages[2].name"}


def test_elements_that_are_no_objects_are_read_by_the_at_sign(compiled: Compile) -> None:
    """Some systems list bare ids."""
    mapping = compiled(
        """
from: crm.deals
to: deal
fields:
  name: title
  associated_contacts: {each: people, fields: {contact: "@"}}
"""
    )

    got = draft(mapping.apply({"title": "D", "people": [11, "12"]}))

    assert [child.refs["contact"].value for child in got.children["associated_contacts"]] == ["11", "12"]


def test_a_deals_value_without_a_currency_is_in_the_hubs(write: Write) -> None:
    """An amount without its currency means nothing; where the source names one, that stands."""
    file = write(
        "from: crm.deals\nto: deal\nfields: {name: n, company: c, value: v, currency: cur}",
    )
    mapping = compile_mapping(file, Context(currency="EUR"))

    assert draft(mapping.apply({"n": "D", "c": "A", "v": 10})).fields["currency"] == "EUR"
    assert draft(mapping.apply({"n": "D", "c": "A", "v": 10, "cur": "USD"})).fields["currency"] == "USD"
    assert "currency" not in draft(mapping.apply({"n": "D", "c": "A"})).fields


def test_columns_match_in_any_case_also_in_conditions_and_options(compiled: Compile) -> None:
    """People write headers as they like; each header is looked through once, not for every row."""
    mapping = compiled(
        """
from: csv.rows
to: lead
columns: any_case
only_if: '"Keep it" != ''no'' && length("Last Name") > `0`'
fields:
  last_name: Last Name
  phone: {from: Phone, steps: [{phone: {region_from: Country}}]}
"""
    )

    got = draft(mapping.apply({" last  NAME ": "Li", "PHONE": "030 901820", "country": "Germany", "Extra": "1"}))
    assert got.fields == {"last_name": "Li", "phone": "+4930901820"}
    assert isinstance(mapping.apply({"last name": "Li", "KEEP IT": "no"}), Skipped)
    assert isinstance(mapping.apply({"last name": "", "KEEP IT": "yes"}), Skipped)
    for width in range(200):
        assert isinstance(mapping.apply({"last name": "Li", f"c{width}": "1"}), Draft)


def test_columns_that_nothing_reads_are_named(compiled: Compile) -> None:
    """A column that is silently ignored is a loss that nobody sees."""
    mapping = compiled(
        """
from: csv.rows
to: lead
columns: any_case
id: Number
updated_at: {from: Changed, steps: [datetime]}
only_if: Keep != 'no'
fields:
  last_name: [Last Name, Surname]
  phone: {from: Phone, steps: [{phone: {region_from: Country}}]}
  address: {city: Town}
custom_fields: {Tier: Lead tier}
outside_ids: {erp.People: ERP}
"""
    )
    used = ["number", "changed", "keep", "surname", "phone", "country", "town", "lead tier", "erp"]

    assert mapping.unused(dict.fromkeys([*used, "Shoe size", "_rest", "surname "], "x")) == ["Shoe size", "surname "]


def test_the_version_follows_the_meaning_and_not_the_layout(write: Write) -> None:
    """Landed records are mapped again when the meaning changes, and only then."""

    def version(text: str, context: Context = Context()) -> str:  # noqa: B008 -- frozen
        return compile_mapping(write(text), context).version

    plain = version("from: a.b\nto: lead\nfields: {last_name: n, title: t}\n")

    assert plain == version("# why\nto: lead\nfrom: a.b\nfields:\n  title: {from: [t]}\n  last_name: n\nnotes: [x]\n")
    assert plain != version("from: a.b\nto: lead\nfields: {last_name: n, title: u}\n")
    assert plain != version("from: a.b\nto: lead\nfields: {last_name: n, title: t}\n", Context(region="DE"))


def test_a_file_with_faults_does_not_compile(write: Write) -> None:
    """It says all of them, and the next command."""
    with pytest.raises(MappingError) as raised:
        compile_mapping(write(HEAD + "fields:\n  last_nam: n\n  email: {from: e, steps: [emial]}\n"), Context())

    error = raised.value
    assert len(error.faults) == 3
    assert (error.line, error.column, error.suggestion) == (3, 1, "map last_name or organization_name")
    assert error.file.endswith("mapping.yaml")
    assert "last_name" in str(error)
    assert "emial" in str(error)
    assert "map check" in error.fix


@pytest.mark.parametrize("wrong", [{"region": "usa"}, {"timezone": "Mars/Base"}, {"currency": "euro"}])
def test_a_hubs_default_that_is_none_is_refused(wrong: dict[str, str]) -> None:
    """Found when the hub opens, not at the first record that needs it."""
    with pytest.raises(SetupError):
        Context(**wrong)


def test_options_that_come_from_the_record_are_checked_like_stated_ones(compiled: Compile) -> None:
    """A word that is no option holds its record; one that is missing leaves the usual one."""
    mapping = compiled(
        HEAD
        + """
fields: {last_name: n}
custom_fields:
  Met on: {from: day, steps: [{date: {order_from: how}}]}
  Seats: {from: seats, steps: [{integer: {rounded_from: round}}]}
"""
    )

    good = draft(mapping.apply({"n": "Li", "day": "3/4/2026", "how": "dmy", "seats": "2.5", "round": "yes"}))
    assert good.fields["custom_fields"] == {"Met on": "2026-04-03", "Seats": "2"}
    wrong = mapping.apply({"n": "Li", "day": "3/4/2026", "how": "ydm", "seats": "2.5", "round": "no"})
    assert set(reasons(wrong)) == {"custom_fields.Met on", "custom_fields.Seats"}
    assert set(reasons(mapping.apply({"n": "Li", "day": "3/4/2026"}))) == {"custom_fields.Met on"}


def test_a_plug_ins_fault_holds_its_record_only(compiled: Compile) -> None:
    """A step of somebody else's may raise anything; the stream goes on."""
    from mappings import steps

    @steps.step("explode")
    def explode(value: str) -> str:
        raise KeyError(value)

    try:
        mapping = compiled(HEAD + "fields: {last_name: n, title: {from: t, steps: [explode]}}")
    finally:
        del steps._registry["explode"]
    got = mapping.apply({"n": "Li", "t": "x"})

    assert isinstance(got, Held)
    assert "KeyError" in got.reasons[0].reason


def test_text_that_no_database_keeps_is_held(compiled: Compile) -> None:
    """A NUL character, or half of a surrogate pair, would fail the whole batch later."""
    mapping = compiled(HEAD + "fields: {last_name: n, title: t, source: s}")

    got = mapping.apply({"n": "Li", "t": "a\0b", "s": "x\ud800"})

    assert isinstance(got, Held)
    assert {reason.field for reason in got.reasons} == {"title", "source"}
    assert all(reason.value.encode() for reason in got.reasons)
