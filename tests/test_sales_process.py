"""The whole sales process in any order: conversion, deal moves, assignment, merges, edits, deletions, undos."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from hub.assigning import assign_records
from hub.deal_moving import To, move, reopen
from hub.deleting import delete, restore
from hub.undo import undo_run
from sell_model.errors import SetupError
from sell_model.stages import Change, is_whole
from tests.conversion.test_sequences import PEOPLE, SOURCES, WHO, Sequences
from tests.hub.test_review_helpers import deal, gone, run

PICK = st.integers(0, 9)
STAGES = st.sampled_from(["Incoming", "Qualified", "Quote", "Closure"])


class Process(Sequences):
    """Everything that people and sources do, one after the other."""

    def picked(self, sql: str, pick: int) -> int | None:
        """One id of a query's, or none."""
        found = self.ask(sql)
        return found[pick % len(found)][0] if found else None

    def attempt(self, doing: object, *args: object, **options: object) -> None:
        """Do it; what cannot be done is refused with a way out, and nothing else happens."""
        try:
            doing(*args, **options)  # type: ignore[operator]
        except SetupError as error:
            if not error.fix:
                raise

    @rule(loser=WHO, winner=WHO, source=SOURCES)
    def merge_at_source(self, loser: tuple[str, ...], winner: tuple[str, ...], source: str) -> None:
        """A source merges two of its people."""
        if loser != winner:
            run(self.hub, {"contacts": [gone(loser[0], "merged", winner[0])]}, source=source)

    @rule(key=st.sampled_from("67"), who=st.sampled_from(PEOPLE[:3]), amount=st.sampled_from(["10.50", "99", "0"]))
    def sync_deal(self, key: str, who: tuple[str, ...], amount: str) -> None:
        """A source says something of a deal; its person may not be here."""
        run(self.hub, {"deals": [deal(key, f"Deal {key}", [who[0]], amount=amount)]})

    @rule(pick=PICK, stage=STAGES)
    def move(self, pick: int, stage: str) -> None:
        """Somebody moves a deal, back and forth."""
        if (id_ := self.picked("SELECT id FROM v_deals ORDER BY id", pick)) is not None:
            self.attempt(move, self.hub, id_, To(stage=stage))

    @rule(pick=PICK, outcome=st.sampled_from(["won", "lost", "unqualified"]))
    def close(self, pick: int, outcome: str) -> None:
        """A deal comes to its end."""
        if (id_ := self.picked("SELECT id FROM v_deals ORDER BY id", pick)) is not None:
            self.attempt(move, self.hub, id_, To(outcome=outcome))  # type: ignore[arg-type]

    @rule(pick=PICK)
    def reopen(self, pick: int) -> None:
        """And it was not the end."""
        if (id_ := self.picked("SELECT id FROM v_deals ORDER BY id", pick)) is not None:
            self.attempt(reopen, self.hub, id_)

    @rule(pick=PICK)
    def assign(self, pick: int) -> None:
        """A lead is dealt out anew."""
        if (id_ := self.picked("SELECT id FROM v_leads ORDER BY id", pick)) is not None:
            self.attempt(assign_records, self.hub, "lead", [id_], pool="Inbound")

    @rule(pick=PICK, kind=st.sampled_from(["lead", "contact", "deal"]))
    def delete_by_hand(self, pick: int, kind: str) -> None:
        """Somebody deletes a record; a contact with deals stays."""
        if (id_ := self.picked(f"SELECT id FROM v_{kind}s ORDER BY id", pick)) is not None:
            self.attempt(delete, self.hub, kind, [id_])

    @rule(pick=PICK, kind=st.sampled_from(["lead", "contact", "deal"]))
    def restore(self, pick: int, kind: str) -> None:
        """And brings it back."""
        sql = f'SELECT id FROM "{kind}" WHERE deleted_at IS NOT NULL ORDER BY id'
        if (id_ := self.picked(sql, pick)) is not None:
            self.attempt(restore, self.hub, kind, [id_])

    @rule(pick=PICK)
    def undo(self, pick: int) -> None:
        """A sync is taken back, however much was built on it."""
        sql = "SELECT id FROM run WHERE kind = 'sync' AND undone_by_run_id IS NULL ORDER BY id DESC"
        if (id_ := self.picked(sql, pick)) is not None:
            try:
                undo_run(self.hub, id_)
            except SetupError as error:
                if not error.fix:
                    raise
            self.versions = dict.fromkeys(self.versions, 0)  # what was undone is at its earlier version

    @invariant()
    def histories_add_up(self) -> None:
        """Each change of stage begins where the last one ended, and the last one where the deal stands."""
        if not hasattr(self, "hub"):
            return
        for id_, stage in self.ask("SELECT id, stage_id FROM deal"):
            sql = "SELECT from_stage_id, to_stage_id, changed_at FROM stage_change"
            steps = [Change(*row) for row in self.ask(f"{sql} WHERE deal_id = {id_} ORDER BY id")]
            assert is_whole(steps, stage)

    @invariant()
    def relations_lead_somewhere(self) -> None:
        """No contact beside a deal, no employee, no owner is missing."""
        if hasattr(self, "hub"):
            for table, column, parent in (
                ("association", "contact_id", "contact"),
                ("contact", "contact_id", "contact"),
                ("deal", "contact_id", "contact"),
                ("lead", "owner_id", '"user"'),
            ):
                sql = f"SELECT c.id FROM {table} c LEFT JOIN {parent} p ON p.id = c.{column}"
                assert self.ask(f"{sql} WHERE c.{column} IS NOT NULL AND p.id IS NULL") == []


TestProcess = Process.TestCase
TestProcess.settings = settings(
    max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
