"""`sellhub connector`: what the hub can read from, whether it can, its fields, a raw sample, a new one of one's own."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.main import CREDENTIALS, DONE, FAILED
from console.telling import progress, tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from connectors.connector import SourceField
    from hub.catalogue import Offer, Setting, SourceLine

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]

app = cyclopts.App(
    name="connector",
    help="What the hub can read from: list, check, discover, pull, new.",
    result_action="return_value",
    help_format="plaintext",
)


@app.command(name="list")
def list_(*, json: Flag = False) -> None:
    """List the installed connectors with their settings and streams, and the sources of hub.toml.

    Args:
        json: Print one object.
    """
    from hub import catalogue
    from hub.opening import open_hub

    with open_hub() as hub:
        offers, sources = catalogue.offers(hub), catalogue.sources(hub)
    if json:
        tell_json({"connectors": [o.to_json() for o in offers], "sources": [asdict(source) for source in sources]})
        return
    for offer in offers:
        tell(f"{offer.name}  {offer.title}")
        tell(f"  streams with a mapping: {', '.join(offer.mapped) or 'none yet: sellhub map new SOURCE.STREAM'}")
        _tell_settings(offer, shared=False)
    tell("settings of every connector")
    _tell_settings(offers[0], shared=True)
    _tell_sources(sources)


def _tell_settings(offer: Offer, *, shared: bool) -> None:
    for setting in offer.settings:
        if setting.shared == shared:
            tell(f"  {setting.name:<20} {_said(setting)}")
    tell()


def _said(setting: Setting) -> str:
    needed = "required" if setting.required else "" if setting.default is None else f"default {setting.default}"
    text = "; ".join(part for part in (setting.text, needed, "secret" if setting.secret else "") if part)
    return text or "optional"


def _tell_sources(sources: list[SourceLine]) -> None:
    if not sources:
        tell("hub.toml names no source yet")
        tell_next("sellhub init")
        return
    tell("sources of hub.toml:")
    tell_table(
        ("name", "connector", "streams", "problem"),
        [(s.name, s.connector, ", ".join(s.streams) or "–", s.problem or "–") for s in sources],
    )
    tell_next("sellhub connector check", f"sellhub sync {sources[0].name} --limit 20 --dry-run")


@app.command
def check(source: str | None = None, /, *, json: Flag = False) -> int:
    """Try a source, or all of hub.toml, live: reachable, credentials, rights, a sample, rate left.

    Args:
        source: Its name in hub.toml.
        json: Print one object per check.
    """
    from hub.catalogue import check_source, refused
    from hub.opening import open_hub

    with open_hub() as hub:
        names = [source] if source is not None else list(hub.settings.sources)
        found = []
        for name in names:
            with progress(f"{name}: trying"):
                found += [(name, each) for each in check_source(hub, name)]
    if json:
        tell_json([{"source": name, **asdict(each)} for name, each in found])
    else:
        for name, each in found:
            fix = f"   fix: {each.fix}" if each.fix and not each.ok else ""
            tell(f"{'ok' if each.ok else 'FAIL':<5} {name}: {each.name}: {each.text}{fix}")
        if not names:
            tell("hub.toml names no source yet")
            tell_next("sellhub init")
    if all(each.ok for _, each in found):
        return DONE
    return CREDENTIALS if refused(each for _, each in found) else FAILED


@app.command
def discover(place: str, /, *, json: Flag = False) -> None:
    """List the fields of a stream, custom ones too, with type and example.

    Args:
        place: SOURCE or SOURCE.STREAM of hub.toml, or the path of a CSV file.
        json: Print one object: stream to fields.
    """
    from hub.catalogue import fields_of
    from hub.opening import open_hub

    with open_hub() as hub, progress(f"{place}: asking for its fields"):
        found = fields_of(hub, place)
    if json:
        tell_json({stream: [asdict(field) for field in fields] for stream, fields in found.items()})
        return
    for stream, fields in found.items():
        tell(f"{stream}: {len(fields)} fields, {sum(field.custom for field in fields)} of them custom")
        if fields:
            tell_table(("path", "type", "label", "custom", "example"), [_row(field) for field in fields])
    tell_next(f"sellhub map new {place}")


def _row(field: SourceField) -> tuple[Any, ...]:
    choices = f" ({', '.join(field.choices[:5])}{', …' if len(field.choices) > 5 else ''})" if field.choices else ""
    example = " ".join(field.example.split())
    return field.path, field.type + choices, field.label, "yes" if field.custom else "", example[:60]


@app.command
def pull(place: str, /, *, limit: int = 3) -> None:
    """Print raw records as JSON, as the source sends them. Nothing is stored.

    Args:
        place: SOURCE.STREAM of hub.toml, or the path of a CSV file.
        limit: How many.
    """
    from hub.catalogue import raw_sample
    from hub.opening import open_hub

    with open_hub() as hub, progress(f"{place}: reading"):
        records = raw_sample(hub, place, limit)
    tell_json([asdict(record) for record in records])


@app.command
def new(name: str, /, *, out: Path | None = None, dry_run: Flag = False) -> None:
    """Write a package with a connector of your own: it works, and passes the conformance suite.

    Args:
        name: What it is called in hub.toml: small letters, digits and _.
        out: The folder to write it into; left out: sellhub-NAME, here.
        dry_run: Say what would be written.
    """
    from hub.new_connector import write_connector

    made = write_connector(name, out, dry_run=dry_run)
    tell("DRY RUN: nothing was written" if dry_run else f"wrote {made.folder}: {made.distribution}, a package for pip")
    for path in made.files:
        tell(f"  {path.as_posix()}")
    if not dry_run:
        tell_next(f"cd {quote(str(made.folder))}", "pip install -e '.[dev]'", "pytest", "sellhub connector list")
