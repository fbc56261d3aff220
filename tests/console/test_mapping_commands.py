"""`map`: the list, a new one from a source or a CSV file, checks, trials, steps, the schema; wrong input."""

from __future__ import annotations

import json
from collections.abc import Iterator

import jsonschema
import pytest
import yaml

from mappings.steps import all_steps
from sandbox.hubspot.standin import HubSpotSandbox
from tests.console import PEOPLE, Shell

EVENT = (
    "Contact name,Mail,Firm,Budget,Joined",
    "Ann Li,ann.li@x.com,Acme,1000,2026-01-02",
    "Zoe Qi,zoe(at)z.com,Zeta,2000,2026-02-03",
)


def lines(text: str) -> list[list[str]]:
    """The words of each line."""
    return [line.split() for line in text.splitlines()]


@pytest.fixture(scope="module")
def vendor() -> Iterator[HubSpotSandbox]:
    with HubSpotSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def crm(shell: Shell, vendor: HubSpotSandbox) -> Shell:
    """A hub with a HubSpot source at a stand-in, and a spreadsheet."""
    reached = vendor.settings()
    shell.settings(
        f'{PEOPLE}[sources.crm]\nconnector = "hubspot"\n'
        f'token = "{reached["token"]}"\nbase_url = "{reached["base_url"]}"\nstreams = ["contacts"]\n'
        '[sources.events]\nconnector = "csv"\npath = "events.csv"\n'
    )
    shell.sheet("events.csv", *EVENT)
    return shell


def test_the_list_says_whose_each_mapping_is_and_where_it_is_in_force(crm: Shell) -> None:
    """Shipped, yours, or yours over the shipped one; by source."""
    own = crm.home / "mappings" / "hubspot"
    own.mkdir(parents=True)
    (own / "contacts.lead.yaml").write_text(
        "from: hubspot.contacts\nto: lead\nfields: {last_name: properties.lastname}\n"
    )

    found = {each["name"]: each for each in crm("map", "list", "--json").json()}

    assert found["hubspot/contacts.lead"]["origin"] == "yours, over the shipped one"
    assert found["hubspot/contacts.lead"]["in_force_for"] == ["crm"]
    assert found["csv/rows.lead"]["in_force_for"] == ["events"]
    assert found["salesforce/Lead.lead"] | {"version": ""} == {
        "name": "salesforce/Lead.lead",
        "origin": "shipped",
        "stream": "salesforce.Lead",
        "target": "lead",
        "version": "",
        "in_force_for": [],
    }
    assert "yours, over the shipped one" in crm("map", "list").out


def test_a_new_mapping_from_a_csv_file_works_at_once(shell: Shell) -> None:
    """A seventh source, by somebody who knows none of this: new, check, try, import, each command told by the last."""
    shell.settings(PEOPLE)
    sheet = shell.sheet("spring fair.csv", *EVENT)

    made = shell("map", "new", sheet, "--to", "lead")
    checked = shell("map", "check", "csv/spring_fair.lead")
    tried = shell("map", "try", "csv/spring_fair.lead", "--source", sheet)
    brought = shell("import", sheet, "--mapping", "csv/spring_fair.lead", "--source", "spring_fair", "--json")

    assert (made.code, checked.code, tried.code) == (0, 0, 0)
    assert (shell.home / "mappings" / "csv" / "spring_fair.lead.yaml").exists()
    assert "--mapping csv/spring_fair.lead --source spring_fair --dry-run" in made.out
    assert brought.json()[0]["counts"] | {"created": 1, "held": 1, "read": 2} == brought.json()[0]["counts"]
    assert shell.rows("SELECT first_name, last_name, email FROM lead") == [("Ann", "Li", "ann.li@x.com")]


def test_a_new_mapping_of_a_vendors_stream_stands_over_the_shipped_one(crm: Shell) -> None:
    """Written where the next sync finds it, and said so."""
    told = crm("map", "new", "crm.contacts")

    assert told.code == 0
    assert "it stands over the shipped mapping" in told.out
    assert "next: sellhub map try hubspot/contacts.lead --sample 5 --source crm" in told.out
    text = (crm.home / "mappings" / "hubspot" / "contacts.lead.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["from"] == "hubspot.contacts"
    assert crm("map", "check", "hubspot/contacts.lead").code == 0


def test_a_new_mapping_of_a_configured_spreadsheet_bears_its_sources_name(crm: Shell) -> None:
    """Every spreadsheet's stream is called rows: a mapping of that name would be in force for all of them."""
    told = crm("map", "new", "events")

    assert told.code == 0
    assert (crm.home / "mappings" / "csv" / "events.lead.yaml").exists()
    assert 'mapping = "csv/events.lead" under its source in hub.toml' in told.out


def test_a_new_mapping_replaces_none_unless_forced(shell: Shell) -> None:
    """An admin's work lies in it."""
    sheet = shell.sheet("fair.csv", *EVENT)
    shell("map", "new", sheet)
    path = shell.home / "mappings" / "csv" / "fair.lead.yaml"
    path.write_text("# mine\n")

    refused = shell("map", "new", sheet)
    assert refused.code == 1
    assert "is there already" in refused.err
    assert path.read_text() == "# mine\n"
    assert shell("map", "new", sheet, "--out", str(shell.home / "aside.yaml")).code == 0
    assert shell("map", "new", sheet, "--force").code == 0
    assert "to: lead" in path.read_text()


def test_a_check_says_file_line_column_and_the_nearest_right_word(shell: Shell) -> None:
    """As an editor jumps to; all faults at once."""
    path = shell.home / "mine.yaml"
    path.write_text(
        "from: csv.rows\nto: lead\nfields:\n  last_name: Name\n  emial: Mail\n  phone: {from: Tel, steps: [phnoe]}\n"
    )

    told = shell("map", "check", "mine.yaml")
    data = shell("map", "check", "mine.yaml", "--json").json()

    assert told.code == 1
    assert f"{path}:5:3" in told.out
    assert f"{path}:6:" in told.out
    assert "try: email" in told.out
    assert [fault["line"] for fault in data[0]["faults"]] == [5, 6]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from: csv.rows\nto: [lead\n", ":3:1"),
        ("", "an empty file"),
        ("- a\n- b\n", "keys are expected"),
        ("from: csv.rows\nto: lead\nfields:\n\tlast_name: Name\n", ":4:1"),
    ],
)
def test_a_file_that_is_no_mapping_is_told_where_and_why(shell: Shell, text: str, said: str) -> None:
    """Broken YAML, too, by line and column."""
    (shell.home / "mine.yaml").write_text(text)

    told = shell("map", "check", "mine.yaml")

    assert told.code == 1
    assert said in told.out
    assert "Traceback" not in told.out + told.err


def test_all_shipped_mappings_are_right(shell: Shell) -> None:
    """Without a name, every mapping is checked."""
    told = shell("map", "check")

    assert told.code == 0
    assert "ok    hubspot/contacts.lead" in told.out


def test_a_trial_shows_the_source_beside_the_result_and_stores_nothing(shell: Shell) -> None:
    """Field by field; why, where a record is held."""
    shell.settings(PEOPLE)
    sheet = shell.sheet("fair.csv", *EVENT)
    shell("map", "new", sheet)
    before = shell.dump()

    told = shell("map", "try", "csv/fair.lead", "--source", sheet)
    data = shell("map", "try", "csv/fair.lead", "--source", sheet, "--sample", "1", "--json").json()

    assert ["first_name", "Contact", "name", "'Ann", "Li'", "'Ann'"] in lines(told.out)
    assert "held: email 'zoe(at)z.com': not an e-mail address" in told.out
    assert "1 mapped, 1 held, 0 skipped" in told.out
    (record,) = data["records"]
    assert record["outcome"] == "mapped"
    assert {"field": "email", "path": "Mail", "value": "ann.li@x.com", "result": "ann.li@x.com"} in record["fields"]
    assert shell.dump() == before


def test_a_trial_takes_what_is_landed_and_what_is_held_first(crm: Shell) -> None:
    """The vendor is not asked again for what is here, and the held ones are what one wants to see."""
    crm("map", "new", "events")
    crm.settings((crm.home / "hub.toml").read_text() + 'mapping = "csv/events.lead"\n')
    crm("sync", "events")
    (crm.home / "events.csv").unlink()

    told = crm("map", "try", "csv/events.lead", "--sample", "1")

    assert told.code == 0
    assert "1 records landed from events" in told.out
    assert "0 mapped, 1 held" in told.out


def test_a_trial_reads_from_the_source_when_nothing_is_landed(crm: Shell) -> None:
    """The shipped mapping on a live account, before the first sync."""
    told = crm("map", "try", "hubspot/contacts.lead", "--sample", "2")

    assert told.code == 0
    assert "2 records read from crm, nothing stored" in told.out
    assert crm.rows("SELECT COUNT(*) FROM source_record") == [(0,)]


def test_a_trial_says_that_an_owner_is_not_known(shell: Shell) -> None:
    """What only the hub can tell, not the mapping alone."""
    shell.settings(PEOPLE)
    sheet = shell.sheet("fair.csv", "Last Name,Email,Owner", "Li,ann@x.com,Zed")

    told = shell("map", "try", "csv/rows.lead", "--source", sheet)

    assert "held: owner 'Zed': no user and no pool" in told.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("new", "crn.contacts"), "no source called 'crn'"),
        (("new", "nowhere.csv"), "there is no file"),
        (("check", "hubspot/contact.lead"), "nearest: hubspot/contact"),
        (("check", "nowhere.yaml"), "there is no file nowhere.yaml"),
        (("try", "csv/rows.contact"), "there are no records to try csv/rows.contact on"),
        (("try", "csv/rows.lead", "--source", "nowhere"), "no source called 'nowhere'"),
    ],
)
def test_a_wrong_name_is_answered_with_a_way_out(crm: Shell, words: tuple[str, ...], said: str) -> None:
    """The nearest name, or what to type instead."""
    told = crm("map", *words)

    assert told.code == 1
    assert said in told.err
    assert "fix:" in told.err


def test_every_step_is_listed_with_what_it_does(shell: Shell) -> None:
    """They are what an admin writes mappings with."""
    told = {each["name"]: each["text"] for each in shell("map", "steps", "--json").json()}

    assert told.keys() == all_steps().keys()
    assert all(told.values())
    assert "phone" in shell("map", "steps").out


def test_the_schema_takes_what_map_new_writes(shell: Shell) -> None:
    """An editor that warns of right lines would be turned off."""
    shell("map", "new", shell.sheet("fair.csv", *EVENT))
    schema = json.loads(shell("map", "schema").out)
    text = (shell.home / "mappings" / "csv" / "fair.lead.yaml").read_text(encoding="utf-8")

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(text), schema)
