"""What is proposed: the same by name or address, what the source says of a stage, else an open question."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings.process import OPEN, ProcessFile, ProcessSpec
from mappings.process_guess import TheirField, TheirOwner, TheirPipeline, Theirs, TheirStage, TheirValue
from mappings.process_rules import faults_of
from mappings.process_text import header_of, remarked, remarks_of, text_of
from mappings.proposal import Line, all_lines, propose
from tests.process import OURS, THEIRS, written


def line(name: str, theirs: Theirs = THEIRS, standing: ProcessSpec | None = None) -> Line:
    """The line of one of theirs."""
    return next(each for each in all_lines(propose(theirs, OURS, standing)) if each.facts["theirs"] == name)


def again(file: ProcessFile, theirs: Theirs = THEIRS) -> str:
    """The text that a further proposal over a file gives."""
    text = file.path.read_text(encoding="utf-8")
    remarks = remarks_of(file, text)
    lines = [remarked(each, remarks) for each in propose(theirs, OURS, file.spec)]
    return text_of("crm", "HubSpot", lines, remarks, header_of(text))


def first(folder: Path, theirs: Theirs = THEIRS) -> ProcessFile:
    """A file as first proposed."""
    return written(folder, text_of("crm", "HubSpot", propose(theirs, OURS), {}))


@pytest.mark.parametrize(
    ("theirs", "ours", "why"),
    [
        ("Sales pipeline", "Sales Pipeline", "the same name"),
        ("Kaffee getrunken", "Incoming", "likelihood 15 % is nearest to 10 %"),
        ("quote", "Quote", "the same name"),
        ("Handshake", "Closure", "likelihood 75 % is nearest to 80 %"),
        ("Signed", "Won", "closed as won"),
        ("Disqualified", "Unqualified", "closed as lost, and its name says unqualified"),
        ("Lost to others", "Lost", "closed as lost"),
        ("Limbo", OPEN, "the source does not say how likely it is"),
        ("Partner channel", {"new": "Partner channel"}, "no pipeline of ours bears this name"),
        ("Kickoff", {"new": "Kickoff", "category": "custom", "likelihood": 25}, "as it is there"),
        ("Done deal", {"new": "Done deal", "category": "won"}, "closed as won"),
        ("Ann Lee", "ann@example.com", "the same address"),
        ("Bo Berg", "bo@example.com", "the same name"),
        ("Chidi Eze", OPEN, "no user here has this address"),
        ("Dora Vance", "leave", "has left there, and no user here has this address"),
        ("00G1", OPEN, "records name it, but it is not among the source's users"),
        ("NEW", "New", "as the mapping has it"),
        ("S2", "Working", "its name says 'in progress'"),
        ("Nurture_X", OPEN, "none of ours is like it"),
        ("Closed - Converted", "hold", "a converted lead comes as its contact"),
        ("too expensive", "Price", "its name says 'expensive'"),
        ("Competitor", "Competitor", "the same name"),
        ("Bad weather", OPEN, "none of ours is like it"),
        ("web", "Web", "the same name"),
        ("Fair: Köln #2", {"new": "Fair: Köln #2"}, "kept under its own name"),
    ],
)
def test_every_guess_says_why_and_what_cannot_be_guessed_stays_open(theirs: str, ours: object, why: str) -> None:
    """Nobody need take a guess on trust."""
    found = line(theirs)

    assert (found.ours, found.why, found.state) == (ours, why, "new")


def test_the_first_pipeline_of_a_source_is_our_default_one_unless_another_bears_its_name() -> None:
    """Salesforce has one pipeline and no name for it."""
    alone = replace(THEIRS, pipelines=(TheirPipeline("Salesforce"),))
    beside = replace(THEIRS, pipelines=(TheirPipeline("Upsell"), TheirPipeline("Sales Pipeline")))

    assert line("Salesforce", alone).ours == "Sales Pipeline"
    assert line("Upsell", beside).ours == {"new": "Upsell"}


def test_a_second_outcome_of_a_new_pipeline_joins_the_first() -> None:
    """Exactly one stage means lost."""
    stages = (TheirStage("1", "Lost on price", 0, "lost"), TheirStage("2", "Lost on time", 0, "lost"))
    theirs = replace(THEIRS, pipelines=(THEIRS.pipelines[0], TheirPipeline("Partner channel", "7", stages)))

    assert line("Lost on price", theirs).ours == {"new": "Lost on price", "category": "lost"}
    assert line("Lost on time", theirs).ours == "Lost on price"


def test_stages_without_likelihood_are_told_by_names_that_mean_one_thing() -> None:
    """As a picklist gives them, where the stages themselves cannot be read."""
    stages = (TheirStage("Closed Won", "Closed Won"), TheirStage("Closed Lost", "Closed Lost"))
    theirs = replace(THEIRS, pipelines=(TheirPipeline("Salesforce", None, stages),))

    assert (line("Closed Won", theirs).ours, line("Closed Won", theirs).why) == ("Won", "its name says won")
    assert line("Closed Lost", theirs).ours == "Lost"


def test_a_field_that_no_mapping_reads_is_proposed_for_what_it_is_called() -> None:
    """Salesforce has no loss reason of its own; most orgs have made one."""
    theirs = replace(THEIRS, fields=(TheirField("Opportunity", "Loss_Reason__c", "Loss Reason", "loss_reason"),))

    assert line("Loss_Reason__c", theirs).ours == "loss_reason"


def test_answers_stay_open_ones_are_guessed_anew_and_what_is_new_is_added(tmp_path: Path) -> None:
    """The person's word stands, with the remark beside it and those above it."""
    file = first(tmp_path)
    text = file.path.read_text(encoding="utf-8").replace(
        "      - {theirs: Handshake, id: a3, likelihood: 75, ours: Closure}",
        "      # agreed with Bo\n      - {theirs: Handshake, id: a3, likelihood: 75, ours: Quote}",
    )
    text = text.replace("# likelihood 75 % is nearest to 80 %", "# no paper signed yet")
    edited = written(tmp_path, text)
    owners = (*THEIRS.owners, TheirOwner("505", "Eve Ode", "bo@example.com"))

    found = again(edited, replace(THEIRS, owners=owners))

    assert (
        "      # agreed with Bo\n      - {theirs: Handshake, id: a3, likelihood: 75, ours: Quote}  # no paper" in found
    )
    assert '- {theirs: Eve Ode, id: "505", email: bo@example.com, ours: bo@example.com}  # the same address' in found
    assert set(text.splitlines()) - set(found.splitlines()) == set()


def test_the_reason_of_a_guess_goes_with_the_guess(tmp_path: Path) -> None:
    """Who answers otherwise need not tidy up what was said for it."""
    file = first(tmp_path)
    text = file.path.read_text(encoding="utf-8").replace(
        'email: chidi@example.com, ours: "?"}', "email: chidi@example.com, ours: {pool: Inbound}}"
    )

    assert "email: chidi@example.com, ours: {pool: Inbound}}\n" in again(written(tmp_path, text))


def test_what_is_gone_at_the_source_is_marked_and_comes_back_when_it_does(tmp_path: Path) -> None:
    """Records may still point to a stage that was archived; what was never answered goes."""
    stages = tuple(each for each in THEIRS.pipelines[0].stages if each.id not in {"a3", "a7"})
    fewer = replace(THEIRS, pipelines=(replace(THEIRS.pipelines[0], stages=stages),), owners=THEIRS.owners[:1])
    file = first(tmp_path)
    before = file.path.read_text(encoding="utf-8")

    after = again(file, fewer)

    assert "{theirs: Handshake, id: a3, likelihood: 75, gone: true, ours: Closure}  # likelihood 75" in after
    assert "Limbo" not in after
    assert '  - theirs: Partner channel\n    id: "77"\n    gone: true\n    ours: {new: Partner channel}' in after
    assert '{theirs: Dora Vance, id: "504", email: dora@example.com, active: false, gone: true, ours: leave}' in after
    assert again(written(tmp_path, after)) == before


names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(
    lambda t: t.strip() == t
)
ids = st.one_of(names, st.integers(0, 10**6).map(str))
likely = st.none() | st.integers(0, 100)
stages_ = st.builds(TheirStage, ids, names, likely, st.sampled_from([None, None, "won", "lost"]))
pipelines_ = st.builds(
    TheirPipeline, names, ids, st.lists(stages_, max_size=5, unique_by=lambda each: each.id).map(tuple)
)
values_ = st.lists(st.builds(TheirValue, names, names | st.just("")), max_size=4, unique_by=lambda each: each.value)
theirs_ = st.builds(
    Theirs,
    st.just("crm"),
    st.just("HubSpot"),
    st.lists(pipelines_, max_size=3, unique_by=(lambda each: each.id, lambda each: each.name)).map(tuple),
    st.lists(
        st.builds(TheirOwner, ids, names, st.none() | names, st.booleans(), st.booleans()),
        max_size=4,
        unique_by=lambda each: each.id,
    ).map(tuple),
    st.fixed_dictionaries({name: values_.map(tuple) for name in ("statuses", "loss_reasons", "sources")}),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(theirs_)
def test_a_proposal_is_complete_reads_back_and_is_the_same_the_second_time(tmp_path: Path, theirs: Theirs) -> None:
    """Whatever theirs are called: each stands once, nothing is wrong but what is open, and twice is once."""
    lines = propose(theirs, OURS)
    file = first(tmp_path, theirs)

    assert file.spec is not None, file.faults
    answered = [(section, entry.key, entry.ours) for section, _, entry in file.spec.all()]
    assert answered == [(each.section, each.key, each.ours) for each in all_lines(lines)]
    open_ones = [each for each in all_lines(lines) if each.is_open]
    assert len(faults_of(file, OURS)) == len(open_ones)
    assert again(file, theirs) == file.path.read_text(encoding="utf-8")
