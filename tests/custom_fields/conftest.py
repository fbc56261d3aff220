"""A hub on each database, with a mapping of its own that feeds custom fields."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.by_hand.conftest import PEOPLE
from tests.records.conftest import Cli

MAPPING = """
from: csv.rows
to: lead
id: id
fields:
  last_name: Name
custom_fields:
  Budget: {from: Budget, type: number}
  Colours: {from: Colours, steps: [{split: ";"}], type: multi_select_list, choices: [Red, Blue, Green]}
  Tier: {from: Tier, type: list, choices: [A, B]}
  Remark: Remark
"""
FILE = "mappings/csv/rows.lead.yaml"


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, database_url: str) -> Cli:
    """Two salespeople, and leads that come from a spreadsheet with custom fields."""
    monkeypatch.setenv("SELLHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SELLHUB_USER", "the desk")
    monkeypatch.setenv("COLUMNS", "200")
    made = Cli(tmp_path, capsys)
    made.settings(f'{PEOPLE}[storage]\nurl = "{database_url}"\n')
    mapped(made, MAPPING)
    return made


def mapped(cli: Cli, text: str) -> None:
    """Write the mapping."""
    path = cli.home / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def bring(cli: Cli, *rows: Mapping[str, str]) -> dict[str, int]:
    """Import rows by the mapping; gives the counts."""
    path = cli.sheet(*rows, name="crm.csv")
    counts: dict[str, int] = cli.json("import", path, "--source", "crm")[0]["counts"]
    return counts


def row(key: str, **more: str) -> dict[str, str]:
    """A row of the spreadsheet."""
    return {"id": key, "Name": f"Last{key}", "Budget": "", "Colours": "", "Tier": "", "Remark": "", **more}


def the_lead(cli: Cli, key: int) -> str:
    """The id of a row's lead; ids have gaps."""
    found: int = next(each["id"] for each in cli.json("lead", "list") if each["last_name"] == f"Last{key}")
    return str(found)


def custom(cli: Cli, key: int = 1) -> dict[str, Any]:
    """The custom values of a row's lead."""
    return cli.json("lead", "show", the_lead(cli, key))["custom_fields"] or {}
