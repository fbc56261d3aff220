"""Mappings that installed packages bring: found beside ours, below the admin's, and never in silence over another's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mappings.library import Library
from sell_model.errors import SetupError

MAPPING = "from: {connector}.people\nto: lead\nid: id\nfields:\n  last_name: name\n"

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a package with one mapping, as pip would have; gives the folder of its mappings."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def installed(name: str, connector: str = "acme", stream: str = "people", *, whole: bool = True) -> Path:
        info = site / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[sell_hub.mappings]\n{name} = {name}.mappings\n", encoding="utf-8")
        folder = site / name / "mappings" / connector
        if whole:
            folder.mkdir(parents=True)
            (site / name / "__init__.py").write_text("", encoding="utf-8")
            (folder / f"{stream}.lead.yaml").write_text(MAPPING.format(connector=connector), encoding="utf-8")
        return folder

    return installed


def test_a_packages_mapping_is_found_beside_ours(install: Install) -> None:
    """By connector, stream and target, as those that are shipped."""
    install("acme_package_a")
    library = Library(None)

    assert [file.name for file in library.for_stream("acme", "people")] == ["acme/people.lead"]
    assert library.file("acme/people.lead").shipped
    assert "hubspot/contacts.lead" in library.names()


def test_the_admins_file_stands_over_a_packages(install: Install, tmp_path: Path) -> None:
    """As over a shipped one."""
    install("acme_package_b")
    own = tmp_path / "own" / "acme" / "people.lead.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(MAPPING.format(connector="acme"), encoding="utf-8")

    assert Library(tmp_path / "own").path("acme/people.lead") == own


@pytest.mark.parametrize(("connector", "stream"), [("acme", "people"), ("hubspot", "contacts")])
def test_two_mappings_of_one_name_are_an_error(install: Install, connector: str, stream: str) -> None:
    """Which of them is in force would be a matter of chance."""
    install(f"acme_package_c_{connector}")
    install(f"acme_package_d_{connector}", connector, stream)

    with pytest.raises(SetupError, match=f"'{connector}/{stream}.lead', which is there already") as caught:
        Library(None).names()

    assert "acme_package_d" in str(caught.value)
    assert caught.value.fix


def test_a_package_without_its_folder_is_said(install: Install) -> None:
    """An entry point that leads nowhere is a package that is broken, not one without mappings."""
    install("acme_package_e", whole=False)

    with pytest.raises(SetupError, match="acme_package_e") as caught:
        Library(None).names()

    assert "install the package again" in caught.value.fix
