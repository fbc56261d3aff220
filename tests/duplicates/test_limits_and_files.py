"""What a merge and an unmerge do to a plan's limits, and to the files that a destination wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hub.conversion_wishes import Wishes
from hub.forgetting import forget
from hub.importing import Import, import_file
from hub.merging import merge
from hub.opening import Hub
from hub.plan_room import used
from hub.pushing import push_out
from hub.unmerging import unmerge
from sell_model import plans
from sell_model.plans import Limit
from tests.conversion.world import ANN, TOML, breaches, convert
from tests.hub.test_review_helpers import rows

COLUMNS = "id,First Name,Last Name,Email,Phone,Company Name"
WILMA = "1,Wilma,Quist,wilma@quist.example,+14155550188,"
WILHELMINA = "2,Wilhelmina,Olsen,w@olsen.example,+14155550199,"
BO = "3,Bo,Sun,bo@sun.example,,Sun"
TRACES = ("wilma", "quist", "wilhelmina", "olsen", "5550188", "5550199")


def leads(hub: Hub, folder: Path, *lines: str) -> str:
    """Import leads; gives how the run ended."""
    path = folder / "leads.csv"
    path.write_text("\n".join((COLUMNS, *lines)) + "\n", encoding="utf-8")
    report = import_file(hub, Import(path))[0]
    path.unlink()
    return report.state


def leads_used(hub: Hub) -> int:
    """How many leads count against the plan."""
    return next(line.used for line in used(hub) if line.name == "leads")


def test_an_unmerge_is_never_refused_by_the_plan(
    opened: Callable[..., Hub], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a merge made room for was filled: the two are two again all the same, and new leads find no room."""
    monkeypatch.setitem(plans.LIMITS, "leads", Limit("leads", "leads", 3))
    hub = opened('[hub]\nplan = "team"\n')
    assert leads(hub, tmp_path, WILMA, WILHELMINA, BO) == "done"
    made = merge(hub, ("lead", 1), ("lead", 2), by=ANN)
    assert leads_used(hub) == 2
    assert leads(hub, tmp_path, "4,Zoe,Day,zoe@day.example,,") == "done"
    assert unmerge(hub, made.id, by=ANN).restored == ["L-2"]
    assert leads_used(hub) == 4
    assert leads(hub, tmp_path, "5,Cy,Fox,cy@fox.example,,") == "failed"
    assert leads(hub, tmp_path, WILMA.replace("+14155550188", "+14155550177")) == "done", "who is there is kept up"
    assert breaches(hub) == []


def test_files_of_a_destination_hold_nobody_who_was_forgotten(opened: Callable[..., Hub], tmp_path: Path) -> None:
    """Merged or not, lead or contact: at the next push every file is free of them, its working files too."""
    hub = opened(TOML + '[destinations.out]\nconnector = "csv"\nfolder = "out"\n')
    leads(hub, tmp_path, WILMA, WILHELMINA, BO)
    push_out(hub, "out")
    assert traces(tmp_path)
    merge(hub, ("lead", 1), ("lead", 2), by=ANN)
    push_out(hub, "out")
    made = convert(hub, 1)
    push_out(hub, "out")
    assert forget(hub, ("contact", made.person or 0), by=ANN).destinations == ["out"]
    push_out(hub, "out")
    assert traces(tmp_path) == []
    assert b"bo@sun.example" in (tmp_path / "out" / "leads.csv").read_bytes()
    assert rows(hub, "SELECT COUNT(*) FROM outbox") == [(0,)]
    push_out(hub, "out", everything=True)
    assert traces(tmp_path) == []


def test_a_deal_that_stays_is_sent_without_their_name(opened: Callable[..., Hub], tmp_path: Path) -> None:
    """The deal is the company's business; its name and its contact were the person's."""
    hub = opened(TOML + '[destinations.out]\nconnector = "csv"\nfolder = "out"\n')
    leads(hub, tmp_path, WILMA, BO)
    made = convert(hub, 1, Wishes(deal=""))
    push_out(hub, "out")
    assert "deals.csv: wilma" in traces(tmp_path)
    assert forget(hub, ("contact", made.person or 0), by=ANN).destinations == ["out"]
    push_out(hub, "out")
    assert traces(tmp_path) == []
    assert len((tmp_path / "out" / "deals.csv").read_text(encoding="utf-8").splitlines()) == 2
    assert rows(hub, "SELECT COUNT(*) FROM outbox") == [(0,)]


def traces(folder: Path) -> list[str]:
    """What is left of those two in the bytes of everything under the destination's folder."""
    files = [file for file in (folder / "out").rglob("*") if file.is_file()]
    assert files
    return [
        f"{file.name}: {trace}" for file in files for trace in TRACES if trace.encode() in file.read_bytes().lower()
    ]
