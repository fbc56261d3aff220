"""Deals, stages and syncs in any order: histories add up, values are exact, versions rise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from benchmarks.private_postgres import fresh_database
from hub import pipeline_desk, stage_desk, stage_removing
from hub.database import examine
from hub.deal_moving import To, move, release, reopen
from hub.opening import Hub, open_hub
from sell_model.errors import SetupError
from sell_model.money import to_minor
from sell_model.stages import Change, is_whole
from storage import canonical
from storage.canonical import CanonicalRow
from tests.deals.conftest import add_contact, add_deal
from tests.hub.test_review_helpers import customer, rows, run
from tests.hub.test_review_helpers import deal as hubspot_deal
from tests.hub.test_rosters import pipeline

SALES = "Sales Pipeline"
AMOUNTS = st.decimals("0", "99999.99", places=2).map(str)
PICK = st.integers(0, 10**6)
OUTSIDE = {"a": "First", "b": "Second", "c": "Third"}


class Deals(RuleBasedStateMachine):
    """People and a HubSpot work on the same deals."""

    open: Callable[[], Any]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.hub: Hub = self.stack.enter_context(type(self).open())
        self.values: dict[int, int] = {}
        self.outside: dict[str, int] = {}
        self.before: dict[int, CanonicalRow] = {}
        self.renamed = 0
        self.li = 0

    @initialize()
    def begin(self) -> None:
        """A pipeline of the source's beside Sell's own; one contact of each."""
        people = [customer("1", "Ada", "Byron", "ada@x.example")]
        run(self.hub, {"pipelines": [pipeline("1", "New", **OUTSIDE)], "contacts": people}, pool=None)
        self.li = add_contact(self.hub)

    def teardown(self) -> None:
        """What is stored holds together."""
        breaches = [finding for finding in examine(self.hub) if finding.level != "ok"]
        self.stack.close()
        assert breaches == []

    @rule(value=AMOUNTS)
    def add(self, value: str) -> None:
        self.values[add_deal(self.hub, self.li, value=value)] = to_minor(value, "USD")

    @rule(key=st.sampled_from("123"), stage=st.sampled_from("abc"), value=AMOUNTS)
    def sync(self, key: str, stage: str, value: str) -> None:
        run(self.hub, {"deals": [hubspot_deal(key, f"Deal {key}", ["1"], dealstage=stage, amount=value)]}, pool=None)
        if key not in self.outside:
            self.outside[key] = rows(self.hub, "SELECT MAX(id) FROM deal")[0][0]
        self.values[self.outside[key]] = to_minor(value, "USD")

    @rule(label=st.sampled_from(["Second", "Offer", "Erste"]))
    def sync_stages(self, label: str) -> None:
        run(self.hub, {"pipelines": [pipeline("1", "New", **{**OUTSIDE, "b": label})]}, pool=None)

    def _deal(self, pick: int) -> int:
        return sorted(self.values)[pick % len(self.values)]

    def _stage(self, pick: int) -> tuple[str, str]:
        """An active stage of a pipeline."""
        known = pipeline_desk.list_pipelines(self.hub)
        shown = pipeline_desk.show(self.hub, known[pick % len(known)].name)
        active = [s.name for s in shown.stages if s.category not in {"won", "lost", "unqualified"}]
        return shown.name, active[pick % len(active)]

    @precondition(lambda self: self.values)
    @rule(pick=PICK, to=PICK)
    def move(self, pick: int, to: int) -> None:
        name, stage = self._stage(to)
        assert move(self.hub, self._deal(pick), To(stage, pipeline=name)).stage == stage

    @precondition(lambda self: self.values)
    @rule(
        pick=PICK,
        to=st.sampled_from([To(outcome="won"), To(outcome="lost", reason="Price"), To(outcome="unqualified")]),
    )
    def end(self, pick: int, to: To) -> None:
        assert move(self.hub, self._deal(pick), to).outcome == to.outcome

    @precondition(lambda self: self.values)
    @rule(pick=PICK)
    def reopen(self, pick: int) -> None:
        id_ = self._deal(pick)
        sql = "SELECT s.category FROM deal d JOIN stage s ON s.id = d.stage_id WHERE d.id = ?"
        if rows(self.hub, sql, id_)[0][0] in {"won", "lost", "unqualified"}:
            assert reopen(self.hub, id_).outcome is None
        else:
            with pytest.raises(SetupError, match="is open"):
                reopen(self.hub, id_)

    @precondition(lambda self: self.values)
    @rule(pick=PICK)
    def release(self, pick: int) -> None:
        release(self.hub, self._deal(pick))

    @rule(pick=PICK)
    def add_stage(self, pick: int) -> None:
        self.renamed += 1
        name, stage = self._stage(pick)
        stage_desk.add(self.hub, name, f"Stage {self.renamed}", pick % 101, after=stage)

    @rule(pick=PICK)
    def rename_stage(self, pick: int) -> None:
        self.renamed += 1
        name, stage = self._stage(pick)
        stage_desk.rename(self.hub, name, stage, f"Stage {self.renamed}")

    @rule(pick=PICK, is_merge=st.booleans())
    def remove_stage(self, pick: int, is_merge: bool) -> None:
        name, stage = self._stage(pick)
        shown = pipeline_desk.show(self.hub, name)
        others = [s.name for s in shown.stages if s.name != stage and s.category not in {"won", "lost", "unqualified"}]
        if others:
            removing = stage_removing.merge if is_merge else stage_removing.remove
            removing(self.hub, name, stage, others[pick % len(others)])

    @invariant()
    def histories_add_up_and_values_are_exact(self) -> None:
        with self.hub.store.read() as db:
            now = canonical.load(db, "deal", self.values)
            steps = db.select("SELECT deal_id, from_stage_id, to_stage_id, changed_at FROM stage_change ORDER BY id")
            gone = {row[0] for row in db.select("SELECT id FROM stage WHERE removed_at IS NOT NULL")}
        for id_, row in now.items():
            assert is_whole([Change(*step[1:]) for step in steps if step[0] == id_], row["stage_id"])
            assert row["stage_id"] not in gone
            assert row["value_minor"] == self.values[id_]
            if (was := self.before.get(id_)) is not None:
                changed = {name for name in row if row[name] != was[name]} - {"updated_at", "version"}
                assert (row["version"] > was["version"]) == bool(changed)
        self.before = now

    @invariant()
    def a_customer_has_won_and_a_prospect_has_not(self) -> None:
        sql = "SELECT DISTINCT s.category FROM deal d JOIN stage s ON s.id = d.stage_id WHERE d.contact_id = ?"
        categories = {row[0] for row in rows(self.hub, sql, self.li)}
        for (customer_status,) in rows(self.hub, "SELECT customer_status FROM contact WHERE id = ?", self.li):
            assert (customer_status == "current") == ("won" in categories)


@contextmanager
def sqlite_hub() -> Iterator[Hub]:
    """A hub of its own on SQLite."""
    with TemporaryDirectory() as home, open_hub(home) as hub:
        yield hub


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_deals_hold_together_whatever_is_done_to_them(database: str, request: pytest.FixtureRequest) -> None:
    """Added, synced, moved, closed, reopened, released; stages added, renamed, merged, removed."""
    machine = type("OnThis", (Deals,), {"open": staticmethod(sqlite_hub)})
    if database == "postgresql":
        server = request.getfixturevalue("postgres_server")
        numbers = iter(range(10_000))

        @contextmanager
        def postgres_hub() -> Iterator[Hub]:
            with TemporaryDirectory() as home, fresh_database(server, f"deals{next(numbers)}") as url:
                (Path(home) / "hub.toml").write_text(f'[storage]\nurl = "{url}"\n', encoding="utf-8")
                with open_hub(home) as hub:
                    yield hub

        machine = type("OnThis", (Deals,), {"open": staticmethod(postgres_hub)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20 if database == "sqlite" else 5,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
