"""The survivorship rules in force: those of the admin's file, or the usual ones."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from hub.opening import MAPPINGS_FOLDER, Hub
from hub.settings import HAND
from mappings.survivors import FILE_NAME, NAME, Known, SurvivorsFile, rules_of
from sell_model.survivorship_rules import Survival
from storage import states
from storage.custom_fields import custom_fields
from storage.hot import Writer
from storage.streams import source_names

USUAL = Survival()
STATE = "survivors"
"""The state that holds the version of the rules by which what is stored was computed."""
_UNSURE = "to be applied"


def outdate(db: Writer) -> None:
    """Have the rules applied once more by the next sync, where there ever were any of the hub's own."""
    if states.state(db, STATE) is not None:
        states.set_state(db, STATE, _UNSURE)


def file_path(hub: Hub) -> Path:
    """Give where the file of rules lies, if there is one."""
    return hub.home / MAPPINGS_FOLDER / FILE_NAME


def survival_of(hub: Hub, db: Writer) -> Survival:
    """Give the rules of the hub's file; without one, the usual ones, at the cost of a look.

    Raises:
        MappingError: the file is not right.
    """
    path = file_path(hub)
    try:
        stat = path.stat()
    except FileNotFoundError:
        return USUAL
    return rules_of(_file(path, (stat.st_mtime_ns, stat.st_size, stat.st_ino)), known_to(hub, db))


def known_to(hub: Hub, db: Writer) -> Known:
    """Give the sources and custom fields that rules may name: those of hub.toml, of imports, what people add."""
    sources = dict.fromkeys([*hub.settings.sources, *source_names(db), HAND])
    return Known(tuple(sources), tuple(custom_fields(db)))


@lru_cache(maxsize=4)
def _file(path: Path, _changed: tuple[int, ...]) -> SurvivorsFile:
    return SurvivorsFile(path, NAME)
