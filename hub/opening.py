"""One hub: its home, its settings, its database, its mappings; opened by every command and flow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from hub.secret_refs import resolved
from hub.settings import Settings, SourcePart, home_folder, read_settings
from mappings.compile import Context
from mappings.library import Library
from sell_model.types import utc_text
from storage import states
from storage.store import Store

MAPPINGS_FOLDER = "mappings"


def utc_now() -> datetime:
    """The time now, UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Hub:
    """What a use case works with."""

    home: Path
    settings: Settings
    store: Store
    library: Library
    clock: Callable[[], datetime] = field(default=utc_now)
    shares_quota: bool = True
    """Whether calls are counted with those of other workers; not where there may be no database to count in."""

    @property
    def context(self) -> Context:
        """What mappings fall back to: region, zone, currency."""
        part = self.settings.hub
        return Context(region=part.region, timezone=part.timezone, currency=part.currency)

    def with_source(self, name: str, part: SourcePart) -> Hub:
        """Give the same hub with one more source than hub.toml names, such as an import's file."""
        sources = {**self.settings.sources, name: part}
        return replace(self, settings=self.settings.model_copy(update={"sources": sources}))

    def now(self) -> str:
        """The time now as stored: ISO 8601 UTC text."""
        return utc_text(self.clock())


def database_url(home: Path, settings: Settings) -> str:
    """Give the database's URL: references resolved, a relative SQLite path set in the home."""
    url = str(resolved(settings.storage.url, "[storage] url", home))
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.startswith(f"{prefix}/") and url != f"{prefix}:memory:":
        return f"{prefix}{home / url.removeprefix(prefix)}"
    return url


@contextmanager
def open_hub(home: str | Path | None = None) -> Iterator[Hub]:
    """Open the hub of a home folder, its database at the current schema and seeded.

    Raises:
        SetupError: `hub.toml` or the database says no.
    """
    folder = home_folder(home)
    settings = read_settings(folder)
    store = Store(database_url(folder, settings))
    hub = Hub(folder, settings, store, Library(folder / MAPPINGS_FOLDER))
    try:
        prepare(hub)
        yield hub
    finally:
        store.close()


def prepare(hub: Hub) -> None:
    """Bring the database to the current schema, and give it what hub.toml says it starts with."""
    from hub.rekeying import rekey
    from hub.seeds import plant

    hub.store.upgrade()
    rekey(hub)
    plant(hub)
    _clear(hub)


def _clear(hub: Hub) -> None:
    """Finish forgetting somebody where a process was killed behind its transaction."""
    with hub.store.read() as db:
        if not states.named(db, "clearing:"):
            return
    from hub.clearing import clear_where_left

    clear_where_left(hub)
