from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from mappings.check import check_file
from mappings.language import KEYS
from mappings.library import Library
from mappings.marks import read_yaml
from mappings.schema import json_schema
from mappings.steps import all_steps
from tests.mappings.conftest import Write

REFERENCE = (Path(__file__).resolve().parents[2] / "docs" / "mapping-language.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^#{2,4} (.*)$", REFERENCE, re.MULTILINE)
NAMED = {name for heading in HEADINGS for name in re.findall(r"`([^`]+)`", heading)}
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", REFERENCE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", sorted([*KEYS, *all_steps()]))
def test_every_key_and_every_step_has_its_heading(name: str) -> None:
    """What is not in the reference does not exist for an admin."""
    assert name in NAMED


def test_the_reference_names_nothing_that_is_not_there() -> None:
    """A step that was taken out leaves the page too."""
    assert NAMED.issubset({*KEYS, *all_steps()})


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_of_the_reference_is_true(write: Write, text: str) -> None:
    """Each is a whole mapping with examples of its own, and they pass."""
    file = write(text)

    assert check_file(file) == []
    assert file.spec is not None
    assert file.spec.examples


def test_the_published_schema_takes_what_the_language_takes() -> None:
    """Editors complain about no shipped file and no example of the reference."""
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    library = Library(None)
    texts = [*EXAMPLES, *(library.path(name).read_text(encoding="utf-8") for name in library.names())]

    for text in texts:
        assert list(validator.iter_errors(read_yaml(text, "x").data)) == []


@pytest.mark.parametrize(
    "text",
    [
        "from: a.b\nto: leed\nfields: {last_name: n}",
        "from: a.b\nto: lead\nfields: {last_name: {form: n}}",
        "from: a.b\nto: lead\nfields: {email: {from: n, steps: [emial]}}",
        "from: a.b\nto: lead\nfeilds: {}",
        "to: lead\nfields: {last_name: n}",
    ],
)
def test_the_published_schema_finds_what_an_editor_can_find(text: str) -> None:
    """Before the file is saved."""
    assert list(jsonschema.Draft202012Validator(json_schema()).iter_errors(yaml.safe_load(text)))
