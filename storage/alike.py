"""Records that a new one is like: found by match keys and by indexed names, never by reading all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from storage.hot import Writer

MOST = 50
"""So many are looked at for one key or one name: an office's address may belong to thousands."""
NAMESAKES = 1_000
"""So many of one last name are compared by their first names."""

_IN_SIGHT = {
    "lead": "t.merged_into IS NULL AND t.deleted_at IS NULL AND COALESCE(t.gone_at_source, '') <> 'converted'",
    "contact": "t.merged_into IS NULL AND t.deleted_at IS NULL",
}
_NAMES = {
    "lead": "t.first_name, t.last_name, t.organization_name",
    "contact": "t.first_name, t.last_name, CASE WHEN t.is_organization THEN t.name END",
}


@dataclass(frozen=True, slots=True)
class Namesake:
    """A lead or contact in sight, as far as its name goes."""

    kind: str
    id: int
    first_name: str | None
    last_name: str | None
    company: str | None
    """A lead's organization, a company's own name."""

    @property
    def name(self) -> str:
        """What it is called."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.company or ""


def bearing(db: Writer, key: int, column: str) -> list[Namesake]:
    """List the leads and contacts in sight of those who bear a match key; at most fifty of each.

    Args:
        column: `person_id` or `company_id`: whose keys are of this kind.
    """
    kinds = ("lead", "contact") if column == "person_id" else ("contact",)
    found: list[Namesake] = []
    for kind in kinds:
        rows = db.select(
            f'SELECT t.id, {_NAMES[kind]} FROM "{kind}" t WHERE {_IN_SIGHT[kind]} AND t.{column} IN '
            f"(SELECT DISTINCT k.identity_id FROM match_key k WHERE k.key = ? LIMIT {MOST}) ORDER BY t.id LIMIT {MOST}",
            (key,),
        )
        found += [Namesake(kind, *row) for row in rows]
    return found


def people_called(db: Writer, last_names: Sequence[str]) -> list[Namesake]:
    """List the leads and the person contacts of these last names, as they are spelled; at most 1,000 of each."""
    last_name = "t.last_name COLLATE NOCASE" if db.is_sqlite else "t.last_name"  # as it is indexed
    found: list[Namesake] = []
    for kind in ("lead", "contact"):
        sql = (
            f'SELECT t.id, {_NAMES[kind]} FROM "{kind}" t WHERE {last_name} IN {{in}} AND {_IN_SIGHT[kind]} '
            f"LIMIT {NAMESAKES}"
        )
        found += [Namesake(kind, *row) for row in db.select_in(sql, dict.fromkeys(last_names))]
    return found


def deals_of(db: Writer, contact_ids: Iterable[int]) -> list[tuple[int, str]]:
    """List the deals in sight of these contacts, the latest first: id, name; at most five thousand, Sell's limit."""
    sql = (
        "SELECT id, name FROM deal WHERE contact_id IN {in} AND deleted_at IS NULL AND name IS NOT NULL "
        "ORDER BY id DESC LIMIT 5000"
    )
    return [(row[0], row[1]) for row in db.select_in(sql, contact_ids)]
