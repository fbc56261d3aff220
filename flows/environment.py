"""How Prefect is set up for the hub: it tells nobody anything, and keeps its files in the hub's home.

Prefect reads its settings when it is imported, so this module imports nothing of it and is run
before any other module of `flows` (by the package itself).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

FOLDER = ".sellhub/prefect"
"""Where, in the hub's home, Prefect keeps its database and its logs."""

_SETTINGS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # Below the 120 s that a sync's lease holds: a stream that waits to be tried again keeps its right to write.
    "PREFECT_TASK_DEFAULT_RETRY_DELAY_SECONDS": "[10, 60]",
}

for _name, _value in _SETTINGS.items():
    os.environ.setdefault(_name, _value)


def prefect_folder(home: Path) -> Path:
    """Give Prefect's folder in a hub's home; it is there afterwards."""
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def settle(home: Path) -> None:
    """Say, before Prefect is imported, that what it writes belongs into the hub's home.

    Without that the import alone makes a folder in the user's home. Somebody who uses Prefect
    already (a profile, or `PREFECT_HOME`) keeps their own settings.
    """
    has_profile = (Path.home() / ".prefect" / "profiles.toml").exists()
    if "prefect" not in sys.modules and not has_profile:
        os.environ.setdefault("PREFECT_HOME", str(prefect_folder(home)))
