"""References whose ids come from several streams: the same number may stand for two people."""

from __future__ import annotations

from pathlib import Path

import pytest

from mappings.compile import Context, compile_mapping
from mappings.file import MappingFile
from mappings.rules import faults_of
from sell_model.draft import Draft, JsonObject, Ref

NOTE = """
from: sell.notes
to: note
fields:
  content: content
  person: {from: [{from: lead_id, stream: leads}, {from: contact_id, stream: contacts}], otherwise: wait}
"""


def file_of(folder: Path, text: str) -> MappingFile:
    """A mapping file of these words."""
    path = folder / "notes.note.yaml"
    path.write_text(text, encoding="utf-8")
    return MappingFile(path, "", shipped=False)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"lead_id": 5}, Ref("person", "5", "leads", "wait")),
        ({"contact_id": 5}, Ref("person", "5", "contacts", "wait")),
        ({"lead_id": 4, "contact_id": 5}, Ref("person", "4", "leads", "wait")),
    ],
)
def test_each_source_of_a_reference_says_its_own_stream(tmp_path: Path, record: JsonObject, expected: Ref) -> None:
    """A note on lead 5 must never appear at contact 5."""
    mapping = compile_mapping(file_of(tmp_path, NOTE), Context())

    draft = mapping.apply({"content": "Call them", **record})

    assert isinstance(draft, Draft)
    assert draft.refs["person"] == expected


def test_a_stream_at_a_field_that_is_no_reference_is_a_fault(tmp_path: Path) -> None:
    """It would be passed over without a word."""
    text = NOTE.replace("content: content", "content: {from: [{from: content, stream: leads}]}")

    (fault,) = faults_of(file_of(tmp_path, text))

    assert "no reference" in str(fault)
