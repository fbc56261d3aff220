"""What a record's activities come to, and whose it shows beside its own."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub import activities, database
from hub.by_hand import by_hand
from hub.importing import Import, import_file
from hub.opening import open_hub
from sell_model.activities import ActivityKind
from sell_model.activity_figures import Figures, Span, figures_of
from storage import activity_figures
from storage.looking_through import Place
from tests.activities.conftest import ANN, NOON, TOML, World

DAY = "2026-11-{:02}T09:00:00.000000Z"


def test_figures_follow_what_is_done(world: World) -> None:
    """A note is an activity, a call is communication too; the next task is the one due first."""
    lead = world.lead()
    assert world.figures(lead)["last_activity"] is None

    world.does("call", lead, made_at=DAY.format(10))
    world.does("note", lead, noted_at=DAY.format(20))
    world.does("task", lead, due_date="2026-12-24T00:00:00Z")
    first = world.does("task", lead, due_date="2026-12-01T00:00:00Z")

    assert world.figures(lead) == {
        "first_activity": DAY.format(10),
        "last_activity": "2026-11-25T12:00:00.000000Z",
        "last_activity_type": "task",
        "last_communication": DAY.format(10),
        "last_communication_type": "call",
        "days_since_last_communication": 15,
        "next_task": "2026-12-01T00:00:00.000000Z",
        "next_task_id": first["id"],
        "open_tickets": 0,
    }
    assert world.at(3).figures(lead)["days_since_last_communication"] == 18


def test_a_task_done_is_an_activity_and_no_next_task_and_reopened_is_one_again(world: World) -> None:
    """Doing it twice changes nothing."""
    lead = world.lead()
    task = world.does("task", lead, due_date="2026-12-01T00:00:00Z")
    later = world.at(2)

    for _ in range(2):
        done = activities.complete(later.hub, task["id"], by=ANN)
    assert (done["completed"], done["completed_at"], done["version"]) == (True, "2026-11-27T12:00:00.000000Z", 2)
    assert world.figures(lead)["next_task_id"] is None
    assert world.figures(lead)["last_activity"] == "2026-11-27T12:00:00.000000Z"

    activities.complete(later.hub, task["id"], done=False, by=ANN)
    assert world.figures(lead)["next_task_id"] == task["id"]
    assert world.figures(lead)["last_activity"] == "2026-11-25T12:00:00.000000Z"


def test_what_is_removed_counts_no_more(world: World) -> None:
    """The last one takes the figures with it."""
    lead = world.lead()
    kept = world.does("note", lead, noted_at=DAY.format(3))
    gone = world.does("visit", lead, visited_at=DAY.format(9))

    activities.remove(world.hub, "visit", gone["id"], by=ANN)
    assert (world.figures(lead)["last_activity_type"], world.figures(lead)["last_communication"]) == ("note", None)

    activities.remove(world.hub, "note", kept["id"], by=ANN)
    with world.hub.store.read() as db:
        assert db.select("SELECT COUNT(*) FROM figure") == [(0,)]


def test_a_contact_looks_through_to_the_lead_that_it_was(world: World) -> None:
    """So does the company that the lead named; undone, no more."""
    lead, person, company = world.lead(), world.person(), world.company()
    world.does("call", lead)
    world.converted(lead, person, company)

    for record in (person, company):
        assert world.figures(record)["last_communication_type"] == "call"
        assert world.told(record) == ["call lead-1"]

    world.run("UPDATE conversion SET undone_at = 'x'")
    world.refresh(lead, person, company)
    assert world.figures(person)["last_activity"] is None
    assert world.told(company) == []


def test_a_company_gathers_what_was_done_with_its_employees(world: World) -> None:
    """Who leaves takes their activities along; whom it hires brings them."""
    acme, beta = world.company("Acme"), world.company("Beta")
    ann = world.person("Ann", acme)
    world.does("note", ann)
    assert world.told(acme) == [f"note contact-{ann[1]}"]
    assert world.figures(acme)["last_activity_type"] == "note"

    with by_hand(world.hub, "contact edit", by=ANN) as hand:
        hand.edit("contact", ann[1], {"contact_id": beta[1]})

    assert [world.figures(firm)["last_activity_type"] for firm in (acme, beta)] == [None, "note"]
    assert [world.told(firm) for firm in (acme, beta)] == [[], [f"note contact-{ann[1]}"]]


def test_what_was_merged_is_looked_through_to_however_many_times_over(world: World) -> None:
    """And the contact that one of them was converted to sees it all."""
    first, second, third = (world.lead(name) for name in ("A", "B", "C"))
    person = world.person()
    world.does("email", first)
    world.merged(first, second)
    world.merged(second, third)
    world.converted(third, person)

    assert world.told(person) == world.told(third) == ["email lead-1"]
    assert world.figures(person)["last_communication_type"] == "email"


def test_a_calls_deals_show_it_and_moves_are_activities_of_the_deal(world: World) -> None:
    """The first stage of a new deal is no move."""
    person = world.person()
    deal = world.deal(person)
    assert world.figures(deal)["last_activity"] is None

    call = world.does("call", person, made_at=DAY.format(2), associated_deal_ids=[deal[1]])
    with by_hand(world.hub, "deal move", by=ANN) as hand:
        hand.edit("deal", deal[1], {"stage_id": 3})

    figures = world.figures(deal)
    assert (figures["first_activity"], figures["last_activity_type"]) == (DAY.format(2), "stage_change")
    assert figures["last_communication_type"] == "call"
    assert world.told(deal) == [f"stage_change deal-{deal[1]}", f"call contact-{person[1]}"]

    activities.remove(world.hub, "call", call["id"], by=ANN)
    assert world.figures(deal)["last_communication"] is None


def test_a_deal_that_its_source_moves_has_an_activity(world: World, tmp_path: Path) -> None:
    """A sync writes the history, and so the figures."""

    def imported(stage: str) -> None:
        path = tmp_path / "deals.csv"
        path.write_text(f"id,Deal Name,Primary Contact,Stage\n1,Pilot,Ann Li,{stage}\n", encoding="utf-8")
        import_file(world.hub, Import(path, "deal"))

    imported("Incoming")
    assert world.figures(("deal", 1))["last_activity"] is None
    imported("Quote")
    assert world.figures(("deal", 1))["last_activity_type"] == "stage_change"


def test_open_tickets_are_counted_once_each(world: World) -> None:
    """A solved one is open no more; a company counts its employees'."""
    acme = world.company()
    ann = world.person("Ann", acme)
    for number, status in enumerate(("open", "pending", "Solved", "closed")):
        world.run(
            "INSERT INTO ticket (resource_type, resource_id, source, external_id, status, created_at, updated_at) "
            "VALUES ('contact', ?, 'support', ?, ?, '', '')",
            ann[1],
            str(number),
            status,
        )
    world.refresh(ann)
    assert [world.figures(record)["open_tickets"] for record in (ann, acme)] == [2, 2]


def test_a_rehearsal_leaves_no_trace(world: World) -> None:
    """`--dry-run` tells what would be."""
    lead = world.lead()
    shown = activities.add(world.hub, "note", {"content": "Hi"}, lead, by=ANN, dry_run=True)
    assert (shown["content"], shown["user"]) == ("Hi", "Ann Lee")
    assert (world.told(lead), world.figures(lead)["last_activity"]) == ([], None)


def test_two_who_note_at_once_both_count(world: World) -> None:
    """Neither computes the figures without the other's note."""
    company = world.company()
    people = [world.person(name, company) for name in ("A", "B", "C", "D")]
    moments = [DAY.format(day) for day in range(1, 11)]

    def busy(person: Place) -> None:
        with open_hub(world.hub.home) as own:
            for moment in moments:
                activities.add(
                    replace(own, clock=lambda: NOON), "note", {"content": "x", "noted_at": moment}, person, by=ANN
                )

    threads = [threading.Thread(target=busy, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (world.figures(company)["first_activity"], world.figures(company)["last_activity"]) == (
        moments[0],
        moments[-1],
    )
    assert len(world.told(company)) == 40
    assert [f.text for f in database.examine(world.hub) if f.level == "FAIL"] == []


_NAMES = st.integers(0, 3)
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("does"), st.sampled_from(["note", "call", "email", "visit"]), _NAMES, st.integers(1, 24)),
        st.tuples(st.just("converted"), _NAMES, _NAMES),
        st.tuples(st.just("merged"), st.sampled_from(["lead", "contact"]), _NAMES, _NAMES),
        st.tuples(st.just("hired"), _NAMES, st.integers(0, 1)),
        st.tuples(st.just("removed"), st.integers(0, 30)),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_STEPS)
def test_figures_are_what_the_story_says_whatever_happened(steps: list[tuple[Any, ...]]) -> None:
    """After any sequence each record's figures are those of the lines that its story shows."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "hub.toml").write_text(TOML, encoding="utf-8")
        with open_hub(folder) as hub:
            world = World(replace(hub, clock=lambda: NOON))
            records = _lived(world, steps)
            for record in records:
                assert _as_told(world, record) == _as_kept(world, record)
            assert [f.text for f in database.examine(world.hub) if f.level == "FAIL" and "figure" in f.text] == []


def _lived(world: World, steps: list[tuple[Any, ...]]) -> list[Place]:
    leads = [world.lead(f"L{n}") for n in range(4)]
    people = [world.person(f"P{n}") for n in range(4)]
    firms = [world.company(f"F{n}") for n in range(2)]
    gone: set[Place] = set()
    done: list[tuple[ActivityKind, int]] = []
    for step in steps:
        match step:
            case ("does", kind, place, day):
                at = [r for r in (leads[place], people[place]) if r not in gone]
                for record in at:
                    moments = {"note": "noted_at", "call": "made_at", "email": "sent_at", "visit": "visited_at"}
                    made = world.does(kind, record, **{moments[kind]: DAY.format(day)})
                    done.append((kind, made["id"]))
            case ("converted", lead, person) if not gone & {leads[lead], people[person]}:
                gone.add(leads[lead])
                world.converted(leads[lead], people[person], firms[lead % 2])
            case ("merged", kind, loser, winner):
                those = leads if kind == "lead" else people
                if loser != winner and not gone & {those[loser], those[winner]}:
                    gone.add(those[loser])
                    world.merged(those[loser], those[winner])
            case ("hired", person, firm) if people[person] not in gone:
                with by_hand(world.hub, "contact edit", by=ANN) as hand:
                    hand.edit("contact", people[person][1], {"contact_id": firms[firm][1]})
            case ("removed", number) if done:
                kind, id_ = done.pop(number % len(done))
                activities.remove(world.hub, kind, id_, by=ANN)
    return [*leads, *people, *firms]


def _as_told(world: World, record: Place) -> Figures:
    lines = activities.story(world.hub, record, 1_000).lines
    return figures_of([Span(line.type, line.at, line.at) for line in lines], [], 0)


def _as_kept(world: World, record: Place) -> Figures:
    with world.hub.store.read() as db:
        return activity_figures.standing(db, [record]).get(record, Figures())


def test_the_check_finds_what_does_not_hold(world: World) -> None:
    """An activity at nothing, an outcome that is not there, a figure that says something else."""
    lead = world.lead()
    world.does("note", lead)
    world.does("call", lead, outcome="No answer")
    assert [f.text for f in database.examine(world.hub) if f.level == "FAIL"] == []

    world.run("UPDATE figure SET last_activity_at = ?", DAY.format(1))
    world.run("UPDATE note SET resource_id = 99")
    world.run('UPDATE "call" SET outcome_id = 99')

    faults = [f.text for f in database.examine(world.hub) if f.level == "FAIL"]
    assert "notes stand at records that are not there: N-1" in faults
    assert "call.outcome_id names a call_outcome that is not there: 1" in faults
    assert any(text.startswith("figures are not what the activities say: L-") for text in faults)
