"""The demo's spreadsheet: the real connector reads it, and it has what the demo is to show."""

from __future__ import annotations

from pathlib import Path

from connectors.csv.connector import CsvConfig, CsvFile
from sandbox.people import SALES_TEAM, sightings
from sandbox.spreadsheet import write_leads_csv


def test_it_is_the_same_file_each_time(tmp_path: Path) -> None:
    """The second demo on one home must find nothing new."""
    write_leads_csv(tmp_path / "a.csv")
    write_leads_csv(tmp_path / "b.csv")

    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_it_has_owners_pools_tags_a_tier_and_rows_to_be_held(tmp_path: Path) -> None:
    """Each is a thing that the demo's summary tells of."""
    count = write_leads_csv(tmp_path / "leads.csv")

    (page,) = CsvFile(CsvConfig(path=str(tmp_path / "leads.csv"))).pull("rows", None)

    data = [record.data for record in page.records]
    assert len(data) == count == len(sightings("csv")) + 3 + 2
    assert {row["Owner"] for row in data} == {email for _, email in SALES_TEAM} | {"Inbound", "", "Zed Nobody"}
    assert any("," in row["Tags"] for row in data)
    assert {row["Lead tier"] for row in data} >= {"gold", "silver", "bronze"}
    assert [row["Email"] for row in data if "@" not in row["Email"]] == ["wanda.broken(at)example.com", ""]
    assert [row["First Name"] for row in data if not row["Last Name"] + row["Company Name"]] == ["Nameless"]
    assert not any("_problem" in row for row in data)
