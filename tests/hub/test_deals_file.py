"""A file of deals with their contacts: the companies and people it names are made once and joined up."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.importing import Import, import_file
from hub.opening import Hub
from hub.undo import undo_run
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML

DEALS = """Deal Name,Value,Currency,Stage,Contact,Company,Owner
Big order,1000.50,USD,Incoming,Ann Li,Acme Inc.,ann@example.com
Small order,20,USD,Won,Ann Li,"ACME, Inc",bo@example.com
Other,5000,JPY,Quote,,Globex,ann@example.com
Odd,10.5,JPY,Quote,Bo Sun,Globex,ann@example.com
Lost one,1,USD,No such stage,Bo Sun,Globex,ann@example.com
"""


@pytest.fixture
def hub(opened: OpenHub) -> Hub:
    """A hub with Sell's own pipeline."""
    return opened(TOML)


def bring(hub: Hub, folder: Path) -> dict[str, int]:
    """Import the deals."""
    path = folder / "deals.csv"
    path.write_text(DEALS, encoding="utf-8")
    return import_file(hub, Import(path, "deal"))[0].counts.to_json()


def test_deals_bring_their_contacts_and_companies(hub: Hub, tmp_path: Path) -> None:
    """Two spellings of one company are one, the later stands; people work for their deal's company."""
    counts = bring(hub, tmp_path)
    assert (counts["created"], counts["held"]) == (3, 2)
    with hub.store.read() as db:
        deals = db.select("SELECT name, value_minor, currency, stage, contact, organization FROM v_deals ORDER BY id")
        contacts = db.select("SELECT name, company FROM v_contacts ORDER BY name")
    assert [tuple(d) for d in deals] == [
        ("Big order", 100050, "USD", "Incoming", "Ann Li", "ACME, Inc"),
        ("Small order", 2000, "USD", "Won", "Ann Li", "ACME, Inc"),
        ("Other", 5000, "JPY", "Quote", "Globex", "Globex"),
    ]
    assert [tuple(c) for c in contacts] == [
        ("ACME, Inc", None),
        ("Ann Li", "ACME, Inc"),
        ("Globex", None),
    ]


def test_what_cannot_be_is_held_with_the_field_and_the_way_out(hub: Hub, tmp_path: Path) -> None:
    """Half a yen does not exist, and stages are named by exact name."""
    bring(hub, tmp_path)
    with hub.store.read() as db:
        assert sorted(tuple(r) for r in db.select("SELECT field, code FROM v_held")) == [
            ("stage", "unknown_stage"),
            ("value", "invalid"),
        ]


def test_the_same_deals_again_change_nothing(hub: Hub, tmp_path: Path) -> None:
    """Twice is once, for what the deals imply too."""
    bring(hub, tmp_path)
    assert bring(hub, tmp_path)["unchanged"] == 5
    with hub.store.read() as db:
        assert db.select("SELECT COUNT(*) FROM contact") == [(len({"Acme", "Ann", "Globex"}),)]


def test_undone_deals_take_their_contacts_along(hub: Hub, tmp_path: Path) -> None:
    """Nothing else was built on them."""
    bring(hub, tmp_path)
    report = undo_run(hub, 1)
    assert report.left == []
    with hub.store.read() as db:
        for table in ("deal", "contact", "person", "company", "link", "match_key", "source_record", "association"):
            assert db.select(f"SELECT COUNT(*) FROM {table}") == [(0,)], table
