from __future__ import annotations

from pathlib import Path

import pytest

from mappings.check import check_file
from mappings.compile import Context, compile_mapping
from mappings.library import Library
from sell_model.errors import SetupError


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_admins_file_replaces_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    """Everything else stays as shipped; new files stand beside."""
    own = put(tmp_path, "hubspot/contacts.lead", "from: hubspot.contacts\nto: lead\nfields: {last_name: id}\n")
    put(tmp_path, "crm/people.lead", "from: crm.people\nto: lead\nfields: {last_name: n}\n")
    library = Library(tmp_path)

    files = library.for_stream("hubspot", "contacts")

    assert [file.name for file in files] == ["hubspot/contacts.contact", "hubspot/contacts.lead"]
    assert [file.shipped for file in files] == [True, False]
    assert library.path("hubspot/contacts.lead") == own
    assert set(library.names()) - set(Library(None).names()) == {"crm/people.lead"}
    assert library.for_stream("hubspot", "contact") == []


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    """The admin has not written any yet."""
    assert Library(tmp_path / "none").names() == Library(None).names()


def test_a_name_that_is_none_says_the_nearest() -> None:
    """A typing error costs one look."""
    with pytest.raises(SetupError, match=r"nearest: hubspot/contacts\.lead"):
        Library(None).path("hubspot/contact.lead")


def test_a_files_name_agrees_with_what_it_maps(tmp_path: Path) -> None:
    """Files are found by their names; one that maps something else would feed the wrong stream."""
    put(tmp_path, "crm/people.lead", "from: crm.persons\nto: lead\nfields: {last_name: n}\n")
    put(tmp_path, "crm/people.lead.vip", "from: crm.people\nto: lead\nfields: {last_name: n}\n")
    library = Library(tmp_path)

    (fault,) = check_file(library.file("crm/people.lead"))

    assert "the file is called crm/people.lead, but maps crm.persons to lead" in fault.message
    assert check_file(library.file("crm/people.lead.vip")) == []


def test_a_changed_line_changes_the_result_and_the_version(tmp_path: Path) -> None:
    """What is landed is mapped again at the next run: the version tells it so."""
    record = {"id": "1", "properties": {"lastname": "Li", "jobtitle": "CEO"}}
    shipped = Library(None).file("hubspot/contacts.lead")
    before = compile_mapping(shipped, Context())
    text = shipped.path.read_text(encoding="utf-8").replace("title: properties.jobtitle", "title: properties.role")
    put(tmp_path, "hubspot/contacts.lead", text)

    after = compile_mapping(Library(tmp_path).file("hubspot/contacts.lead"), Context())

    assert before.version != after.version
    assert before.apply(record) != after.apply(record)
