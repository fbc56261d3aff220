"""Writes a package with a connector that works and passes the conformance suite, to be changed into one's own."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sell_model.errors import SetupError

_TEMPLATES = Path(__file__).parent / "connector_template"
_ENDING = ".tmpl"


@dataclass(frozen=True, slots=True)
class NewPackage:
    """A package that was written, or would be."""

    folder: Path
    distribution: str
    """As pip calls it."""
    files: tuple[Path, ...]
    """Below the folder."""


def write_connector(name: str, out: Path | None = None, *, dry_run: bool = False) -> NewPackage:
    """Write a package whose connector is called `name`, as in hub.toml.

    Args:
        out: the folder to write into; None: `sellhub-NAME`, in the current one.

    Raises:
        SetupError: not a name for a connector, or one that is taken; or there is something in the folder.
    """
    words = _words(name)
    folder = out if out is not None else Path(words["distribution"])
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SetupError(f"{folder} is there, and not empty", fix="give another folder with --out, or empty it")
    texts = _written(words)
    try:
        for path, text in texts.items() if not dry_run else ():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise SetupError(f"{folder} cannot be written: {error.strerror}", fix="check the folder's rights") from error
    return NewPackage(folder, words["distribution"], tuple(texts))


def _words(name: str) -> dict[str, str]:
    """Give what the templates' `{{word}}` stand for."""
    from hub.connecting import CONNECTORS, installed

    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) or keyword.iskeyword(name):
        raise SetupError(
            f"{name!r} cannot be a connector's name", fix="small letters, digits and _, a letter first: acme_crm"
        )
    if name in installed(CONNECTORS):
        raise SetupError(
            f"there is a connector called {name!r}", fix="take another name; sellhub connector list has all"
        )
    parts = [part for part in name.split("_") if part]
    return {
        "name": name,
        "upper": name.upper(),
        "title": " ".join(part.title() for part in parts),
        "class": "".join(part.title() for part in parts),
        "package": f"sellhub_{name}",
        "distribution": f"sellhub-{name.replace('_', '-')}",
    }


def _written(words: Mapping[str, str]) -> dict[Path, str]:
    """Fill in all templates; gives texts by their places below the package's folder."""
    places = {"package": words["package"], "connector": words["name"]}
    texts: dict[Path, str] = {}
    for template in sorted(_TEMPLATES.rglob(f"*{_ENDING}")):
        inside = template.relative_to(_TEMPLATES)
        folders = [places.get(part, part) for part in inside.parts[:-1]]
        text = re.sub(r"\{\{(\w+)\}\}", lambda found: words[found[1]], template.read_text(encoding="utf-8"))
        texts[Path(*folders, inside.name.removesuffix(_ENDING))] = text
    return texts
