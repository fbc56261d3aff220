"""What a process file must keep to: every fault with its place, the nearest name, and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from mappings.errors import MappingError
from mappings.process import answer
from mappings.process_rules import expect_good, faults_of
from tests.process import OURS, told, written

GOOD = """\
source: crm
pipelines:
  - theirs: Deals
    id: default
    ours: sales pipeline
    stages:
      - {theirs: Talk, id: a1, ours: Incoming}
      - {theirs: Odd, id: a2, ours: {new: Odd, category: custom, likelihood: 45}}
      - {theirs: Odder, id: a3, ours: Odd}
      - {theirs: Won, id: 4, closed: won, ours: Won}
  - theirs: Channel
    ours: {new: Channel}
    stages:
      - {theirs: Kickoff, ours: {new: Kickoff, likelihood: 20}}
      - {theirs: Lost, ours: {new: Lost, category: lost}}
statuses:
  - {theirs: 1, ours: New}
  - {theirs: 2, ours: hold}
  - {theirs: 3, ours: {new: Nurturing}}
owners:
  - {theirs: Ann, id: "501", email: ann@old.example, ours: Ann@Example.com}
  - {theirs: Bo, id: "502", ours: {pool: inbound}}
  - {theirs: Cy, id: "503", ours: leave}
  - {theirs: Di, id: "504", email: di@example.com, ours: new}
loss_reasons:
  - {theirs: money, ours: Price}
  - {theirs: x, ours: leave}
sources:
  - {theirs: web, ours: Web}
reads:
  - {theirs: Loss_Reason__c, stream: Opportunity, ours: loss_reason}
"""


def stage(entry: str) -> str:
    """A file with one stage."""
    return f"source: crm\npipelines:\n  - theirs: Deals\n    ours: Sales Pipeline\n    stages:\n      - {entry}\n"


def test_a_good_file_has_no_fault(tmp_path: Path) -> None:
    """Names count whatever their capitals, what is new may be named by others, ids may look like numbers."""
    assert told(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (stage("{theirs: Talk, ours: ^Qoute}"), "the pipeline Sales Pipeline has no stage 'Qoute' → Quote"),
        (
            stage("{theirs: Talk, ours: ^{new: Odd}}"),
            "a new stage needs its likelihood → likelihood: 0 to 100, in percent",
        ),
        (
            stage("{theirs: Talk, ours: {new: Odd, category: ^loste}}"),
            "category 'loste' is none of incoming, qualified, quote, closure, won, unqualified, lost, custom → lost",
        ),
        (
            stage("{theirs: Talk, ours: ^{new: Yes, category: won}}"),
            "a pipeline has one stage that means won, and this one has 'Won' → ours: Won",
        ),
        (
            stage("{theirs: Talk, ours: ^{new: Odd, likelihood: 101}}"),
            "ours is the name of a stage, or {new: NAME, category: custom, likelihood: PERCENT} → ",
        ),
        (
            "source: crm\npipelines:\n  - {theirs: Deals, ours: ^Sale Pipeline}\n",
            "there is no pipeline 'Sale Pipeline' → Sales Pipeline",
        ),
        (
            "source: crm\nowners:\n  - {theirs: Ann, ours: ^an@example.com}\n",
            "there is no user with the address 'an@example.com' → ann@example.com",
        ),
        (
            "source: crm\nowners:\n  - {theirs: Ann, ours: ^{pool: Inbond}}\n",
            "there is no pool 'Inbond' → Inbound",
        ),
        (
            "source: crm\nowners:\n  - {theirs: Ann, ours: ^new}\n",
            "Ann has no address to become a user by → a user's address, {pool: NAME}, leave, or new",
        ),
        ("source: crm\nstatuses:\n  - {theirs: A, ours: ^Wroking}\n", "there is no status 'Wroking' → Working"),
        (
            "source: crm\nloss_reasons:\n  - {theirs: A, ours: ^hold}\n",
            "there is no loss reason 'hold' → a loss reason, {new: NAME}, or leave",
        ),
        (
            "source: crm\nstatuses:\n  - {theirs: A, ours: New}\n  - ^{theirs: A, ours: Working}\n",
            "'A' stands here twice → keep one of them",
        ),
        ("source: crm\nstatuses:\n  - {theirs: A, ours: ^[New]}\n", "ours is a status, {new: NAME}, or hold → "),
        (
            "source: crm\nreads:\n  - {theirs: A, stream: Lead, ours: ^reason}\n",
            "there is no field that this could feed: 'reason' → loss_reason",
        ),
        ("source: crm\n^statusses: []\n", "there is no key 'statusses' → statuses"),
        ("source: crm\nstatuses:\n  - ^{theirs: A}\n", "the key 'ours' is missing in statuses.0 → "),
        (
            "source: ^crn\n",
            "the file is called crm.process.yaml, but is for crn → call it crn.process.yaml, or correct source",
        ),
        ("^", "an empty file → "),
    ],
)
def test_every_fault_says_where_and_what_would_be_right(text: str, fault: str, tmp_path: Path) -> None:
    """Where ^ stands, as an editor jumps to it."""
    before = text.partition("^")[0]
    line, column = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1

    assert told(tmp_path, text.replace("^", "")) == [f"{line}:{column} {fault}"]


def test_all_faults_come_at_once_and_what_is_open_is_one_of_them(tmp_path: Path) -> None:
    """The list is complete: who has answered it all can sync."""
    text = (
        stage('{theirs: Talk, id: a1, ours: "?"}')
        + 'owners:\n  - {theirs: Ann, ours: "?"}\n  - {theirs: Bo, ours: bo}\n'
    )

    found = told(tmp_path, text)

    assert [each.partition(" ")[2].partition(" →")[0] for each in found] == [
        "not mapped: stage Talk (a1) of Deals",
        "not mapped: owner Ann",
        "there is no user with the address 'bo'",
    ]


def test_a_file_that_is_not_good_is_refused_with_all_of_it(tmp_path: Path) -> None:
    """In the words that a sync prints."""
    file = written(tmp_path, stage('{theirs: Talk, ours: "?"}'))

    with pytest.raises(MappingError, match="not mapped: stage Talk of Deals") as refused:
        expect_good(file, OURS)

    assert refused.value.fix == "answer or correct these lines, then: sellhub map check crm.process"
    assert (refused.value.line, refused.value.column) == (6, 30)


def test_without_the_hub_only_what_the_file_itself_says_is_checked(tmp_path: Path) -> None:
    """`doctor` asks no database."""
    file = written(tmp_path, stage('{theirs: Talk, ours: "?"}').replace("Sales Pipeline", "Nowhere"))

    assert [fault.message for fault in faults_of(file)] == ["not mapped: stage Talk of Deals"]


@pytest.mark.parametrize("ours", [None, "", " ", [], {"pool": ""}, {"new": ""}, {"new": "X", "category": "won"}])
def test_what_cannot_be_an_answer_is_none(ours: object) -> None:
    """Of a status: no blank, no list, no stage's words."""
    assert answer("statuses", ours) is None
