"""Mapping files that installed packages bring, beside the shipped ones: the entry-point group `sell_hub.mappings`."""

from __future__ import annotations

import importlib.util
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from sell_model.errors import SetupError

GROUP = "sell_hub.mappings"


def package_folders() -> dict[str, Path]:
    """Give the folders of installed packages, by the entry points' names, in their order.

    An entry point names a Python package (`sellhub_acme.mappings`); the files lie in its folder as the shipped ones
    do, `<connector>/<stream>.<target>.yaml`. The package itself is not imported, only what it lies in.

    Raises:
        SetupError: a folder that an entry point names is not there.
    """
    return {point.name: _folder(point) for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}


def _folder(point: EntryPoint) -> Path:
    try:
        found = importlib.util.find_spec(point.value)
    except (ImportError, ValueError):
        found = None
    places = list(found.submodule_search_locations or ()) if found is not None else []
    if not places:
        raise SetupError(
            f"the mappings {point.name!r} of an installed package are not there: no folder {point.value!r}",
            fix="install the package again, or take it out; the entry point names a Python package with the files",
        )
    return Path(places[0])
