"""`push`: what changed goes out once, in its present state, whatever fails on the way."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.opening import open_hub
from sandbox.hubspot.standin import HubSpotSandbox
from storage import outbox
from tests.records.conftest import TOML, Cli, person

PACKAGE = '''
"""A destination that somebody else wrote: one JSON line per change, in a file."""

import json
from pathlib import Path

from pydantic import Field

from connectors.connector import ConnectorConfig, Destination, Receipt
from connectors.errors import TransientError


class Config(ConnectorConfig):
    path: str
    refuses: str = Field("", description="Says no to whoever has this last name")
    breaks_at: int = Field(0, description="Stops taking after so many calls")


class Lines(Destination[Config]):
    name = "lines"
    title = "JSON lines"
    Config = Config
    calls = 0

    def push(self, changes):
        self.calls += 1
        if self.config.breaks_at and self.calls >= self.config.breaks_at:
            raise TransientError("the other side is down", fix="wait until it is up")
        with Path(self.config.path).open("a") as file:
            for change in changes:
                line = [change.key, change.record_type, change.record_id, change.action, change.data]
                file.write(json.dumps(line) + chr(10))
        return [self.receipt(change) for change in changes]

    def receipt(self, change):
        if self.config.refuses and change.data.get("last_name") == self.config.refuses:
            return Receipt(change.key, ok=False, text="no such person, please")
        return Receipt(change.key, ok=True, outside_id=f"out-{change.record_id}")
'''
LINES = TOML + '[destinations.lines]\nconnector = "lines"\npath = "lines.jsonl"\n'


@pytest.fixture
def installed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that adds a destination by its entry point, as pip would have installed it."""
    site = tmp_path_factory.mktemp("site")
    (site / "lines_package.py").write_text(PACKAGE, encoding="utf-8")
    info = site / "lines_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lines-package\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[sell_hub.destinations]\nlines = lines_package:Lines\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "lines_package", raising=False)


@pytest.fixture
def lines(home_of: Callable[[str], Cli], installed: None) -> Cli:
    """A hub that pushes to that destination."""
    return home_of(LINES)


def written(cli: Cli) -> list[Any]:
    """What the destination was given, in order."""
    path = cli.home / "lines.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def sheet(cli: Cli, name: str) -> list[dict[str, str]]:
    """A file of the CSV destination."""
    with (cli.home / "out" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def waiting(cli: Cli, destination: str) -> int:
    """How many changes wait for a destination."""
    with open_hub(cli.home) as hub, hub.store.read() as db:
        return outbox.count_waiting(db, destination)


def test_push_csv_writes_what_changed_in_sells_import_columns(cli: Cli) -> None:
    """Again nothing; after a change that record alone."""
    cli.bring(person("Ann", "Li", "a@x.example", owner="Bo Park"), person("Ed", "Ng", "e@x.example"))

    first = cli.json("push", "files")
    again = cli.json("push", "files")
    cli.bring(person("Ann", "Li", "a@x.example", owner="Bo Park", title="CEO"), person("Ed", "Ng", "e@x.example"))
    third = cli.json("push", "files")

    assert (first["upserted"], first["waiting"]) == (2, 0)
    assert (again["upserted"], again["skipped"]) == (0, 0)
    assert third["upserted"] == 1
    rows = sheet(cli, "leads.csv")
    assert [(r["Last Name"], r["Owner"], r["Title"]) for r in rows] == [("Li", "bo@example.com", "CEO"), ("Ng", "", "")]


def test_a_deal_goes_out_with_names_beside_ids_and_its_amount_as_text(lines: Cli) -> None:
    """A destination needs no second query: stage, pipeline, contact, organization and owner by name."""
    row = {"Deal Name": "Pilot", "Value": "1250.50", "Currency": "EUR", "Primary Contact": "Ann Li", "Company": "Acme"}
    lines.ok("import", lines.sheet({**row, "Owner": "Bo Park"}), "--as", "deal")

    lines.ok("push", "lines")

    deals = [line for line in written(lines) if line[1] == "deal"]
    data = deals[0][4]
    assert deals[0][0].startswith("deal-1-v1")
    assert (data["value"], data["currency"], data["contact"], data["organization"]) == (
        "1250.50",
        "EUR",
        "Ann Li",
        "Acme",
    )
    assert (data["owner"], data["owner_email"], data["stage"]) == ("Bo Park", "bo@example.com", "Incoming")
    assert {"owner_id", "contact_id", "stage_id", "pipeline"} <= set(data)
    assert not {"value_minor", "version", "merged_into"} & set(data)


def test_several_changes_of_a_record_go_out_as_its_present_state(lines: Cli) -> None:
    """The outbox holds three lines, the destination gets one."""
    for title in ("", "CTO", "CEO"):
        lines.bring(person("Ann", "Li", "a@x.example", title=title))
    assert waiting(lines, "lines") == 3

    report = lines.json("push", "lines")

    assert (report["upserted"], report["waiting"]) == (1, 0)
    assert [line[4]["title"] for line in written(lines)] == ["CEO"]


def test_a_refused_record_stays_with_its_text_and_is_tried_again(lines: Cli) -> None:
    """The others go out; the exit code says that not all is well."""
    lines.settings(LINES + 'refuses = "Ng"\n')
    lines.bring(person("Ann", "Li", "a@x.example"), person("Ed", "Ng", "e@x.example"))

    said = lines("push", "lines")

    assert said.code == 1
    assert "no such person, please" in said.out
    assert "1 changes still wait" in said.out
    lines.settings(LINES)
    assert lines.json("push", "lines")["upserted"] == 1
    assert [line[4]["last_name"] for line in written(lines)] == ["Li", "Ng", "Ng"]


def test_a_destination_that_goes_down_loses_nothing(lines: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it took is settled, the rest waits, and the next push sends the rest alone."""
    monkeypatch.setattr("hub.pushing.BATCH", 2)
    lines.settings(LINES + "breaks_at = 2\n")
    lines.bring(*(person("N", f"L{n}", f"n{n}@x.example") for n in range(5)))

    said = lines("push", "lines", "--json")

    assert (said.code, said.data["error"], said.data["waiting"]) == (1, "the other side is down", 3)
    lines.settings(LINES)
    assert lines.json("push", "lines")["upserted"] == 3
    assert len({line[0] for line in written(lines)}) == len(written(lines)) == 5


def test_killed_between_push_and_receipt_the_same_keys_go_out_again(
    lines: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A destination that keeps each key once has each change once."""
    lines.bring(person("Ann", "Li", "a@x.example"), person("Ed", "Ng", "e@x.example"))

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "keep_deliveries", dies)
        assert lines("push", "lines").code == 130
    assert waiting(lines, "lines") == 2
    lines.ok("push", "lines")

    keys = [line[0] for line in written(lines)]
    assert len(keys) == 4
    assert keys[:2] == keys[2:]
    assert waiting(lines, "lines") == 0


def test_what_was_undone_is_deleted_at_the_destination(cli: Cli) -> None:
    """The import is taken back here, and there."""
    cli.bring(person("Ann", "Li", "a@x.example"), person("Ed", "Ng", "e@x.example"))
    cli.ok("push", "files")

    cli.ok("run", "undo", "1")
    report = cli.json("push", "files")

    assert (report["deleted"], report["waiting"]) == (2, 0)
    assert sheet(cli, "leads.csv") == []


def test_an_undone_change_goes_out_under_a_key_of_its_own(lines: Cli) -> None:
    """The version is what it was before; a destination that remembers keys must still take it."""
    lines.bring(person("Ann", "Li", "a@x.example", title="CTO"))
    lines.ok("push", "lines")
    lines.bring(person("Ann", "Li", "a@x.example", title="CEO"))
    lines.ok("push", "lines")
    lines.ok("run", "undo", "2")
    lines.ok("push", "lines")

    sent = written(lines)
    assert [line[4]["title"] for line in sent] == ["CTO", "CEO", "CTO"]
    assert len({line[0] for line in sent}) == 3


def test_a_new_destination_gets_what_was_there_before_by_all(lines: Cli) -> None:
    """Once: what it has in its present state is skipped the second time."""
    lines.settings(TOML)
    lines.bring(person("Ann", "Li", "a@x.example"), person("Ed", "Ng", "e@x.example"))
    lines.settings(LINES)
    assert "--all" in lines.ok("push", "lines").out

    first = lines.json("push", "lines", "--all")
    again = lines.json("push", "lines", "--all")

    assert (first["queued"], first["upserted"], first["waiting"]) == (2, 2, 0)
    assert (again["upserted"], again["skipped"], again["waiting"]) == (0, 2, 0)
    assert len(written(lines)) == 2


def test_a_dry_run_speaks_to_nobody_and_stores_nothing(lines: Cli) -> None:
    """It counts what would go out."""
    lines.bring(person("Ann", "Li", "a@x.example"))

    would = lines.json("push", "lines", "--dry-run")

    assert (would["upserted"], would["dry_run"]) == (1, True)
    assert written(lines) == []
    assert waiting(lines, "lines") == 1


def test_an_unknown_destination_or_setting_is_said(lines: Cli) -> None:
    """With what there is."""
    assert "destinations: files, lines" in lines("push", "nowhere").err
    lines.settings(LINES + "pahth = 1\n")
    assert "did you mean path" in lines("push", "lines").err


def test_a_converted_lead_leaves_the_list_of_leads_there_too(cli: Cli) -> None:
    """What `lead list` shows no more, the destination drops."""
    cli.bring(person("Ann", "Li", "a@x.example"))
    cli.ok("push", "files")
    with open_hub(cli.home) as hub, hub.store.write() as db:
        db.execute("UPDATE lead SET gone_at_source = 'converted', version = 2, updated_at = ?", (hub.now(),))
        row = ("files", "lead", 1, "upsert", hub.now())
        db.insert("outbox", ("destination", "record_type", "record_id", "action", "created_at"), [row])

    assert cli.json("push", "files")["deleted"] == 1
    assert sheet(cli, "leads.csv") == []


def test_pushed_files_are_where_hub_toml_says(cli: Cli, tmp_path: Path) -> None:
    """A relative folder lies in the hub's home."""
    cli.bring(person("Ann", "Li", "a@x.example"))
    cli.ok("push", "files")

    assert sorted(path.name for path in (tmp_path / "out").glob("*.csv")) == ["leads.csv"]


def test_a_lead_merged_away_at_its_source_is_deleted_at_the_destination(lines: Cli) -> None:
    """The loser is no record of its own any more, here and there; `why` and `show` say where it went."""
    with HubSpotSandbox() as vendor:
        values = {"connector": "hubspot", **vendor.settings(), "lag": 0, "search_per_second": 1000}
        lines.settings(LINES + "[sources.crm]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in values.items()))
        lines.ok("sync", "crm")
        lines.ok("push", "lines")
        winner, loser = leads_of_contacts(lines)[:2]
        vendor.merge("contacts", winner[0], loser[0])
        lines.ok("sync", "crm")

    report = lines.json("push", "lines")

    assert report["deleted"] == 1
    gone = [line for line in written(lines) if line[3] == "delete"]
    assert [(line[1], line[2], line[4]) for line in gone] == [("lead", loser[1], {"merged_into": winner[1]})]
    assert f"merged into L-{winner[1]}" in lines.ok("lead", "show", str(loser[1])).out
    assert lines.json("lead", "why", str(winner[1]))["merged_from"] == [loser[1]]


def leads_of_contacts(cli: Cli) -> list[tuple[str, int]]:
    """HubSpot's contacts that feed a lead: their id there, the lead's id here."""
    with open_hub(cli.home) as hub, hub.store.read() as db:
        rows = db.select(
            "SELECT source_id, record_id FROM v_source_links WHERE stream = 'contacts' AND record_type = 'lead' "
            "ORDER BY record_id LIMIT 10"
        )
    return [(row[0], row[1]) for row in rows]
