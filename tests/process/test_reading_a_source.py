"""`map process`: what a source's process consists of, through the real connectors, and what it becomes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.hubspot.connector import HubSpot
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.connector import Salesforce
from hub.opening import Hub
from hub.process import propose_process
from hub.sync import sync_source
from sandbox.hubspot.standin import HubSpotSandbox
from sandbox.salesforce.schema import FieldShape
from sandbox.salesforce.standin import SalesforceSandbox
from tests.conftest import OpenHub
from tests.console import Shell
from tests.hub.test_importing import TOML
from tests.process import by_name


@pytest.fixture
def database_url() -> str:
    """Reading a source is the same on both databases; what syncs make of it is tested on both."""
    return "sqlite:///hub.db"


def told(hub: Hub, source: str, *, dry_run: bool = False) -> Any:
    """What `map process --json` prints."""
    return json.loads(json.dumps(propose_process(hub, source, dry_run=dry_run).to_json()))


def test_hubspot_s_pipelines_owners_and_statuses_are_proposed(hub: Hub) -> None:
    """Two pipelines, statuses as its property offers them, users with who has left; before anything was synced."""
    found = told(hub, "crm")

    assert by_name(found["pipelines"]) == {
        "Sales Pipeline": "Sales Pipeline",
        "Partner channel": {"new": "Partner channel"},
    }
    assert by_name(found["pipelines"][1]["stages"]) == {
        "Kaffee": {"new": "Kaffee", "category": "custom", "likelihood": 25},
        "Deal!": {"new": "Deal!", "category": "won"},
    }
    assert by_name(found["statuses"]) == {
        "NEW": "New",
        "OPEN": "Working",
        "IN_PROGRESS": "Working",
        "OPEN_DEAL": "Working",
        "UNQUALIFIED": "Unqualified",
        "ATTEMPTED_TO_CONTACT": "Working",
        "CONNECTED": "Working",
        "BAD_TIMING": "Unqualified",
    }
    assert by_name(found["owners"])["Ann Lee"] == "ann@example.com"
    assert [each["theirs"] for each in found["owners"] if not each.get("active", True)] == ["Dora Vance"]
    assert [each["text"] for each in found["unmapped"]] == ["owner Chidi Eze (503)"]


def test_salesforce_s_stages_statuses_sources_and_owners_are_proposed(hub: Hub) -> None:
    """Its stages are one pipeline; probabilities and outcomes are its own."""
    found = told(hub, "sf")

    assert by_name(found["pipelines"]) == {"Salesforce": "Sales Pipeline"}
    assert by_name(found["pipelines"][0]["stages"]) == {
        "Prospecting": "Incoming",
        "Qualification": "Qualified",
        "Proposal/Price Quote": "Closure",
        "Negotiation/Review": "Closure",
        "Closed Won": "Won",
        "Closed Lost": "Lost",
    }
    assert by_name(found["statuses"]) == {
        "Open - Not Contacted": "New",
        "Working - Contacted": "Working",
        "Closed - Converted": "hold",
        "Closed - Not Converted": "Unqualified",
    }
    assert by_name(found["sources"])["Web"] == {"new": "Web"}
    assert by_name(found["owners"])["Dana Ito"] == "leave"


def test_values_that_only_records_hold_count_too(hub: Hub) -> None:
    """A status that was taken off the picklist still stands on leads; a free text has no picklist at all."""
    sync_source(hub, "crm")

    found = told(hub, "crm")

    assert by_name(found["statuses"])["Nurture_X"] == "?"
    assert [(each["of"], each["theirs"], each["ours"]) for each in found["reasons"]] == [("loss", "Price", "Price")]
    assert [each["text"] for each in found["unmapped"]] == ["status Nurture_X"]


def test_an_owner_and_a_stage_that_only_records_name_are_asked_for(hub: Hub, hubspot: HubSpotSandbox) -> None:
    """Their users and pipelines lists are not all that records point to."""
    deals = sorted(hubspot.portal.records["deals"])
    hubspot.update("deals", str(deals[3]), dealstage="archived_stage", hubspot_owner_id="999")
    sync_source(hub, "crm")

    unmapped = {each["text"]: each["why"] for each in told(hub, "crm")["unmapped"]}

    assert unmapped["owner 999"] == "records name it, but it is not among the source's users"
    assert unmapped["stage archived_stage of Sales Pipeline"] == "the source does not say how likely it is"


def test_salesforce_without_its_stages_is_read_from_the_picklist(hub: Hub, salesforce: SalesforceSandbox) -> None:
    """A user who may not see OpportunityStage sees the names; how likely they are is asked for, and it is said."""
    del salesforce.org.fields["OpportunityStage"]

    found = told(hub, "sf")

    assert "OpportunityStage is not visible to this user: nothing is read." in found["notes"]
    stages = by_name(found["pipelines"][0]["stages"])
    assert (stages["Prospecting"], stages["Closed Won"], stages["Closed Lost"]) == ("?", "Won", "Lost")


def test_a_custom_loss_reason_of_salesforce_is_found_and_its_values_are_proposed(
    hub: Hub, salesforce: SalesforceSandbox
) -> None:
    """No shipped mapping can know what an org has called it."""
    salesforce.org.fields["Opportunity"].append(FieldShape("Closed_Lost_Reason__c", "string"))
    for number, row in enumerate(salesforce.org.tables["Opportunity"].values()):
        row["Closed_Lost_Reason__c"] = ("too expensive", "Rain", None)[number % 3]
    assert by_name(told(hub, "sf")["reads"]) == {"Closed_Lost_Reason__c": "loss_reason"}
    (hub.home / "mappings" / "sf.process.yaml").unlink()
    sync_source(hub, "sf")

    found = told(hub, "sf")

    assert {each["theirs"]: each["ours"] for each in found["reasons"]} == {"too expensive": "Price", "Rain": "?"}


def test_a_file_of_leads_has_its_owners_statuses_and_sources_from_its_rows(opened: OpenHub) -> None:
    """A spreadsheet lists no users: whoever its rows name is one, a pool too."""
    hub = opened(TOML + '[sources.fair]\nconnector = "csv"\npath = "fair.csv"\npool = "Inbound"\n')
    rows = ["Last Name,Email,Status,Owner,Source", "Li,li@x.example,New,ann@example.com,Fair"]
    rows += ["Xu,xu@x.example,Cold,Inbound,Fair", "Qi,qi@x.example,Working,Zed Who,Fair"]
    (hub.home / "fair.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    sync_source(hub, "fair")

    found = told(hub, "fair")

    assert by_name(found["statuses"]) == {"New": "New", "Cold": "?", "Working": "Working"}
    assert by_name(found["owners"]) == {
        "ann@example.com": "ann@example.com",
        "Inbound": {"pool": "Inbound"},
        "Zed Who": "?",
    }
    assert found["pipelines"] == []


def test_choices_come_with_what_people_see_for_them(hubspot: HubSpotSandbox, salesforce: SalesforceSandbox) -> None:
    """`OPEN_DEAL` is what records hold, `Open Deal` what everybody calls it."""
    with HubSpot(HubSpot.Config(**hubspot.settings())) as connector:
        found = {each.path: each for each in connector.discover("contacts")}["properties.hs_lead_status"]
    with Salesforce(SalesforceConfig.model_validate(salesforce.settings())) as org:
        status = {each.path: each for each in org.discover("Lead")}["Status"]

    assert dict(zip(found.choices, found.choice_labels, strict=True))["OPEN_DEAL"] == "Open Deal"
    assert len(status.choices) == len(status.choice_labels) == 4


def test_nothing_but_the_file_is_written_and_a_dry_run_writes_none(hub: Hub) -> None:
    """The source is only read; whether it becomes so is the next sync's work."""
    before = [table for table in ("user", "pipeline", "stage", "source_record") if _count(hub, table)]
    assert told(hub, "crm", dry_run=True)["written"] is False
    assert not (hub.home / "mappings").exists()

    assert told(hub, "crm")["written"] is True

    assert (_count(hub, "pipeline"), _count(hub, "source_record")) == (1, 0)
    assert before == ["user", "pipeline", "stage"]


def _count(hub: Hub, table: str) -> int:
    with hub.store.read() as db:
        return int(db.select(f'SELECT COUNT(*) FROM "{table}"')[0][0])


def test_the_command_shows_a_table_what_is_not_mapped_and_what_changed(crm: Shell, hubspot: HubSpotSandbox) -> None:
    """Theirs, ours, why; the file, and what to do next; at the second time the lines that came."""
    shown = crm("map", "process", "crm")
    hubspot.portal.pipelines[0]["stages"][0]["label"] = "First talk"
    again = crm("map", "process", "crm")

    assert shown.code == 0
    assert "stage       Contract sent             Closure" in shown.out
    assert "not mapped: owner Chidi Eze (503): no user here has this address" in shown.out
    assert f'wrote {crm.home / "mappings" / "crm.process.yaml"}; edit it: 1 to answer, where it says "?"' in shown.out
    assert f"next: sellhub --home {crm.home} map check crm.process" in shown.out
    changed = [line for line in again.out.splitlines() if line.startswith(("  +", "  -"))]
    assert [line.partition(", likelihood")[0] for line in changed] == [
        "  -      - {theirs: Appointment scheduled, id: appointmentscheduled",
        "  +      - {theirs: First talk, id: appointmentscheduled",
    ]
    assert "says all of this already" in crm("map", "process", "crm").out


def test_an_answer_that_names_what_is_not_there_is_told_beside_what_is_open(crm: Shell) -> None:
    """It stays as it is in the file: only a person can say what was meant."""
    crm("map", "process", "crm")
    path = crm.home / "mappings" / "crm.process.yaml"
    path.write_text(path.read_text("utf-8").replace("90, ours: Closure}", "90, ours: Clousure}"), "utf-8")

    shown = crm("map", "process", "crm").out
    fault = crm("map", "process", "crm", "--json").json()["faults"][0]

    assert f"wrong: {path}:16:73  the pipeline Sales Pipeline has no stage 'Clousure'\n    try: Closure\n" in shown
    assert (fault["line"], fault["suggestion"]) == (16, "Closure")


def test_the_check_tells_what_is_open_and_exits_with_1(crm: Shell) -> None:
    """By `map check`, alone or with all mappings, and by `map process --check`, which asks nobody."""
    crm("map", "process", "crm")

    checked, all_of_them = crm("map", "check", "crm.process"), crm("map", "check", "--json")
    asked = crm("map", "process", "crm", "--check", "--json")

    assert (checked.code, asked.code, all_of_them.code) == (1, 1, 1)
    assert "not mapped: owner Chidi Eze (503)" in checked.out
    wrong = [each["mapping"] for each in all_of_them.json() if each["faults"]]
    assert wrong == ["crm.process"]
    assert asked.json()[0]["faults"][0]["message"] == "not mapped: owner Chidi Eze (503)"
    assert "FAIL" in crm("doctor", "--offline").out


def test_wrong_words_are_answered_with_the_right_ones(crm: Shell) -> None:
    """No such source, no such file, a file that cannot be read."""
    assert "did you mean 'crm'" in crm("map", "process", "crn").err
    assert "sellhub map process crm" in crm("map", "check", "crm.process").err
    (crm.home / "mappings").mkdir()
    (crm.home / "mappings" / "crm.process.yaml").write_text("source: [", encoding="utf-8")

    refused = crm("map", "process", "crm")

    assert refused.code == 1
    assert "crm.process.yaml:2:1  not readable as YAML" in refused.err
    assert "move" in refused.err


def test_a_source_that_names_none_of_it_gets_no_file(shell_of_a_form: Shell) -> None:
    """A newsletter or a form has nothing to map, and that is said."""
    shown = shell_of_a_form("map", "process", "form")

    assert "form (Webhook) names no pipelines, statuses, owners or reasons: nothing to map" in shown.out
    assert not (shell_of_a_form.home / "mappings").exists()


@pytest.fixture
def shell_of_a_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """The command line on a hub that a form posts to."""
    shell = Shell(tmp_path, capsys)
    shell.settings(TOML + '[sources.form]\nconnector = "webhook"\ntoken = "a-token-of-the-form"\n')
    return shell


def test_a_mapping_is_tried_as_a_sync_of_that_source_would_apply_it(crm: Shell) -> None:
    """Under the process file."""
    crm("map", "process", "crm")
    path = crm.home / "mappings" / "crm.process.yaml"
    answered = path.read_text("utf-8").replace('ours: "?"}', "ours: leave}")
    path.write_text(answered.replace("{theirs: NEW, ours: New}", "{theirs: NEW, ours: {new: Fresh}}"), "utf-8")

    tried = crm("map", "try", "hubspot/contacts.lead", "--source", "crm", "--json").json()

    statuses = {f["value"]: f["result"] for r in tried["records"] for f in r["fields"] if f["field"] == "status"}
    assert statuses["NEW"] == "Fresh"
