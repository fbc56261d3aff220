"""The schema: made by migrations alone, the same on both databases, and never newer than the hub."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from sell_model.errors import SetupError
from storage.engine import SCHEMA, revision
from storage.migrations import heads
from storage.store import Store
from storage.tables import ONLY_ON, metadata
from storage.views import VIEWS


@pytest.fixture
def url(empty_database_url: str) -> str:
    """Each database in turn, empty."""
    return empty_database_url


def test_the_migrations_make_just_the_tables_that_the_code_knows(url: str) -> None:
    """A column in one and not in the other would be found by a user."""
    store = Store(url)
    assert store.upgrade() is None
    with store.engine.connect() as connection:
        options = {"compare_type": False, "include_object": _expected_on(connection.dialect.name)}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    assert differences == []
    store.close()


def _expected_on(dialect: str) -> Callable[..., bool]:
    """Leave out the indexes that the other database alone has."""
    return lambda item, *_: item.info.get(ONLY_ON, dialect) == dialect


def test_the_newest_migration_is_the_one_the_code_expects() -> None:
    """A database at that revision is opened without a look at Alembic."""
    assert heads() == (SCHEMA,)


def test_upgrading_again_does_nothing(url: str) -> None:
    """It is done at every opening."""
    store = Store(url)
    store.upgrade()
    assert store.upgrade() == SCHEMA == revision(store.engine)
    store.close()


def test_a_database_of_a_newer_hub_is_left_alone(url: str) -> None:
    """Going on would damage what this version does not know."""
    store = Store(url)
    store.upgrade()
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SetupError, match="9999"):
        store.upgrade()
    store.close()


def test_every_view_can_be_read(url: str) -> None:
    """They are what people query."""
    store = Store(url)
    store.upgrade()
    with store.read() as db:
        for view in VIEWS:
            assert db.select(f"SELECT COUNT(*) FROM {view}") == [(0,)]
    store.close()


@pytest.mark.parametrize("url", ["nonsense", "mysql://x@y/z"])
def test_a_url_that_names_no_database_of_ours_is_refused_with_examples(url: str) -> None:
    """The message shows what is meant."""
    with pytest.raises(SetupError) as caught:
        Store(url)
    assert "sqlite:///" in caught.value.fix
