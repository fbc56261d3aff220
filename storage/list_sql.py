"""A filter as SQL: one condition on a record's row, every value bound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeGuard

from sell_model.filters import Context, Field, Filter
from sell_model.filters.holding import affirmed, holds
from sell_model.filters.tree import And, Comparison, Not, Or
from storage.list_clauses import IN_SIGHT, Clause
from storage.list_fields import source_of
from storage.list_sources import Either, Source
from storage.list_tests import is_plain, value_test


@dataclass(frozen=True, slots=True)
class Asked:
    """Which records of a type are wanted, by whom and when."""

    kind: str
    tree: Filter | None
    context: Context
    is_sqlite: bool

    @property
    def condition(self) -> Clause:
        """The condition on `t`, the record's row, being in sight included."""
        sight = IN_SIGHT[self.kind]
        return Clause(sight) if self.tree is None else self._of(self.tree, is_denied=False).within(f"{{}} AND {sight}")

    def _of(self, tree: Filter, *, is_denied: bool) -> Clause:
        if isinstance(tree, Not):
            return self._of(tree.part, is_denied=not is_denied)
        if isinstance(tree, Comparison):
            return self._compared(tree, is_denied=is_denied)
        parts = [self._of(part, is_denied=is_denied) for part in tree.parts]
        word = " AND " if isinstance(tree, And) is not is_denied else " OR "
        return Clause(f"({word.join(part.sql for part in parts)})", tuple(v for part in parts for v in part.values))

    def _compared(self, comparison: Comparison, *, is_denied: bool) -> Clause:
        if comparison.operator == "has all":
            each = [replace(comparison, operator="has any", values=(value,)) for value in comparison.values]
            return self._of(And(tuple(each)), is_denied=is_denied)
        operator, denies = affirmed(comparison)
        found = self.source(comparison).having(value_test(comparison, self.context, is_sqlite=self.is_sqlite))
        is_false = (denies is not is_denied) is not (operator == "is empty")
        return found.within("({}) IS NOT TRUE") if is_false else found

    def source(self, comparison: Comparison) -> Source:
        """Tell where a comparison's field stands."""
        return source_of(self.kind, comparison.field, is_sqlite=self.is_sqlite)

    def must_hold(self) -> Iterator[Filter]:
        """Give the parts that must all hold, denials and groups taken apart."""
        return self._parts(self.tree, is_denied=False) if self.tree is not None else iter(())

    def _parts(self, tree: Filter, *, is_denied: bool) -> Iterator[Filter]:
        if isinstance(tree, Not):
            yield from self._parts(tree.part, is_denied=not is_denied)
        elif isinstance(tree, Or if is_denied else And):
            for part in tree.parts:
                yield from self._parts(part, is_denied=is_denied)
        elif is_denied:
            yield Not(tree)
        elif isinstance(tree, Comparison) and tree.operator == "has all":
            yield from (replace(tree, operator="has any", values=(value,)) for value in tree.values)
        else:
            yield tree

    def ids(self, part: Filter) -> Clause | None:
        """Give a query for the ids of at least all records of which a part holds, by an index; None: there is none.

        What holds of an empty record is found by no index.
        """
        if isinstance(part, Or):
            branches = [found for one in part.parts if (found := self.ids(one)) is not None]
            if len(branches) < len(part.parts):
                return None
            return Clause(" UNION ALL ".join(one.sql for one in branches), tuple(v for o in branches for v in o.values))
        if isinstance(part, And):
            return next((found for one in part.parts if (found := self.ids(one)) is not None), None)
        if not self._asks_for_something(part):
            return None
        if part.operator == "has all":
            part = replace(part, operator="has any", values=part.values[:1])
        return self.source(part).ids(value_test(part, self.context, is_sqlite=self.is_sqlite))

    def asks_of(self, field: Field, value: str) -> list[Clause]:
        """Give what the filter asks of a field, of the SQL of its value: it bounds a walk in the field's order."""
        return [
            value_test(part, self.context, is_sqlite=self.is_sqlite)(value)
            for part in self.must_hold()
            if self._asks_for_something(part) and (part.field.over or part.field.name) == (field.over or field.name)
        ]

    def _asks_for_something(self, part: Filter) -> TypeGuard[Comparison]:
        """Whether a part is a comparison that only what has a value passes, and that its test says alone."""
        if not isinstance(part, Comparison):
            return False
        operator, denies = affirmed(part)
        return not denies and operator != "is empty" and not holds(part, {}, self.context)

    def is_quick(self, part: Filter) -> bool:
        """Whether the query of `ids` goes straight to what it finds; else it looks through a whole index."""
        if isinstance(part, (And, Or)):
            return all(self.is_quick(one) for one in part.parts)
        if isinstance(part, Not) or part.field.name in {"pool", "fed_by"}:
            return False
        if part.field.kind != "text":
            return True
        is_first = part.field.name == "last_name"
        return is_first and part.operator != "contains" and all(is_plain(str(value)) for value in part.values)

    def counts_by_index(self) -> Clause | None:
        """Give a query for the ids of just the wanted records that reads nothing but an index; None: there is none."""
        parts = list(self.must_hold())
        if not parts:
            indexed = {"lead": "ix_lead_status", "contact": "ix_contact_customer_status", "deal": "ix_deal_stage_id"}
            sql = f"SELECT t.id FROM {self.kind} t INDEXED BY {indexed[self.kind]} WHERE {IN_SIGHT[self.kind]}"
            return Clause(sql)
        if len(parts) > 1 or not isinstance(parts[0], Comparison) or not self.is_quick(parts[0]):
            return None
        source = self.source(parts[0])
        covered = isinstance(source, Either) or getattr(source, "index", "") in _COVERING
        return self.ids(parts[0]) if covered else None


_COVERING = frozenset(
    "ix_lead_status ix_lead_names ix_lead_owner_id ix_lead_source_id ix_contact_customer_status ix_contact_names "
    "ix_contact_owner_id ix_deal_estimated_close_date ix_deal_owner_id ix_deal_stage_id".split()
)
"""Indexes that also say whether a record is in sight."""
