"""Watching a run from beside it: what it has stored so far, on standard error, when somebody is looking."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from console.telling import progress

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from hub.opening import Hub

EVERY_SECONDS = 0.5


@contextmanager
def watching(hub: Hub, source: str, text: str, *, stored: bool = True) -> Iterator[None]:
    """Show how many records of a source are taken in while the body runs.

    Args:
        stored: whether the work is stored as it goes; of a rehearsal nothing can be seen from beside it.
    """
    if not stored or not sys.stderr.isatty():
        with progress(text):
            yield
        return
    with _bar() as bar:
        task, done = bar.add_task(text, total=None, held=""), Event()
        watcher = Thread(target=_watch, args=(hub, source, bar, task, done), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = ("{task.description}", "{task.completed:,.0f} read", "{task.fields[held]}")
    told = [TextColumn(column) for column in columns]
    return Progress(
        told[0], BarColumn(20), *told[1:], TimeElapsedColumn(), console=Console(stderr=True), transient=True
    )


def _watch(hub: Hub, source: str, bar: Progress, task: TaskID, done: Event) -> None:
    """Look again and again, on a connection of our own; when the database cannot be read, stop looking."""
    from sell_model.errors import HubError
    from storage.under_way import read_so_far

    while not done.wait(EVERY_SECONDS):
        try:
            with hub.store.read() as db:
                read, held = read_so_far(db, source)
        except HubError:
            return
        bar.update(task, completed=read, held=f"{held:,} held" if held else "")
