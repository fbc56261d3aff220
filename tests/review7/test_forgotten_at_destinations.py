"""Where the records of somebody who is forgotten were sent to: what is left in the files there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hub.forgetting import forget
from hub.opening import Hub
from hub.pushing import push_out
from tests.conversion.world import ANN, TOML, breaches
from tests.forgetting.test_forgetting import TRACES
from tests.hub.test_review_helpers import customer, deal, rows, run

CSV = '[destinations.files]\nconnector = "csv"\nfolder = "out"\n'


@pytest.fixture
def hub(opened: Callable[..., Hub]) -> Hub:
    """A hub that sends its records to files."""
    return opened(TOML + CSV)


def left(folder: Path) -> list[str]:
    """What is left of Wilma in any byte of the folder."""
    files = [path for path in folder.iterdir() if path.is_file()]
    return [
        f"{path.name}: {trace}" for path in files for trace in TRACES if trace.encode() in path.read_bytes().lower()
    ]


@pytest.mark.parametrize("primary", [True, False])
def test_of_a_deals_contact_nothing_is_left_in_the_files(hub: Hub, tmp_path: Path, primary: bool) -> None:
    """The one whom the deal is with, or one beside it: neither in the lines nor in what the files are made of."""
    wilma = customer("1", "Wilma", "Quist", "wilma.quist@quist.example", phone="+14155550188")
    bo = customer("2", "Bo", "Sun", "bo@sun.example")
    whom = ["1", "2"] if primary else ["2", "1"]
    others = [customer(str(n), f"Given{n}", f"Sur{n}", f"p{n}@x{n}.example") for n in range(10, 60)]
    run(hub, {"contacts": [wilma, bo, *others], "deals": [deal("7", "For Wilma Quist", whom, amount="5")]}, pool=None)
    push_out(hub, "files")
    assert left(tmp_path / "out")
    ((contact_id,),) = rows(hub, "SELECT id FROM contact WHERE last_name = 'Quist'")

    forget(hub, ("contact", contact_id), by=ANN)
    report = push_out(hub, "files")

    assert (report.error, report.waiting) == (None, 0)
    assert left(tmp_path / "out") == []
    assert breaches(hub) == []
