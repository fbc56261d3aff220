"""`tag list|rename|remove`: one tag on all records, by hand edits in portions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from hub import tagging
from hub.opening import Hub, open_hub
from tests.records.conftest import Cli, person


def tags(cli: Cli) -> list[list[str] | None]:
    """The tags of all leads, the oldest first."""
    return [row["tags"] and sorted(row["tags"]) for row in reversed(cli.json("lead", "list"))]


def test_a_tag_is_renamed_and_removed_on_every_record(cli: Cli) -> None:
    """It holds on these whatever their sources say; what is new may bring it again."""
    cli.bring(person("A", "Li", "a@x.example", tags="fair, red"), person("B", "Ng", "b@x.example", tags="fair"))
    assert cli.json("tag", "list", "--of", "lead") == [{"name": "fair", "records": 2}, {"name": "red", "records": 1}]

    assert cli.json("tag", "rename", "fair", "Trade fair", "--of", "lead")["records"] == 2
    cli.bring(person("A", "Li", "a@x.example", tags="fair, blue"), person("C", "Fox", "c@x.example", tags="fair"))
    assert tags(cli) == [["Trade fair", "blue"], ["Trade fair"], ["fair"]]

    assert cli.json("tag", "remove", "Trade fair", "--of", "lead", "--dry-run")["records"] == 2
    assert cli.json("tag", "remove", "Trade fair", "--of", "lead")["records"] == 2
    assert tags(cli) == [["blue"], None, ["fair"]]
    assert cli.ok("tag", "list", "--of", "deal").out.startswith("no deal has a tag")


def test_what_is_no_tag_is_refused(cli: Cli) -> None:
    """With the nearest."""
    cli.ok("lead", "add", "--last-name", "Li", "--tag", "fair")

    assert "nearest: fair" in cli("tag", "remove", "fairs", "--of", "lead").err
    assert "comma" in cli("tag", "rename", "fair", "a,b", "--of", "lead").err
    assert "called 'fair' already" in cli("tag", "rename", "fair", "fair", "--of", "lead").err


@pytest.mark.parametrize("moment", range(3, 12, 2))
def test_a_renaming_that_dies_is_run_again_to_the_same_end(
    cli: Cli, moment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Portions are transactions: what one did is done, what it did not is found again."""
    monkeypatch.setattr(tagging, "PORTION", 2)
    cli.bring(*(person("N", f"L{n}", f"n{n}@x.example", tags="old") for n in range(7)))
    with open_hub(cli.home) as hub:
        with pytest.raises(KeyboardInterrupt):
            tagging.rename_tag(dying(hub, moment), "lead", "old", "new")
        tagging.rename_tag(hub, "lead", "old", "new")

    assert tags(cli) == [["new"]] * 7


def dying(hub: Hub, moment: int) -> Hub:
    """The hub, whose clock ends the process when it is asked for the time so many times."""
    asked: Iterator[int] = iter(range(1, moment))

    def clock() -> datetime:
        if next(asked, None) is None:
            raise KeyboardInterrupt
        return hub.clock()

    return replace(hub, clock=clock)
