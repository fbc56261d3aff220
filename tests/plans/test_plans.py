"""What Sell's plans allow holds by hand and in syncs; without a plan nothing is limited."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import pipeline_desk
from hub.by_hand import by_hand
from hub.deal_moving import To, move
from hub.importing import Import, import_file
from hub.opening import Hub
from hub.plan_room import used
from sell_model import plans
from sell_model.draft import Draft, Ref
from sell_model.errors import SetupError
from sell_model.plans import LIMITS, PLANS, Limit, check
from storage import canonical
from tests.conftest import OpenHub
from tests.deals.conftest import add_contact, add_deal
from tests.hub.test_importing import TOML
from tests.hub.test_review_helpers import company, customer, owner, rows, run
from tests.hub.test_review_helpers import deal as hubspot_deal
from tests.hub.test_rosters import pipeline
from tests.records.conftest import Cli


def figures(limit: str) -> list[int | None]:
    """What each plan allows, from the smallest plan to the largest."""
    return [LIMITS[limit].figure(plan) for plan in PLANS]


def test_the_figures_are_those_of_sells_own_page() -> None:
    """What differs by plan, and the hard limits of every plan; nothing is invented."""
    assert figures("pipelines") == [2, 10, 20, None]
    assert figures("pools") == [0, None, None, None]
    hard = {name: limit.every_plan for name, limit in LIMITS.items() if limit.by_plan is None}
    assert hard == {
        "leads": 5_000_000,
        "contacts": 2_000_000,
        "deals": 2_000_000,
        "deals of a contact": 5_000,
        "companies in a hierarchy": 1_000,
        "stages": 50,
        "custom fields": 500,
        "choices": 1_000,
        "smart lists": 1_000,
        "tags": 1_000,
        "users": 5_000,
    }


@given(st.sampled_from(sorted(LIMITS)), st.sampled_from([None, *PLANS]), st.integers(0, 10**7))
def test_a_plan_refuses_just_what_is_more_than_its_figure(limit: str, plan: str | None, count: int) -> None:
    """With the limit's name, the plan's figure, and a way out."""
    figure = LIMITS[limit].figure(plans.known_plan(plan)) if plan else None
    if figure is None or count <= figure:
        check(plan, limit, count)
        return
    with pytest.raises(SetupError) as caught:
        check(plan, limit, count)
    assert repr(limit) in str(caught.value)
    assert (f"{figure:,}" if figure else "no ") in str(caught.value)
    assert "no limits" in caught.value.fix


def test_a_refusal_names_the_smallest_plan_that_has_room() -> None:
    """Where no plan has, it names none."""
    with pytest.raises(SetupError, match="at most 2 pipelines, this would make 15") as caught:
        check("team", "pipelines", 15)
    assert 'plan = "professional"' in caught.value.fix
    with pytest.raises(SetupError) as caught:
        check("team", "stages", 51)
    assert "larger plan" not in caught.value.fix
    with pytest.raises(SetupError, match="there is no plan 'elite'"):
        check("elite", "stages", 1)


def team(opened: OpenHub, more: str = "") -> Hub:
    """A hub on the smallest plan."""
    return opened(f'[hub]\nplan = "team"\n{more}')


def test_pipelines_and_stages_are_refused_by_hand_and_in_syncs(opened: OpenHub) -> None:
    """A sync that fails so stores nothing of that batch, and reads it again when there is room."""
    hub = team(opened)
    with pytest.raises(SetupError, match=r"'stages'.* at most 50"):
        pipeline_desk.add(hub, "Long", [f"S{n}:{n}" for n in range(48)])
    script = {"pipelines": [pipeline("1", "New", a="First"), pipeline("2", "Other", b="First")]}
    report = run(hub, script, pool=None)["pipelines"]
    assert (report.state, report.cursor) == ("failed", None)
    assert "the Team plan has at most 2 pipelines, this would make 3" in str(report.error)
    assert [p.name for p in pipeline_desk.list_pipelines(hub)] == ["Sales Pipeline"]

    roomy = opened('[hub]\nplan = "growth"\n')
    assert run(roomy, script, pool=None)["pipelines"].state == "done"
    assert len(pipeline_desk.list_pipelines(roomy)) == 3


def test_what_hub_toml_names_beyond_the_plan_is_refused_before_it_is_planted(opened: OpenHub) -> None:
    """Pools are not in Team."""
    with pytest.raises(SetupError, match=r"hub\.toml: limit 'pools': the Team plan has no distribution pools"):
        team(opened, TOML)


def test_a_batch_that_would_be_too_much_fails_its_run_and_loses_nothing(
    opened: OpenHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted when the first is made, then added up; what is deleted makes room."""
    monkeypatch.setitem(plans.LIMITS, "leads", Limit("leads", "leads", 3))
    hub = team(opened)
    path = tmp_path / "leads.csv"
    path.write_text("id,Last Name\n1,Li\n2,Bo\n3,Mei\n", encoding="utf-8")
    assert import_file(hub, Import(path))[0].state == "done"
    path.write_text("id,Last Name\n3,Mei Ling\n4,Zoe\n", encoding="utf-8")
    failed = import_file(hub, Import(path))[0]
    assert (failed.state, rows(hub, "SELECT COUNT(*) FROM source_record")) == ("failed", [(3,)])
    assert "at most 3 leads, this would make 4" in str(failed.error)
    with pytest.raises(SetupError, match="at most 3 leads"), by_hand(hub, "lead add") as hand:
        hand.add(Draft("lead", {"last_name": "Zoe"}))

    with by_hand(hub, "lead delete") as hand:
        hand.edit("lead", 1, {"deleted_at": hand.now})
    assert import_file(hub, Import(path))[0].state == "done"


def test_a_contact_has_so_many_deals(opened: OpenHub) -> None:
    """By hand as in a sync; another contact has room of their own."""
    hub = team(opened)
    people = {"contacts": [customer("1", "Ada", "Byron", "a@x.example"), customer("2", "Bo", "Li", "b@x.example")]}
    run(hub, people, pool=None)
    ada, bo = (row[0] for row in rows(hub, "SELECT id FROM contact ORDER BY email"))
    with hub.store.write() as db:
        blank = dict.fromkeys(canonical.COLUMNS["deal"])
        ids = db.allocate("deal", 5_000)
        canonical.insert(
            db, "deal", [{**blank, "id": n, "name": "x", "contact_id": ada, "stage_id": 1} for n in ids], hub.now()
        )
    with pytest.raises(SetupError, match="at most 5,000 deals of one contact, this would make 5,001"):
        add_deal(hub, ada)
    add_deal(hub, bo)
    report = run(hub, {"deals": [hubspot_deal("9", "Pilot", ["1"])]}, pool=None)["deals"]
    assert (report.state, report.cursor) == ("failed", None)
    some = rows(hub, "SELECT MIN(id) FROM deal")[0][0]
    assert move(hub, some, To("Quote")).changed


def test_a_hierarchy_has_so_many_companies(opened: OpenHub) -> None:
    """Wherever in it the next one is put."""
    hub = team(opened)
    run(hub, {"companies": [company("1", "Top"), company("2", "Next")]}, pool=None)
    with hub.store.write() as db:
        known = canonical.COLUMNS["contact"]
        below = [
            {
                **dict.fromkeys(known),
                "id": n,
                "is_organization": True,
                "name": "x",
                "parent_organization_id": n // 2 or 1,
            }
            for n in range(10, 1_009)
        ]
        canonical.insert(db, "contact", below, hub.now())
        db.execute("UPDATE contact SET parent_organization_id = 1 WHERE parent_organization_id < 10")
    with pytest.raises(SetupError, match="at most 1,000 companies in one hierarchy"), by_hand(hub, "edit") as hand:
        hand.edit("contact", 2, {"parent_organization_id": 900})
    with by_hand(hub, "edit") as hand:
        hand.edit("contact", 1_008, {"parent_organization_id": None})
        hand.edit("contact", 2, {"parent_organization_id": 900})


def test_there_are_so_many_tags_and_users(opened: OpenHub, tmp_path: Path) -> None:
    """Tags per type of record."""
    hub = team(opened)
    path = tmp_path / "leads.csv"
    path.write_text(f'id,Last Name,Tags\n1,Li,"{",".join(f"t{n}" for n in range(1_001))}"\n', encoding="utf-8")
    assert "at most 1,000 tags of one type of record" in str(import_file(hub, Import(path))[0].error)
    many = [owner(str(n), f"o{n}@x.example") for n in range(5_001)]
    assert "at most 5,000 users" in str(run(hub, {"owners": many}, pool=None)["owners"].error)


def test_without_a_plan_nothing_is_limited(opened: OpenHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub is not Sell."""
    monkeypatch.setitem(plans.LIMITS, "contacts", Limit("contacts", "contacts", 0))
    hub = opened()
    for n in range(3):
        pipeline_desk.add(hub, f"Pipeline {n}")
    assert add_contact(hub) == 1


def test_what_is_used_is_told_beside_what_the_plan_allows(opened: OpenHub) -> None:
    """Of those per contact, pipeline or type, where it is most."""
    hub = team(opened)
    li = add_contact(hub)
    for _ in range(3):
        add_deal(hub, li)
    add_deal(hub, add_contact(hub, "Bo"))
    with by_hand(hub, "lead add") as hand:
        hand.add(
            Draft("lead", {"last_name": "Zoe", "tags": ["a", "b"]}, {"owner": Ref("owner", "x", otherwise="leave")})
        )
    told = {each.name: (each.used, each.figure) for each in used(hub)}

    assert told["deals of a contact"] == (3, 5_000)
    assert (told["deals"], told["contacts"], told["leads"]) == ((4, 2_000_000), (2, 2_000_000), (1, 5_000_000))
    assert (told["pipelines"], told["pools"], told["stages"], told["tags"]) == ((1, 2), (0, 0), (7, 50), (2, 1_000))


def test_the_command_tells_it_in_words_and_as_json(cli: Cli) -> None:
    """Also that there is no plan."""
    assert "no plan: nothing is limited" in cli.ok("plan").out
    cli.settings('[hub]\nplan = "team"\n')
    cli.json("pipeline", "add", "Second")
    out = cli.ok("plan").out
    assert "pipelines" in out
    assert "full" in out
    data = cli.json("plan")
    assert data["plan"] == "team"
    assert data["limits"][0] == {"name": "pipelines", "used": 2, "limit": 2, "counted": "pipelines"}
    refused = cli("pipeline", "add", "Third")
    assert refused.code == 1
    assert "at most 2 pipelines" in refused.err
    assert 'plan = "growth"' in refused.err
