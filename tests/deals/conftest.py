"""A hub with Sell's own pipeline and one deal in it."""

from __future__ import annotations

from typing import Any

import pytest

from hub.by_hand import by_hand
from hub.opening import Hub
from sell_model.draft import Draft, Ref
from storage import canonical
from tests.conftest import OpenHub

MEI = "mei@example.com"


@pytest.fixture
def hub(opened: OpenHub) -> Hub:
    """A hub without any record."""
    return opened()


def add_contact(hub: Hub, name: str = "Li", **fields: Any) -> int:
    """Add a person by hand."""
    with by_hand(hub, "contact add", by=MEI) as hand:
        return hand.add(Draft("contact", {"last_name": name, **fields}))


def add_deal(hub: Hub, contact: int, name: str = "Rollout", value: str = "2400", **refs: str) -> int:
    """Add a deal by hand; it stands in the first active stage unless `stage` or `pipeline` say otherwise."""
    known = {"stage": Ref("stage", refs["stage"])} if "stage" in refs else {}
    known |= {"pipeline": Ref("pipeline", refs["pipeline"])} if "pipeline" in refs else {}
    with by_hand(hub, "deal add", by=MEI) as hand:
        return hand.add(
            Draft("deal", {"name": name, "value": value}, {"contact": Ref("contact", str(contact)), **known})
        )


def row_of(hub: Hub, kind: str, id_: int) -> canonical.CanonicalRow:
    """Fetch a record's columns."""
    with hub.store.read() as db:
        return canonical.load(db, kind, [id_])[id_]


def stage_of(hub: Hub, id_: int) -> str:
    """Tell in which stage a deal stands."""
    with hub.store.read() as db:
        name: str = db.select("SELECT s.name FROM deal d JOIN stage s ON s.id = d.stage_id WHERE d.id = ?", (id_,))[0][
            0
        ]
        return name


def way_of(hub: Hub, id_: int) -> list[str]:
    """List the stages that a deal's history goes through, checked to add up on the way."""
    sql = (
        "SELECT f.name, t.name FROM stage_change h LEFT JOIN stage f ON f.id = h.from_stage_id "
        "JOIN stage t ON t.id = h.to_stage_id WHERE h.deal_id = ? ORDER BY h.id"
    )
    with hub.store.read() as db:
        steps = [tuple(row) for row in db.select(sql, (id_,))]
    assert [step[0] for step in steps] == [None, *(step[1] for step in steps[:-1])]
    return [step[1] for step in steps]


@pytest.fixture
def deal(hub: Hub) -> int:
    """A deal of Li's worth 2400."""
    return add_deal(hub, add_contact(hub))
