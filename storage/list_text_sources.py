"""Texts that have no column of their own: a full name, parts of an address, custom fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sell_model.filters.fields import Field
from storage.list_clauses import IN_SIGHT, Clause, ValueTest, escaped


@dataclass(frozen=True, slots=True)
class FullName:
    """A lead's first and last name, or the one of them that there is, else the organization's."""

    is_sqlite: bool
    sql: str = (
        "(CASE WHEN t.first_name <> '' AND t.last_name <> '' THEN t.first_name || ' ' || t.last_name "
        "WHEN t.first_name <> '' THEN t.first_name WHEN t.last_name <> '' THEN t.last_name "
        "ELSE t.organization_name END)"
    )

    def having(self, test: ValueTest) -> Clause:
        """Ask first whether a whole word of what is looked for stands in one of the three."""
        words = [max(needle.split(), key=len) for needle in test.needles]
        if not self.is_sqlite or not words or not all(word.isascii() for word in words):
            return test(self.sql)
        return _sifted(["t.last_name", "t.first_name", "t.organization_name"], words, test(self.sql))

    def ids(self, test: ValueTest) -> Clause | None:
        start = f"SELECT t.id FROM lead t INDEXED BY ix_lead_names WHERE {{}} AND {IN_SIGHT['lead']}"
        return self.having(test).within(start)


@dataclass(frozen=True, slots=True)
class AddressPart:
    """A part of an address in a JSON column."""

    column: str
    part: str
    is_sqlite: bool

    @property
    def sql(self) -> str:
        """The text, or NULL."""
        get = f"json_extract(t.{self.column}, '$.{self.part}')"
        return get if self.is_sqlite else f"(t.{self.column} ->> '{self.part}')"

    def having(self, test: ValueTest) -> Clause:
        return _sifted_json(f"t.{self.column}", test, test(self.sql), is_sqlite=self.is_sqlite)

    def ids(self, test: ValueTest) -> Clause | None:
        return None


@dataclass(frozen=True, slots=True)
class CustomText:
    """A text of a custom field; what is no text there is left out."""

    field: Field
    is_sqlite: bool

    @property
    def value(self) -> Clause:
        """The text, or NULL."""
        return self._each().within("(SELECT {} LIMIT 1)")

    def having(self, test: ValueTest) -> Clause:
        each, passes = self._each(), test("v.text")
        sql = f"EXISTS (SELECT 1 FROM (SELECT {each.sql}) v WHERE {passes.sql})"
        found = Clause(sql, (*each.values, *passes.values))
        return _sifted_json("t.custom_fields", test, found, is_sqlite=self.is_sqlite)

    def ids(self, test: ValueTest) -> Clause | None:
        return None

    def _each(self) -> Clause:
        """Select the text, if there is one, as `text`."""
        name, part = self.field.custom, self.field.part
        if self.is_sqlite:
            text = f"json_extract(j.value, '$.{part}')" if part else "j.value"
            what = "object" if part else "text"
            start = f"{text} AS text FROM json_each(t.custom_fields) j WHERE j.type = '{what}' AND j.key = ?"
            return Clause(start, (name,))
        at = f"j.value -> '{part}'" if part else "j.value"
        start = f"{at} #>> ARRAY[]::text[] AS text FROM jsonb_each(t.custom_fields) j WHERE j.key = ?"
        return Clause(f"{start} AND jsonb_typeof({at}) = 'string'", (name,))


def _sifted(columns: Sequence[str], needles: Sequence[str], found: Clause) -> Clause:
    """On SQLite, look for a text in columns as they are before what costs more is asked; the texts are ASCII."""
    likely = " OR ".join(f"{column} LIKE ? ESCAPE '!'" for _ in needles for column in columns)
    patterns = (f"%{escaped(needle)}%" for needle in needles for _ in columns)
    return Clause(f"(({likely}) AND {found.sql})", (*patterns, *found.values))


def _sifted_json(column: str, test: ValueTest, found: Clause, *, is_sqlite: bool) -> Clause:
    plain = test.needles and all(map(_stands_as_it_is, test.needles))
    return _sifted([column], test.needles, found) if is_sqlite and plain else found


def _stands_as_it_is(text: str) -> bool:
    """Whether JSON writes a text without escapes, and LIKE folds its letters as we do."""
    return text.isascii() and text.isprintable() and not set(text) & {'"', "\\"}
