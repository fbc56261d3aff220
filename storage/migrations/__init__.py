"""The schema's history, run by Alembic from code: no alembic.ini, no command of its own."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

_MIGRATING = 0x5E11_4B0B
"""The advisory lock of whoever migrates."""


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def run_upgrade(engine: sa.Engine, to: str = "head") -> None:
    """Run the migrations that are missing, in one transaction; who comes meanwhile waits, and finds it done."""
    scripts = _scripts()

    def steps(current: object, _context: object) -> object:
        return scripts._upgrade_revs(to, current)  # type: ignore[arg-type]

    environment = EnvironmentContext(Config(), scripts, fn=steps)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":  # SQLite lets one transaction write at a time
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:one)"), {"one": _MIGRATING})
        environment.configure(connection=connection, fn=steps, transactional_ddl=True)
        environment.run_migrations()


def heads() -> tuple[str, ...]:
    """Give the newest revision, as Alembic reads the folder."""
    return tuple(_scripts().get_heads())
