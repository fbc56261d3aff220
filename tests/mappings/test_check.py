from __future__ import annotations

import pytest

from mappings.check import check_file, notes_of
from mappings.library import MappingFile
from tests.mappings.conftest import Write

HEAD = "from: crm.people\nto: lead\n"


def faults(file: MappingFile) -> list[tuple[int, int, str, str]]:
    return [(fault.line, fault.column, fault.message, fault.suggestion) for fault in check_file(file)]


def test_all_faults_of_a_file_come_at_once_with_their_places(write: Write) -> None:
    """An admin corrects a file once, from top to bottom."""
    file = write(
        HEAD
        + """fields:
  frist_name: f
  last_name: a..b
  owner_id: o
  email: {from: e, steps: [emial]}
  phone: {from: p, steps: [{phone: {reigon: US}}]}
  tags: {from: t, steps: [lower]}
  status: {from: s, values: {a: New}}
  source: {from: s, otherwise: {pool: Inbound}}
  title: {const: x, from: y}
  added_at: {from: c, steps: [{datetime: {order: ydm}}]}
only_if: stage = 'x'
"""
    )

    got = faults(file)

    columns = {4: 3, 5: 14, 6: 3, 7: 28, 8: 45, 9: 9, 10: 21, 11: 32, 12: 10, 13: 50, 14: 10}
    assert [(line, column) for line, column, _, _ in got] == list(columns.items())
    text = " | ".join(f"{message} ~ {hint}" for _, _, message, hint in got)
    for said in (
        "no field 'frist_name' ~ first_name",
        "'a..b' is not a path",
        "no field 'owner_id' ~ owner",
        "no step called 'emial' ~ email",
        "no option 'reigon'; it has: region, otherwise ~ region",
        "tags takes a list, the mapping gives a text ~ add a step: {split",
        "does not say what becomes of a value that it does not list",
        "otherwise of a source is one of: hold, leave, create",
        "const stands alone",
        "step datetime, option order",
        "only_if: not a condition",
    ):
        assert said in text


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "an empty file"),
        ("- a\n- b", 1, "keys are expected"),
        ("from: a.b\n  to: lead", 2, "not readable as YAML"),
        ("from: a.b\nto: 'lead", 2, "not readable as YAML"),
        ("from: a.b\nto: lead\nto: deal\nfields: {last_name: n}", 3, "'to' stands here twice"),
        ("from: a.b\nto: leed\nfields: {last_name: n}", 2, "'leed' is none of lead, contact"),
        ("from: ab\nto: lead\nfields: {last_name: n}", 1, "from:"),
        ("from: a.b\nto: lead", 1, "'fields' is missing"),
        ("from: a.b\nto: lead\nfeilds: {last_name: n}\nfields: {last_name: n}", 3, "there is no key 'feilds'"),
        ("from: a.b\nto: lead\nfields: {last_name: {form: n}}", 3, "there is no key 'form' in fields.last_name"),
        ("from: a.b\nto: lead\nfields: {last_name: &x n, title: *x}", 3, "anchors"),
        ("from: a.b\nto: lead\nfields: {last_name: !!python/name:os.system n}", 3, "the tag"),
        ("from: a.b\nto: lead\nfields: {? [a, b] : n}", 3, "a key must be plain text"),
        ("from: a.b\nto: lead\nfields: {last_name: {from: n, steps: email}}", 3, "valid list"),
        ("from: a.b\nto: lead\nfields: {last_name: {from: n, steps: [{a: 1, b: 2}]}}", 3, "a step is a name"),
        ("from: a.b\nto: lead\nfields: {title: t}", 3, "nothing feeds last_name or organization_name"),
        ("from: a.b\nto: lead\nfields: {last_name: \x01}", 1, "not readable as YAML"),
    ],
)
def test_a_file_that_is_no_mapping_says_why_and_where(write: Write, text: str, line: int, said: str) -> None:
    """Never a traceback: the file, the line, what is wrong."""
    got = check_file(write(text))

    assert got
    assert said in " ".join(fault.message for fault in got)
    assert got[0].line == line
    assert str(got[0]).startswith(f"{got[0].file}:{line}:")
    assert got[0].to_json()["level"] == "error"


def test_a_file_that_cannot_be_read_says_so(write: Write) -> None:
    """Not UTF-8, or gone."""
    file = write("x")
    file.path.write_bytes("from: a.b\nto: lead\nfields: {last_name: Ä}".encode("latin-1"))
    assert "not UTF-8" in check_file(file.path)[0].message
    file.path.unlink()
    assert "not readable" in check_file(MappingFile(file.path))[0].message


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("hot: {from: h, steps: [{split: ','}]}", "hot takes yes or no, the mapping gives a list"),
        ("name: labels[*].text", "name takes a text, the mapping gives a list"),
        ("value: {const: much}", "value cannot hold this const: not an amount"),
        ("customized_win_likelihood: {from: p, default: 120}", "less than or equal to 100"),
        ("company: {from: c, lookup: owner}", "company refers to a company, not to a owner"),
        ("stage: {from: s, otherwise: create}", "otherwise of a stage is one of: hold, leave, {stage: NAME}"),
        ("currency: {from: c, otherwise: hold}", "otherwise is for a table of values or a reference"),
        ("description: {from: d, type: text}", "type is for custom fields"),
        ("description: {from: d, lookup: owner}", "description is no reference"),
        ("description: {line1: d}", "description is no address"),
        ("associated_contacts: people", "associated_contacts are children"),
        ("tags: {each: x, fields: {name: n}}", "tags is no list of children"),
        ("associated_contacts: {each: 'x[', fields: {contact: id}}", "not a path"),
        ("associated_contacts: {each: x, fields: {role: r}}", "nothing feeds contact, which is required"),
        ("associated_contacts: {each: x, fields: {contcat: r}}", "no field 'contcat'"),
        ("description: {from: d, only_with: [nmae]}", "this mapping feeds no 'nmae'"),
        ("currency: {from: c, values: {euro: EURO}, otherwise: keep}", "currency cannot hold 'EURO'"),
        ("currency: {from: c, values: {euro: EUR}, otherwise: {value: E}}", "currency cannot hold 'E'"),
        ("currency: {from: c, values: {euro: EUR}, otherwise: keeep}", "one of: hold, keep, leave, {value: X}"),
        ("description: {steps: [trim]}", "neither from nor const"),
        ("description: {from: d, steps: [{trim: x}]}", "step trim takes no options"),
        ("description: {from: d, steps: [{replace: x}]}", "name its options: old, new"),
        ("description: {from: d, steps: [replace]}", "step replace, option old: field required"),
        ("description: {from: d, steps: [{phone: {region_from: 'a['}}]}", "region_from: a bracket holds"),
        ("custom_fields: x", "custom_fields stands beside fields"),
    ],
)
def test_what_cannot_work_is_found_without_data(write: Write, field: str, said: str) -> None:
    """Types, targets, references and tables are proved before the first record."""
    key = field.partition(":")[0]
    rest = "".join(f"  {name}: {name}\n" for name in ("name", "company") if name != key)

    got = check_file(write(f"from: a.b\nto: deal\nfields:\n{rest}  {field}\n"))

    assert said in " | ".join(fault.message for fault in got)
    assert len(got) == (2 if "contcat" in field else 1), got


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("custom_fields: {A: {from: a, choices: [x]}}", "choices are for the types list"),
        ("custom_fields: {A: {from: a, lookup: owner}}", "are for fields"),
        ("custom_fields: {A: {from: a, type: list, choices: [x], values: {a: y}, otherwise: hold}}", "cannot hold 'y'"),
        ("custom_fields: {A: {from: a, type: multi_select_list, steps: [lower]}}", "A takes a list"),
        ("custom_fields: {A: {from: a, type: numbr}}", "'numbr' is none of"),
        ("custom_fields: {A: {line1: 'a['}}", "is not a path"),
        ("outside_ids: {salesforce: x}", "a system and its stream are expected"),
        ("examples: [{given: {}}]", "must say one of expect"),
        ("only_if: contains(", "only_if: not a condition"),
    ],
)
def test_faults_beside_the_fields_are_found_too(write: Write, part: str, said: str) -> None:
    """Custom fields, ids, examples and conditions are part of the file."""
    got = check_file(write(f"{HEAD}fields: {{last_name: n}}\n{part}\n"))

    assert len(got) >= 1
    assert said in " | ".join(fault.message for fault in got)


def test_an_example_that_does_not_hold_says_what_came_instead(write: Write) -> None:
    """Examples are the admin's tests."""
    file = write(
        HEAD
        + """only_if: kind == 'x'
updated_at: changed
fields: {last_name: n, email: {from: e, steps: [email]}, owner: o}
examples:
  - given: {kind: x, n: Li, o: 7, changed: "2026-01-02T03:04:05Z"}
    expect: {last_name: Lee, owner: 8, title: null, updated_at: "2026-01-02T03:04:05.000000Z"}
  - given: {kind: x, n: Li, e: bad}
    expect: {last_name: Li}
  - given: {kind: x, n: Li}
    expect_held: [email]
  - given: {kind: x, n: Li}
    expect_skipped: true
  - given: {kind: y}
    expect: {last_name: Li}
"""
    )

    no_email = "not an e-mail address: An email address must have an @-sign."
    assert [(line, message) for line, _, message, _ in faults(file)] == [
        (7, "example 1: last_name is 'Li', expected 'Lee'"),
        (7, "example 1: owner is '7', expected 8"),
        (9, f"example 2: expected a draft, but it is held: email: {no_email}"),
        (11, "example 3: expected to be held for email, but it is mapped: {'last_name': 'Li'}"),
        (13, "example 4: expected to be skipped, but it is mapped: {'last_name': 'Li'}"),
        (15, "example 5: expected a draft, but it is skipped"),
    ]  # fmt: skip


def test_children_are_compared_in_examples(write: Write) -> None:
    """Each by its place; a wrong number of them is told with what there is."""
    file = write(
        """
from: a.b
to: pipeline
fields: {name: n, stages: {each: s, id: k, fields: {name: n}}}
examples:
  - given: {n: P, s: [{k: 1, n: A}]}
    expect: {stages: [{id: 1, name: B}]}
  - given: {n: P, s: [{k: 1, n: A}]}
    expect: {stages: []}
"""
    )

    first, second = (message for _, _, message, _ in faults(file))
    assert first == "example 1: stages[0].name is 'A', expected 'B'"
    assert second.startswith("example 2: stages are 1:")


def test_what_a_mapping_does_not_keep_is_said_as_notes(write: Write) -> None:
    """Lossy steps and emptied values are the admin's choice, and never a surprise."""
    file = write(
        HEAD
        + """fields:
  last_name: {from: n, steps: [{split_name: last}]}
  owner: {from: o, otherwise: leave}
  address: {city: {from: c, values: {x: null}, otherwise: keep}}
notes: [Pictures stay behind.]
"""
    )

    notes = notes_of(file)

    assert {note.level for note in notes} == {"note"}
    assert [(note.line, note.message.partition(":")[0]) for note in notes] == [
        (4, "last_name"),
        (5, "owner"),
        (6, "city"),
        (7, "Pictures stay behind."),
    ]
    assert check_file(file) == []
    assert notes_of(write("nothing")) == []


def test_yaml_means_what_it_says(write: Write) -> None:
    """`no` is text, a date is text, a plus stays: examples and tables are source values."""
    file = write(
        HEAD
        + """fields: {last_name: n, title: {from: t, values: {no: "No", 2026-01-02: Day}, otherwise: keep}, phone: p}
examples:
  - {given: {n: Li, t: no, p: +14155552671}, expect: {title: "No", phone: +14155552671}}
  - {given: {n: Li, t: 2026-01-02}, expect: {title: Day}}
"""
    )

    assert check_file(file) == []
