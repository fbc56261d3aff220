"""An edited process file is what syncs do, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from hub.opening import Hub
from hub.process import propose_process
from hub.process_at_work import file_of
from hub.reports import StreamReport
from hub.runs import Options
from hub.sync import sync_source
from mappings.errors import MappingError
from sandbox.hubspot.portal import CrmRecord
from sandbox.hubspot.standin import HubSpotSandbox
from sell_model.errors import SetupError
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML
from tests.hub.test_sources import by_stream, one, section
from tests.process.conftest import QUICK, edit

CHIDI = ('ours: "?"}  # no user here has this address', "ours: {pool: Inbound}}")

FROM_HUBSPOT = (
    "JOIN v_source_links k ON k.record_id = d.id AND k.record_type = 'deal' WHERE k.source = 'crm' AND k.source_id"
)


def many(hub: Hub, sql: str, *values: Any) -> list[Any]:
    """The rows of a query; single columns bare."""
    with hub.store.read() as db:
        return [row[0] if len(row) == 1 else tuple(row) for row in db.select(sql, values)]


def mapped(hub: Hub, *changes: tuple[str, str]) -> list[StreamReport]:
    """Propose, edit and sync HubSpot."""
    propose_process(hub, "crm")
    edit(hub, "crm", CHIDI, *changes)
    return sync_source(hub, "crm")


def deal(hub: Hub, source_id: str) -> Any:
    """Pipeline and stage of a deal, by its id at HubSpot."""
    return one(hub, f"SELECT d.pipeline, d.stage FROM v_deals d {FROM_HUBSPOT} = ?", source_id)


def _owner(record: CrmRecord) -> str | None:
    return record.properties.get("hubspot_owner_id")


def test_deals_stand_in_our_stages_and_no_pipeline_of_theirs_is_made(hub: Hub, hubspot: HubSpotSandbox) -> None:
    """Mapped onto ours where ours was named, made where new was said, with the outcomes that Sell requires."""
    reports = by_stream(mapped(hub, ("likelihood: 90, ours: Closure}", "likelihood: 90, ours: Quote}")))

    first, *others = sorted(hubspot.portal.records["deals"])
    theirs = {str(id_): hubspot.portal.records["deals"][id_].properties["dealstage"] for id_ in others}
    becomes = {
        "appointmentscheduled": "Qualified",
        "qualifiedtobuy": "Quote",
        "presentationscheduled": "Quote",
        "decisionmakerboughtin": "Closure",
        "contractsent": "Quote",
        "closedwon": "Won",
        "closedlost": "Lost",
    }
    assert {id_: deal(hub, id_) for id_ in theirs} == {
        id_: ("Sales Pipeline", becomes[stage]) for id_, stage in theirs.items()
    }
    assert deal(hub, str(first)) == ("Partner channel", "Kaffee")
    assert many(hub, "SELECT name FROM pipeline ORDER BY id") == ["Sales Pipeline", "Partner channel"]
    assert many(hub, "SELECT name, category, likelihood FROM stage WHERE pipeline_id = 2 ORDER BY position") == [
        ("Kaffee", "custom", 25),
        ("Deal!", "won", 100),
        ("Unqualified", "unqualified", 0),
        ("Lost", "lost", 0),
    ]
    assert (reports["pipelines"].counts.skipped, reports["deals"].counts.created) == (2, 25)


def test_owners_become_users_of_ours_pools_or_nobody(hub: Hub, hubspot: HubSpotSandbox) -> None:
    """Another address is the same person, a pool deals its records out by turns, who is left has no owner of theirs."""
    mapped(
        hub,
        ("email: ann@example.com, ours: ann@example.com}", "email: ann@example.com, ours: bo@example.com}"),
    )

    users = many(hub, 'SELECT email FROM "user" ORDER BY email')
    assert "chidi@example.com" not in users
    assert "dora@example.com" not in users
    assert "ann@example.com" in users  # hub.toml's own
    theirs = [str(id_) for id_, each in hubspot.portal.records["deals"].items() if _owner(each) == "501"]
    with hub.store.read() as db:
        rows = db.select_in(f"SELECT DISTINCT d.owner_email FROM v_deals d {FROM_HUBSPOT} IN {{in}}", theirs)
    assert [row[0] for row in rows] == ["bo@example.com"]
    assert one(hub, "SELECT COUNT(*) FROM v_deals WHERE owner_email = 'ann@example.com'") == 0
    turns = many(hub, "SELECT turns FROM pool_member ORDER BY place")
    assert max(turns) - min(turns) <= 1
    assert sum(turns) == one(hub, "SELECT COUNT(*) FROM v_assignments WHERE given_back_at IS NULL")


def test_statuses_reasons_and_sources_are_the_file_s(hub: Hub) -> None:
    """Over the mapping's own table; what is to be held is held, with the file named as the way out."""
    sync_source(hub, "crm")
    mapped_status(hub)

    assert one(hub, "SELECT COUNT(*) FROM v_leads WHERE status = 'Nurturing'") == 1
    held = many(hub, "SELECT reasons FROM v_held WHERE code = 'unknown_value'")
    assert len(held) > 10
    assert "the process file holds leads of this status" in str(held[0])
    assert "sellhub map process crm" in str(held[0])
    assert many(hub, "SELECT DISTINCT loss_reason FROM v_deals WHERE loss_reason IS NOT NULL") == ["No budget"]


def mapped_status(hub: Hub) -> None:
    """Edit statuses and a reason, and sync."""
    propose_process(hub, "crm")
    edit(
        hub,
        "crm",
        ('{theirs: Nurture_X, ours: "?"}', "{theirs: Nurture_X, ours: {new: Nurturing}}"),
        ("{theirs: IN_PROGRESS, label: In Progress, ours: Working}", "{theirs: IN_PROGRESS, ours: hold}"),
        ("{theirs: Price, ours: Price}", "{theirs: Price, ours: No budget}"),
    )
    sync_source(hub, "crm")


def test_a_changed_file_maps_again_what_is_landed_and_asks_no_vendor_for_it(hub: Hub, hubspot: HubSpotSandbox) -> None:
    """Synced before there was a file, then by it, then by another answer: deals and owners follow each time."""
    sync_source(hub, "crm")
    second = str(sorted(hubspot.portal.records["deals"])[1])
    assert deal(hub, second) == ("Sales Pipeline (crm)", "Qualified to buy")

    propose_process(hub, "crm")
    edit(hub, "crm", ('{theirs: Nurture_X, ours: "?"}', "{theirs: Nurture_X, ours: Working}"))
    with hubspot.counting() as calls:
        reports = by_stream(sync_source(hub, "crm"))
    assert deal(hub, second) == ("Sales Pipeline", "Quote")
    assert (reports["deals"].remapped, reports["contacts"].remapped) == (25, 58)
    assert not [call for call in calls if "/objects/deals/" in call.path and "batch/read" in call.path]

    edit(
        hub,
        "crm",
        ("id: qualifiedtobuy, likelihood: 40, ours: Quote}", "id: qualifiedtobuy, likelihood: 40, ours: Closure}"),
    )
    assert by_stream(sync_source(hub, "crm"))["contacts"].remapped == 0
    assert deal(hub, second) == ("Sales Pipeline", "Closure")
    moves = many(
        hub,
        "SELECT s.name FROM stage_change c JOIN stage s ON s.id = c.to_stage_id JOIN v_source_links k "
        "ON k.record_id = c.deal_id AND k.record_type = 'deal' WHERE k.source_id = ? ORDER BY c.id",
        second,
    )
    assert moves == ["Qualified to buy", "Quote", "Closure"]


def test_a_second_sync_by_the_same_file_changes_nothing(hub: Hub) -> None:
    """Twice is once; nor does a second proposal change what was answered."""
    mapped(hub)
    proposal = propose_process(hub, "crm")
    edit(hub, "crm", ('{theirs: Nurture_X, ours: "?"}', "{theirs: Nurture_X, ours: hold}"))
    assert "ours: {pool: Inbound}" in proposal.path.read_text("utf-8")
    sync_source(hub, "crm")
    for report in sync_source(hub, "crm"):
        counts = report.counts
        assert (counts.created, counts.updated, counts.merged, report.remapped) == (0, 0, 0, 0), report.stream


def test_a_file_that_leaves_something_open_keeps_the_source_from_being_synced(hub: Hub) -> None:
    """Before anything is stored, with every open line."""
    path = propose_process(hub, "crm").path

    with pytest.raises(MappingError, match=rf"{path}:\d+:\d+  not mapped: owner Chidi Eze \(503\)"):
        sync_source(hub, "crm")

    assert one(hub, "SELECT COUNT(*) FROM run") == 0
    assert one(hub, "SELECT COUNT(*) FROM source_record") == 0


def test_a_stage_that_is_not_ours_is_refused_with_the_nearest(hub: Hub) -> None:
    """A slip of the pen moves no deal."""
    propose_process(hub, "crm")
    edit(hub, "crm", CHIDI, ("likelihood: 90, ours: Closure}", "likelihood: 90, ours: Clousure}"))

    with pytest.raises(MappingError, match="the pipeline Sales Pipeline has no stage 'Clousure'") as refused:
        sync_source(hub, "crm")

    assert refused.value.suggestion == "Closure"


def test_a_stage_that_is_new_at_the_source_is_held_until_the_file_knows_it(hub: Hub, hubspot: HubSpotSandbox) -> None:
    """Its pipeline and its deals say what to do; a further proposal adds it, and they come in."""
    mapped(hub)
    stage = {"id": "x9", "label": "Trial", "displayOrder": 9, "metadata": {"isClosed": "false", "probability": "0.5"}}
    hubspot.portal.pipelines[0] = {**hubspot.portal.pipelines[0], "updatedAt": "2026-11-01T00:00:00Z"}
    hubspot.portal.pipelines[0]["stages"] = [*hubspot.portal.pipelines[0]["stages"], stage]
    moved = str(sorted(hubspot.portal.records["deals"])[2])
    hubspot.update("deals", moved, dealstage="x9")

    reports = by_stream(sync_source(hub, "crm"))
    assert (reports["pipelines"].counts.held, reports["deals"].counts.held) == (1, 1)
    held = many(hub, "SELECT reasons FROM v_held WHERE stream IN ('pipelines', 'deals') ORDER BY id")
    assert "the stage Trial of Sales Pipeline is not in the process file of crm" in str(held[0])
    assert all("sellhub map process crm" in str(each) for each in held)

    proposal = propose_process(hub, "crm")
    assert "theirs: Trial, id: x9, likelihood: 50, ours: Quote" in "\n".join(proposal.diff)
    edit(hub, "crm", ('{theirs: Nurture_X, ours: "?"}', "{theirs: Nurture_X, ours: hold}"))
    sync_source(hub, "crm")
    assert deal(hub, moved) == ("Sales Pipeline", "Quote")
    assert many(hub, "SELECT 1 FROM v_held WHERE stream IN ('pipelines', 'deals')") == []


def test_without_the_file_the_source_has_its_own_pipelines_again(hub: Hub, hubspot: HubSpotSandbox) -> None:
    """Taking the file away is an answer, too; our own stages and users are left as they are."""
    mapped(hub, ("email: ann@example.com, ours: ann@example.com}", "email: ann@example.com, ours: bo@example.com}"))
    before = many(hub, "SELECT id, name FROM stage WHERE pipeline_id = 1 ORDER BY id")
    file_of(hub, "crm").path.unlink()

    sync_source(hub, "crm")

    second = str(sorted(hubspot.portal.records["deals"])[1])
    assert deal(hub, second) == ("Sales Pipeline (crm)", "Qualified to buy")
    assert many(hub, "SELECT id, name FROM stage WHERE pipeline_id = 1 ORDER BY id") == before
    assert sorted(many(hub, "SELECT email FROM \"user\" WHERE email IN ('ann@example.com', 'bo@example.com')")) == [
        "ann@example.com",
        "bo@example.com",
    ]


def test_a_stage_that_is_renamed_here_later_need_not_be_renamed_in_the_file(hub: Hub, hubspot: HubSpotSandbox) -> None:
    """The source's ids lead to the stage, not to its name; only a changed file is looked up again."""
    mapped(hub)
    with hub.store.write() as db:
        db.execute("UPDATE stage SET name = 'Offer' WHERE name = 'Quote'")
    second = sorted(hubspot.portal.records["deals"])[1]
    hubspot.update("deals", str(second), dealname="Renamed")

    sync_source(hub, "crm")

    assert deal(hub, str(second)) == ("Sales Pipeline", "Offer")


def test_a_rehearsal_by_a_new_file_stores_nothing(hub: Hub) -> None:
    """No pipeline is made, no id is learnt."""
    propose_process(hub, "crm")
    edit(hub, "crm", CHIDI)

    with hub.store.rehearsal():
        sync_source(hub, "crm", Options(limit=5))

    assert many(hub, "SELECT name FROM pipeline") == ["Sales Pipeline"]
    assert many(hub, "SELECT 1 FROM outside_id") == []


def test_more_pipelines_than_the_plan_has_are_refused(opened: OpenHub, hubspot: HubSpotSandbox) -> None:
    """Team has two: the limit is said before anything is stored."""
    third = {**hubspot.portal.pipelines[1], "id": "78", "label": "Upsell", "stages": []}
    hubspot.portal.pipelines.append(third)
    hub = opened("[hub]\nplan = 'team'\n" + _without_pool(TOML) + section("crm", hubspot, **QUICK, pool=""))
    propose_process(hub, "crm")
    edit(hub, "crm", ('ours: "?"}  # no user here has this address', "ours: leave}"))

    reports = sync_source(hub, "crm")

    assert "the Team plan has at most 2 pipelines" in (reports[0].error or "")
    assert many(hub, "SELECT name FROM pipeline") == ["Sales Pipeline"]


def _without_pool(toml: str) -> str:
    return toml.partition("[[pools]]")[0]


def test_salesforce_s_deals_stand_in_our_default_pipeline(hub: Hub) -> None:
    """Its stages bear names, not numbers, and one pipeline of ours takes them all."""
    propose_process(hub, "sf")
    edit(hub, "sf", ('ours: "?"}', "ours: new}"))

    sync_source(hub, "sf")

    assert many(hub, "SELECT DISTINCT pipeline FROM v_deals") == ["Sales Pipeline"]
    assert set(many(hub, "SELECT DISTINCT stage FROM v_deals")) == {"Incoming", "Qualified", "Closure", "Won", "Lost"}
    assert one(hub, "SELECT COUNT(*) FROM \"user\" WHERE email = 'chidi@example.com'") == 1


def test_an_import_is_refused_and_mapped_by_its_file_too(opened: OpenHub) -> None:
    """Imports are kept under a source's name as syncs are."""
    from hub.importing import Import, import_file

    hub = opened(TOML)
    (hub.home / "people.csv").write_text("Last Name,Email,Status,Owner\nLi,li@x.example,Cold,Zed\n", encoding="utf-8")
    (hub.home / "mappings").mkdir()
    path = hub.home / "mappings" / "csv.process.yaml"
    text = 'source: csv\nstatuses:\n  - {theirs: Cold, ours: "?"}\nowners:\n  - {theirs: Zed, ours: bo@example.com}\n'
    path.write_text(text, encoding="utf-8")
    wanted = Import(hub.home / "people.csv")
    with pytest.raises(SetupError, match="not mapped: status Cold"):
        import_file(hub, wanted)

    path.write_text(text.replace('"?"', "Working"), encoding="utf-8")
    import_file(hub, wanted)

    assert one(hub, "SELECT status, owner_email FROM v_leads") == ("Working", "bo@example.com")
