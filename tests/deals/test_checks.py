"""`db check` finds what does not hold together about deals and their stages, and says what to do."""

from __future__ import annotations

import pytest

from hub import stage_removing
from hub.database import examine
from hub.deal_moving import To, move
from hub.opening import Hub

DAMAGE = {
    "DELETE FROM stage_change WHERE from_stage_id = 1": "deals have a history with a gap",
    "DELETE FROM stage_change WHERE to_stage_id = 7": "deals stand elsewhere than their history ends",
    "UPDATE deal SET stage_id = 2": "deals stand in a removed stage",
    "UPDATE deal SET unqualified_reason_id = 1": "deals have a reason that is not of their outcome",
    "DELETE FROM stage_change": "deals stand elsewhere than their history ends",
}


@pytest.mark.parametrize(("sql", "said"), DAMAGE.items())
def test_damage_to_deals_is_found_with_its_ids(hub: Hub, deal: int, sql: str, said: str) -> None:
    """Whole before, and not after."""
    stage_removing.remove(hub, "Sales Pipeline", "Qualified")
    for to in (To("Quote"), To(outcome="lost", reason="Price")):
        move(hub, deal, to)
    assert all(finding.level == "ok" for finding in examine(hub))

    with hub.store.write() as db:
        db.execute(sql)
    found = [finding for finding in examine(hub) if said in finding.text]
    assert [(f.level == "ok", f.ids, bool(f.fix)) for f in found] == [(False, (str(deal),), True)]
