"""A hub of schema 0001 has converted leads without a note of what they became: the upgrade writes it."""

from __future__ import annotations

import sqlalchemy as sa

from storage.migrations import run_upgrade
from storage.store import Store

_NOW = "2026-01-02T03:04:05.000000Z"
_PEOPLE = f"INSERT INTO person (id, created_at, updated_at) VALUES (7, '{_NOW}', '{_NOW}'), (8, '{_NOW}', '{_NOW}')"
_LEADS = (
    "INSERT INTO lead (id, person_id, last_name, gone_at_source, created_at, updated_at) "
    f"VALUES (1, 7, 'Byron', 'converted', '{_NOW}', '{_NOW}'), (2, 8, 'Cole', NULL, '{_NOW}', '{_NOW}')"
)
_CONTACT = (
    "INSERT INTO contact (id, is_organization, person_id, name, last_name, created_at, updated_at) "
    f"VALUES (5, FALSE, 7, 'Byron', 'Byron', '{_NOW}', '{_NOW}')"
)


def test_what_an_older_hub_converted_is_noted_by_the_upgrade(empty_database_url: str) -> None:
    """So that the lead's activities are found at the contact; nobody's name stands beside it."""
    store = Store(empty_database_url)
    run_upgrade(store.engine, "0001")
    with store.engine.begin() as connection:
        for statement in (_PEOPLE, _LEADS, _CONTACT):
            connection.execute(sa.text(statement))
    store.upgrade()
    with store.read() as db:
        found = db.select("SELECT lead_id, individual_id, creator, run_id, created_at FROM conversion")
    store.close()

    assert [tuple(row) for row in found] == [(1, 5, None, None, _NOW)]
