"""Rules in force: a changed file is applied to all that is stored, by whichever source syncs next."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import survivors
from hub.by_hand import by_hand
from hub.database import examine
from hub.opening import Hub, open_hub
from hub.runs import Options
from hub.sync import TooLongError
from hub.tracing import FieldStory, trace
from hub.undo import undo_run
from mappings.errors import MappingError
from storage import definitions
from tests.conftest import OpenHub
from tests.hub.test_review_helpers import rows
from tests.survivors.telling import TOML, ann, stored, tell, title, with_mapping, with_rules

LONGEST = "lead:\n  title: longest\n"
NEWS_FIRST = "lead:\n  title: {source: [news, shop]}\n"


@pytest.fixture
def hub(opened: OpenHub, tmp_path: Path) -> Hub:
    """A hub in which three sources know Ann."""
    with_mapping(tmp_path)
    hub = opened(TOML)
    for source, said in (("crm", "CEO"), ("shop", "Head of all sales"), ("news", "Owner")):
        tell(hub, source, ann(jobtitle=said))
    return hub


def test_the_next_sync_of_any_source_applies_a_changed_file(hub: Hub) -> None:
    """Whichever it is, and its own sums tell of what it read alone."""
    assert title(hub) == "CEO"
    with_rules(hub.home, LONGEST)

    report = tell(hub, "other")

    assert title(hub) == "Head of all sales"
    assert report.counts.read == 0 == report.counts.updated
    assert rows(hub, "SELECT state FROM run WHERE source = 'hand'") == [("done",)]
    assert {finding.level for finding in examine(hub)} == {"ok"}


def test_what_is_taken_in_later_follows_the_rules(hub: Hub) -> None:
    """A sync, an edit by hand and its release alike; a hand edit stands before any rule."""
    with_rules(hub.home, LONGEST)
    tell(hub, "crm", ann(jobtitle="Chief of absolutely everything"))
    assert title(hub) == "Chief of absolutely everything"
    tell(hub, "crm", ann(jobtitle="CEO"))
    assert title(hub) == "Head of all sales"
    with by_hand(hub, "lead edit") as hand:
        assert hand.edit("lead", 1, {"title": "Me"})["title"] == "Me"
    with by_hand(hub, "lead release") as hand:
        assert hand.release("lead", 1, ["title"])["title"] == "Head of all sales"


def test_a_changed_file_and_back_restores(hub: Hub) -> None:
    """Nothing of a rule is left behind."""
    before = stored(hub)
    for rules in (LONGEST, NEWS_FIRST):
        with_rules(hub.home, rules)
        tell(hub, "crm")
        assert stored(hub) != before
    with_rules(hub.home, None)
    tell(hub, "crm")

    assert stored(hub) == before


def test_what_is_applied_already_costs_nothing(hub: Hub) -> None:
    """No run, nothing computed."""
    with_rules(hub.home, LONGEST)
    tell(hub, "crm")
    runs = rows(hub, "SELECT COUNT(*) FROM run WHERE source = 'hand'")
    with_rules(hub.home, f"# a remark\n{LONGEST}")
    tell(hub, "crm")

    assert rows(hub, "SELECT COUNT(*) FROM run WHERE source = 'hand'") == runs
    assert survivors.apply(hub).changed == 0
    assert rows(hub, "SELECT COUNT(*) FROM run WHERE source = 'hand'") == runs


def test_a_preview_stores_nothing(hub: Hub) -> None:
    """And tells just what applying does."""
    before = stored(hub), rows(hub, "SELECT COUNT(*) FROM run")
    with_rules(hub.home, LONGEST)

    seen = survivors.apply(hub, dry_run=True)

    assert (stored(hub), rows(hub, "SELECT COUNT(*) FROM run")) == before
    assert not survivors.is_applied(hub)
    assert (seen.records, seen.changed) == (1, 1)
    assert seen.differences == [{"record": "L-1", "field": "title", "before": "CEO", "now": "Head of all sales"}]
    assert survivors.apply(hub).to_json() == seen.to_json()
    assert survivors.is_applied(hub)
    with hub.store.read() as db:
        assert definitions.in_force(db, "survivors") == (seen.version, LONGEST)


def test_killed_it_is_begun_again(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was computed stands; the rest follows at the next sync."""
    for key in range(2, 6):
        record = ann(jobtitle=f"CEO {key}", email=f"p{key}@example.com", firstname=f"Per{key}")
        for source, priority in (("crm", 3), ("shop", 2)):
            said = {**record.data, "id": str(key)}
            said["properties"] = {**said["properties"], "jobtitle": f"{'CEO' if source == 'crm' else 'Salesman'} {key}"}
            tell(hub, source, type(record)(str(key), said), priority=priority)
    monkeypatch.setattr(survivors, "PORTION", 2)
    compute, portions = survivors._compute, iter((False, True))

    def dying(*args: Any) -> None:
        compute(*args)
        if next(portions):
            raise KeyboardInterrupt

    with_rules(hub.home, LONGEST)
    monkeypatch.setattr(survivors, "_compute", dying)
    with pytest.raises(KeyboardInterrupt):
        survivors.apply(hub)
    assert not survivors.is_applied(hub)
    assert len([1 for (said,) in rows(hub, "SELECT title FROM lead") if said.startswith(("Head", "Sales"))]) == 2
    monkeypatch.setattr(survivors, "_compute", compute)
    tell(hub, "news")

    assert [said for (said,) in rows(hub, "SELECT title FROM lead ORDER BY id")] == [
        "Head of all sales",
        *(f"Salesman {key}" for key in range(2, 6)),
    ]


def test_a_file_that_changes_during_a_sync_is_applied_by_the_next_one(hub: Hub) -> None:
    """What a sync had begun with does not stay."""
    with_rules(hub.home, LONGEST)
    tell(hub, "crm")
    with survivors.rules_applied(hub):
        with_rules(hub.home, NEWS_FIRST)
        survivors.apply(hub)
        with_rules(hub.home, f"{NEWS_FIRST}\n")

    assert not survivors.is_applied(hub)
    tell(hub, "crm")
    assert (survivors.is_applied(hub), title(hub)) == (True, "Owner")


def test_rules_that_somebody_else_applied_meanwhile_are_applied_once_more(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes with two states of the file: the last word is the file's."""
    with_rules(hub.home, LONGEST)
    compute = survivors._compute

    def slowly(*args: Any) -> None:
        monkeypatch.setattr(survivors, "_compute", compute)
        compute(*args)
        with_rules(hub.home, NEWS_FIRST)
        with hub.store.write() as db:
            db.execute("DELETE FROM state WHERE name = 'survivors'")
            db.insert("state", ("name", "value"), [("survivors", "theirs")])

    monkeypatch.setattr(survivors, "_compute", slowly)
    with hub.store.together():
        survivors.apply(hub)
    assert not survivors.is_applied(hub)
    tell(hub, "crm")

    assert (survivors.is_applied(hub), title(hub)) == (True, "Owner")


def test_after_an_undo_the_rules_are_applied_again(hub: Hub) -> None:
    """What stands again was computed by the rules of its time."""
    with_rules(hub.home, LONGEST)
    tell(hub, "crm")
    tell(hub, "crm", ann(jobtitle="The longest title of them all"))
    ((run_id,),) = rows(hub, "SELECT MAX(id) FROM run")
    undo_run(hub, run_id)

    assert not survivors.is_applied(hub)
    tell(hub, "shop")
    assert (survivors.is_applied(hub), title(hub)) == (True, "Head of all sales")


def test_what_must_be_quick_is_not_made_to_wait(hub: Hub) -> None:
    """A form's hook is answered; the ordinary sync applies the rules."""
    with_rules(hub.home, LONGEST)
    with pytest.raises(TooLongError), hub.store.together():
        tell(hub, "crm", options=Options(at_once=True))
    assert title(hub) == "CEO"


def test_a_wrong_file_stops_the_sync_and_changes_nothing(hub: Hub) -> None:
    """Half of the rules are none."""
    with_rules(hub.home, "lead:\n  title: longst\n")
    with pytest.raises(MappingError, match=r"survivors\.yaml:2:10 .*'longst' is none of"):
        tell(hub, "crm", ann(jobtitle="Boss of it"))
    assert title(hub) == "CEO"


def test_several_values_are_united_field_by_field(hub: Hub) -> None:
    """Skills of all, the budget of the one that holds."""
    with_rules(hub.home, "lead:\n  custom_fields.Skills: union\n  tags: [union, {source: [news]}]\n")
    tell(hub, "crm", ann(skills="sales;law", budget="5", interests="red"))
    tell(hub, "news", ann(skills="law;art", budget="9", interests="blue"))

    ((tags, customs),) = rows(hub, "SELECT tags, custom_fields FROM lead")

    assert "art" in str(customs)
    assert "9" not in str(customs)
    assert str(tags).index("blue") < str(tags).index("red")


def story(hub: Hub) -> FieldStory:
    """What `trace` tells of Ann's title."""
    (told,) = trace(hub, "lead", 1, "title")
    return told


def test_trace_tells_the_rule_and_what_told_them_apart(hub: Hub) -> None:
    """Whoever asks why reads it there, and what the others said."""
    with_rules(hub.home, LONGEST)
    assert "the next sync applies it" in story(hub).rule
    tell(hub, "crm")
    told = story(hub)
    assert told.rule == "longest of 3 (rule: the longest)"
    assert told.said is not None
    assert (told.value, told.said.value) == ("Head of all sales", "Head of all sales")
    assert [other.value for other in told.others] == ["Owner", "CEO"]

    with_rules(hub.home, NEWS_FIRST)
    tell(hub, "crm")
    assert story(hub).rule == "source news first of 3 (rule: source news, shop)"

    with_rules(hub.home, "lead:\n  title: verified\n".replace("verified", "{source: [other]}"))
    tell(hub, "other")
    assert story(hub).rule == "highest priority (rule: source other: it tells them not apart)"


rule = st.sampled_from(
    (None, "longest", "recent", "complete", "{source: [news, shop]}", "[{source: [shop]}, longest]", "priority")
)
saying = st.tuples(st.sampled_from(("crm", "shop", "news")), st.sampled_from(("CEO", "Head of it", "a b c d", "")))
moments = st.lists(st.one_of(saying, rule.map(lambda each: ("rule", each))), min_size=1, max_size=8)


@given(history=moments)
@settings(max_examples=20, deadline=None)
def test_any_history_ends_as_if_the_last_rules_had_held_from_the_start(history: list[tuple[str, str | None]]) -> None:
    """A record is a function of what its sources say last and of the rules, not of what happened between."""
    with _fresh() as lived:
        last: dict[str, str | None] = {}
        rules = None
        for number, (who, what) in enumerate(history):
            if who == "rule":
                rules = what
                with_rules(lived.home, f"lead:\n  title: {what}\n" if what else None)
            else:
                _say(lived, who, what, number)
                last[who] = f"{number} {what}"
        tell(lived, "other")
        found = rows(lived, "SELECT title FROM lead")
    with _fresh() as anew:
        with_rules(anew.home, f"lead:\n  title: {rules}\n" if rules else None)
        for who, said in last.items():
            moment, _, what = (said or "").partition(" ")
            _say(anew, who, what, int(moment))
        assert rows(anew, "SELECT title FROM lead") == found


def _say(hub: Hub, who: str, what: str | None, number: int) -> None:
    said = {"jobtitle": what} if what else {}
    tell(hub, who, ann(f"2026-01-{number + 1:02}T00:00:00Z", **said))


@contextmanager
def _fresh() -> Iterator[Hub]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with_mapping(home)
        (home / "hub.toml").write_text(TOML, encoding="utf-8")
        with open_hub(home) as hub:
            yield hub
