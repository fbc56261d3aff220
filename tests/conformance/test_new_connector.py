"""`sellhub connector new`: what it writes is whole, and nothing of anybody's is written over."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.main import run
from hub.new_connector import write_connector
from sell_model.errors import SetupError


def test_every_word_of_the_templates_is_filled_in(tmp_path: Path) -> None:
    """A name of several words is written as each place needs it."""
    made = write_connector("fair_desk_2", tmp_path / "here")

    texts = {path.as_posix(): (made.folder / path).read_text(encoding="utf-8") for path in made.files}
    assert made.distribution == "sellhub-fair-desk-2"
    assert [path for path, text in texts.items() if "{{" in text] == []
    assert "class FairDesk2(Connector[FairDesk2Config])" in texts["sellhub_fair_desk_2/connector.py"]
    assert "from: fair_desk_2.people" in texts["sellhub_fair_desk_2/mappings/fair_desk_2/people.lead.yaml"]


def test_a_dry_run_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names every file that would be there."""
    monkeypatch.chdir(tmp_path)

    run(["connector", "new", "acme_crm", "--dry-run"])

    assert "sellhub_acme_crm/connector.py" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["Acme", "2acme", "acme-crm", "../acme", "", "class", "a" * 41])
def test_a_name_that_cannot_be_one_is_refused(tmp_path: Path, name: str) -> None:
    """It becomes a module, a class, and the name of a folder."""
    with pytest.raises(SetupError) as caught:
        write_connector(name, tmp_path / "here")

    assert caught.value.fix
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    """Two connectors of one name would be a matter of chance."""
    with pytest.raises(SetupError, match="there is a connector called 'hubspot'"):
        write_connector("hubspot", tmp_path / "here")


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    """A folder with something in it, or a file."""
    (tmp_path / "notes").write_text("mine", encoding="utf-8")

    for place in (tmp_path, tmp_path / "notes"):
        with pytest.raises(SetupError, match="not empty"):
            write_connector("acme_crm", place)

    assert [path.name for path in tmp_path.iterdir()] == ["notes"]
