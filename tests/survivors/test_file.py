"""The file of rules: every fault is named with its line and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from mappings.survivors import Known, SurvivorsFile, check_survivors, notes_of, rules_of
from sell_model.custom_fields import CustomField
from sell_model.survivorship_rules import Rule, Sources

KNOWN = Known(
    ("crm", "shop"),
    (
        CustomField("lead", "Skills", "multi_select_list"),
        CustomField("lead", "Budget", "text", former_names=("Money",)),
    ),
)


def file_of(folder: Path, text: str) -> SurvivorsFile:
    """A file that says this."""
    path = folder / "survivors.yaml"
    path.write_text(text, encoding="utf-8")
    return SurvivorsFile(path, "survivors")


def test_every_form_of_a_rule_is_read(tmp_path: Path) -> None:
    """One word, a list, sources in order."""
    text = """
lead:
  title: longest
  phone: [verified, recent]
  tags: [union, {source: [shop, crm]}]
  custom_fields.Skills: union
  owner: {source: [crm]}
"""
    assert rules_of(file_of(tmp_path, text), KNOWN).of("lead") == {
        "title": Rule(("longest",)),
        "phone": Rule(("verified", "recent")),
        "tags": Rule((Sources(("shop", "crm")),), union=True),
        "custom_fields.Skills": Rule(union=True),
        "owner": Rule((Sources(("crm",)),)),
    }


def test_the_version_changes_with_the_meaning_only(tmp_path: Path) -> None:
    """A comment or another order of lines has nothing computed anew; no rules are the usual ones."""

    def version(text: str) -> str:
        return rules_of(file_of(tmp_path, text), KNOWN).version

    one = version("lead:\n  title: longest\n  phone: recent\n")
    assert version("# ours\nlead:\n  phone: [recent]\n  title: longest\n") == one
    assert version("lead:\n  title: recent\n  phone: recent\n") != one
    assert version("lead: {}\n") == ""


@pytest.mark.parametrize(
    ("text", "line", "message", "suggestion"),
    [
        ("lead:\n  titel: longest\n", 2, "a lead has no field 'titel'", "title"),
        ("lead:\n  title: longst\n", 2, "'longst' is none of", "longest"),
        ("lead:\n  title: [recent, longst]\n", 2, "'longst' is none of", "longest"),
        ("leads:\n  title: longest\n", 1, "there is no key 'leads'", "lead"),
        ("lead:\n  title: union\n", 2, "title holds one value", "recent"),
        ("lead:\n  custom_fields.Budget: union\n", 2, "holds one value", "recent"),
        ("lead:\n  tags: recent\n", 2, "tags are united", "[union, recent]"),
        ("lead:\n  title: []\n", 2, "title has an empty rule", "recent"),
        ("lead:\n  title: [recent, recent]\n", 2, "names a criterion twice", "each once"),
        ("lead:\n  title: verified\n", 2, "nobody can tell whether it is verified", "recent"),
        ("lead:\n  title: {source: [cmr]}\n", 2, "no source is called 'cmr'", "crm"),
        ("lead:\n  title: {source: []}\n", 2, "at least 1 item", ""),
        ("lead:\n  title: {sources: [crm]}\n", 2, "'source", "source"),
        ("lead:\n  email_consent: recent\n", 2, "of consent the strictest word holds", "leave it out"),
        ("lead:\n  custom_fields: recent\n", 2, "one by one", "custom_fields.NAME"),
        ("deal:\n  currency: recent\n", 2, "goes with the value", "value"),
        ("deal:\n  pipeline: recent\n", 2, "follows from the stage", "stage"),
        ("lead: longest\n", 1, "lead", ""),
        ("lead:\n  title: 5\n", 2, "none of", ""),
        ("", 1, "an empty file", ""),
        ("- a\n", 1, "keys are expected", ""),
        ("lead: {title: longest\n", 2, "", ""),
    ],
)
def test_a_fault_names_its_line_and_the_way_out(
    tmp_path: Path, text: str, line: int, message: str, suggestion: str
) -> None:
    """An admin finds it without reading code."""
    faults = check_survivors(file_of(tmp_path, text), KNOWN)

    assert [fault for fault in faults if message in fault.message and suggestion in fault.suggestion], faults
    assert faults[0].line == line


def test_a_custom_field_that_nobody_has_is_told(tmp_path: Path) -> None:
    """A misspelt one would do nothing, without a word; a renamed one, too."""
    file = file_of(tmp_path, "lead:\n  custom_fields.Skils: union\n  custom_fields.Money: recent\n")

    assert check_survivors(file, KNOWN) == []
    assert [(note.line, note.suggestion, note.level) for note in notes_of(file, KNOWN)] == [
        (2, "custom_fields.Skills", "note"),
        (3, "custom_fields.Budget", "note"),
    ]
