"""Finds mapping files: the shipped ones and those of installed packages, each replaced by the admin's of its name."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from mappings.errors import nearest
from mappings.file import MappingFile
from mappings.packages import package_folders
from sell_model.errors import SetupError

_SHIPPED = Path(__file__).parent

__all__ = ["Library", "MappingFile"]


class Library:
    """All mapping files of a hub, by name: `hubspot/contacts.lead` is connector, stream and target.

    Args:
        admin_folder: where the admin's own files lie, laid out as the shipped ones,
            `<connector>/<stream>.<target>.yaml`; it need not exist.
    """

    def __init__(self, admin_folder: Path | None) -> None:
        self.admin_folder = admin_folder

    def names(self) -> list[str]:
        """Name every mapping, shipped, of installed packages and the admin's, in order."""
        return sorted(self._files())

    def for_stream(self, connector: str, stream: str) -> list[MappingFile]:
        """Give all mappings of a stream, one for each target, in the order of their names."""
        start = f"{connector}/{stream}."
        return [file for name, file in sorted(self._files().items()) if name.startswith(start)]

    def file(self, name: str) -> MappingFile:
        """Give a mapping by its name.

        Raises:
            SetupError: there is none of that name.
        """
        files = self._files()
        if name not in files:
            near = nearest(name, files)
            raise SetupError(
                f"no mapping is called {name!r}" + (f"; nearest: {near}" if near else ""),
                fix="sellhub map list names them all; sellhub map new writes one",
            )
        return files[name]

    def path(self, name: str) -> Path:
        """Give the file in which a mapping stands.

        Raises:
            SetupError: there is none of that name.
        """
        return self.file(name).path

    def _files(self) -> dict[str, MappingFile]:
        found = self._brought
        return found | _in_folder(self.admin_folder, shipped=False) if self.admin_folder else found

    @cached_property
    def _brought(self) -> dict[str, MappingFile]:
        """What came with the hub and with packages.

        Raises:
            SetupError: two of them bring a mapping of one name.
        """
        found = _in_folder(_SHIPPED, shipped=True)
        for package, folder in package_folders().items():
            brought = _in_folder(folder, shipped=True)
            if twice := sorted(found.keys() & brought.keys()):
                raise SetupError(
                    f"the installed package {package!r} brings the mapping {twice[0]!r}, which is there already",
                    fix="take one of the packages out; to replace a mapping, put yours into the hub's mappings folder",
                )
            found |= brought
        return found


def _in_folder(folder: Path, *, shipped: bool) -> dict[str, MappingFile]:
    return {
        (name := f"{path.parent.name}/{path.stem}"): MappingFile(path, name, shipped)
        for path in sorted(folder.glob("*/*.yaml"))
    }
