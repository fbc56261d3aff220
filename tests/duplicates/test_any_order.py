"""Merges and unmerges by hand, among everything else that people and sources do."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from hub.batch import Kind
from hub.by_hand import by_hand
from hub.dup_sweeping import sweep
from hub.merge_sides import Place
from hub.merging import merge
from hub.undo import undo_run
from hub.unmerging import unmerge
from tests.conversion.world import breaches
from tests.test_sales_process import PICK, Process


class Merges(Process):
    """The whole process, and people who say who is one and who is two."""

    def places(self) -> list[Place]:
        """The leads and contacts in sight."""
        kinds: tuple[Kind, ...] = ("lead", "contact")
        return [(kind, id_) for kind in kinds for (id_,) in self.ask(f"SELECT id FROM v_{kind}s ORDER BY id")]

    @rule(one=PICK, other=PICK, keeps=st.booleans())
    def merge(self, one: int, other: int, keeps: bool) -> None:
        """Somebody says that two are one."""
        if places := self.places():
            pair = places[one % len(places)], places[other % len(places)]
            self.attempt(merge, self.hub, *pair, keep=pair[0] if keeps else None)

    @rule(pick=PICK)
    def unmerge(self, pick: int) -> None:
        """And that they are two all the same."""
        if (id_ := self.picked("SELECT id FROM merge WHERE undone_at IS NULL ORDER BY id", pick)) is not None:
            self.attempt(unmerge, self.hub, id_)

    @rule(merging=st.booleans())
    def sweep(self, merging: bool) -> None:
        """The whole store is gone through."""
        self.attempt(sweep, self.hub, merging=merging)

    @rule(pick=PICK)
    def undo_sweep(self, pick: int) -> None:
        """And that is taken back, whatever people and sources did since."""
        sql = "SELECT id FROM run WHERE kind = 'sweep' AND undone_by_run_id IS NULL ORDER BY id DESC"
        if (id_ := self.picked(sql, pick)) is not None:
            self.attempt(undo_run, self.hub, id_)

    @rule()
    def compute_anew(self) -> None:
        """A record is a pure function of what speaks for it: computed anew, it is what it was."""
        before = self.records()
        with by_hand(self.hub, "check") as hand:
            hand.recompute(self.places())
        assert self.records() == before

    def records(self) -> list[tuple[Any, ...]]:
        """What leads and contacts say of themselves."""
        names = "id, first_name, last_name, title, email, mobile, fax, owner_id, tags, merged_into, gone_at_source"
        return [
            (kind, *map(str, row))
            for kind in ("lead", "contact")
            for row in self.ask(f'SELECT {names} FROM "{kind}" ORDER BY id')
        ]

    @invariant()
    def it_holds_together(self) -> None:
        """`db check` finds nothing, but for the turns that an undo or a merge gave back: whoever is behind is next."""
        if hasattr(self, "hub"):
            assert [text for text in breaches(self.hub) if not text.startswith("pools gave turns unevenly")] == []

    @invariant()
    def no_company_is_doubled(self) -> None:
        """Two companies that are two again may bear one name: one of it came while they were one."""

    @invariant()
    def merged_lead_somewhere(self) -> None:
        """What is part of another one is part of one that stands, and nothing feeds it but what is gone."""
        if hasattr(self, "hub"):
            for kind in ("lead", "contact"):
                sql = f'SELECT a.id FROM "{kind}" a LEFT JOIN "{kind}" b ON b.id = a.merged_into'
                assert self.ask(f"{sql} WHERE a.merged_into IS NOT NULL AND b.id IS NULL") == []
            for sort in ("person", "company"):
                loose = f"SELECT m.source_record_id FROM profile m LEFT JOIN {sort} p ON p.id = m.identity_id"
                assert (
                    self.ask(f"{loose} WHERE m.sort = '{sort}' AND (p.id IS NULL OR p.merged_into IS NOT NULL)") == []
                )


TestMerges = Merges.TestCase
TestMerges.settings = settings(
    max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
