"""Prospect lists: whom an ideal-customer filter finds in a file or at a provider, less whom the hub knows.

A list has a name, one origin and one filter. Searching costs nothing, and may be said again: who is new comes in, who
became known drops out. `hub/prospect_buying.py` pays for contact data, `hub/prospect_import.py` makes leads.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from connectors.prospects.file import ProspectFile
from connectors.prospects.person import Prospect
from connectors.prospects.provider import Provider, ProviderConfig
from hub.by_hand import acting
from hub.connecting import configured
from hub.opening import Hub
from hub.prospect_lists import SOURCE, stream_of
from hub.prospect_suppression import Suppression
from mappings.steps_contact import phone
from sell_model.errors import SetupError
from sell_model.filters import Context, Filter, holds
from sell_model.prospects import asked_of_provider, read_filter
from sell_model.types import TEXT_LENGTH, JsonObject
from storage import prospects
from storage.hot import Writer
from storage.prospects import FOUND, GONE, READY, SUPPRESSED, ListRow, ProspectRow

MOST = 1_000
"""Prospects that one search puts on a list, unless somebody says otherwise."""
LOOKED_THROUGH = 50_000
"""People that a provider may offer for a filter: more mean that the filter is too wide."""
PORTION = 200


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for.

    Attributes:
        file, provider: where; None and None: where the list of that name looked before.
        where: the filter; None: everybody, or the filter that the list has.
        most: people who are put on the list at most.
        keep_companies: want people of known companies, too.
    """

    name: str
    file: Path | None = None
    provider: str | None = None
    where: str | None = None
    most: int = MOST
    keep_companies: bool = False


@dataclass(slots=True)
class Searched:
    """What a search came to."""

    name: str
    origin: str
    where: str | None
    read: int = 0
    """People who were offered."""
    fit: int = 0
    """Of these, who meet the filter."""
    new: dict[str, int] = field(default_factory=dict)
    """State → how many came on the list."""
    there: int = 0
    """Who fit and were on the list already."""
    reasons: dict[str, int] = field(default_factory=dict)
    """Why somebody is left out → how many."""
    beyond: bool = False
    """Whether there are more than `most`."""
    notices: list[str] = field(default_factory=list)

    def to_json(self) -> JsonObject:
        """Give the object that `prospect search --json` prints."""
        return {name: getattr(self, name) for name in self.__slots__}


def search(hub: Hub, wanted: Search, *, by: str | None = None, dry_run: bool = False) -> Searched:
    """Look for prospects and keep them on a list; the same again adds who is new, and nobody twice.

    Raises:
        SetupError: no such list, provider or file; another filter than the list's; a name that cannot be.
        ConnectorError: the provider does not answer.
    """
    name = _checked_name(wanted.name)
    with hub.store.read() as db:
        there = prospects.find_list(db, name)
    origin, text = _origin(wanted, there), _filter_text(wanted, there)
    tree = read_filter(text) if text else None
    told = Searched(there.name if there else name, origin, str(tree) if tree else None)
    people = _offered(hub, wanted, origin, tree, told)
    portions = _portions(_fitting(hub, people, tree, told))
    first = next(portions, [])  # before a list is made: what cannot be read leaves none behind
    with hub.store.rehearsal() if dry_run else nullcontext():
        with hub.store.write() as db:
            row = there or prospects.add_list(db, name, origin, told.where, acting(by), hub.now())
        for portion in chain([first], portions):
            with hub.store.write() as db:
                _keep(hub, db, row, portion, wanted, told)
            if told.beyond:
                break
    return told


def _portions(people: Iterator[Prospect]) -> Iterator[list[Prospect]]:
    while portion := list(islice(people, PORTION)):
        yield portion


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > TEXT_LENGTH or not name.isprintable():
        raise SetupError(f"{name!r} is no name of a list", fix=f"1 to {TEXT_LENGTH} characters on one line")
    return name


def _origin(wanted: Search, there: ListRow | None) -> str:
    if wanted.file is not None and wanted.provider is not None:
        raise SetupError("a list looks in a file or at a provider", fix="say one of --file and --provider")
    if wanted.file is None and wanted.provider is None:
        if there is None:
            raise SetupError(f"where is {wanted.name!r} to look?", fix="--file FILE.csv, or --provider NAME")
        if there.origin.startswith("file "):
            raise SetupError(f"{there.name!r} is of a file", fix="say it again: --file FILE.csv")
        return there.origin
    origin = f"file {wanted.file.name}" if wanted.file is not None else f"provider {wanted.provider}"
    if there is not None and there.origin.partition(" ")[0] != origin.partition(" ")[0]:
        raise SetupError(f"{there.name!r} looks at {there.origin}", fix="take another name for another origin")
    if there is not None and wanted.provider is not None and there.origin != origin:
        raise SetupError(f"{there.name!r} looks at {there.origin}", fix="take another name for another provider")
    return origin


def _filter_text(wanted: Search, there: ListRow | None) -> str | None:
    if there is None:
        return wanted.where
    if wanted.where is not None and (read := str(read_filter(wanted.where))) != there.filter:
        raise SetupError(
            f"the list {there.name!r} has the filter {there.filter or '(none)'}, not {read}",
            fix="leave out --where to search again, or take another name",
        )
    return there.filter


def _offered(hub: Hub, wanted: Search, origin: str, tree: Filter | None, told: Searched) -> Iterator[Prospect]:
    """Give whom the origin offers; a provider is asked for what it understands of the filter."""
    if wanted.file is not None:
        file = ProspectFile(wanted.file)
        yield from file.read()
        told.notices += [f"columns that are not read: {', '.join(file.unread)}"] if file.unread else []
        told.notices += file.problems[:10]
        return
    name = origin.partition(" ")[2]
    with open_provider(hub, name) as provider:
        for each in provider.search(asked_of_provider(tree), LOOKED_THROUGH):
            yield Prospect(f"{name}:{each.id}", each.data, each.email_sha256)


def open_provider(hub: Hub, name: str) -> Provider:
    """Make the connection to a provider of hub.toml.

    Raises:
        SetupError: there is none of this name, or its settings are wrong.
    """
    known = hub.settings.prospects
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        raise SetupError(
            f"no provider called {name!r} in hub.toml" + (f"; did you mean {near[0]!r}?" if near else ""),
            fix=f"providers: {', '.join(known) or 'none yet'}; add one as [prospects.{name}]",
        )
    settings: dict[str, Any] = known[name].provider_settings
    config = configured(hub, ProviderConfig, f"prospects.{name}", settings)
    assert isinstance(config, ProviderConfig)
    return Provider(config)


def _fitting(hub: Hub, people: Iterator[Prospect], tree: Filter | None, told: Searched) -> Iterator[Prospect]:
    """Give those who meet the filter, their numbers as the hub writes numbers."""
    context = Context(hub.clock(), hub.settings.hub.timezone)
    for each in people:
        told.read += 1
        data = with_numbers(hub, each.data)
        if holds(tree, data, context):
            told.fit += 1
            yield Prospect(each.id, data, each.email_sha256)


def with_numbers(hub: Hub, data: JsonObject) -> JsonObject:
    """Write a prospect's phone numbers as E.164 where they can be."""
    region = data.get("country") or hub.settings.hub.region
    numbers = {n: phone(data[n], region=str(region), otherwise="keep") for n in ("phone", "mobile") if data.get(n)}
    return {**data, **numbers}


def _keep(hub: Hub, db: Writer, row: ListRow, portion: Sequence[Prospect], wanted: Search, told: Searched) -> None:
    """Put a portion on the list: new ones, and those who are there judged anew."""
    people = list({each.id: each for each in portion}.values())
    known = prospects.known(db, row.id, [each.id for each in people])
    had = prospects.had(db, [each.id for each in people if each.id not in known])
    imported = prospects.fed_by(db, SOURCE, stream_of(row), known)
    judged = [each for each in people if each.id not in imported]  # who came of this list is known by it
    reasons = Suppression(hub, db, wanted.keep_companies).reasons(judged)
    rows = []
    room = wanted.most - sum(told.new.values())
    for each in people:
        reason = reasons.get(each.id)
        if each.id in known:
            told.there += 1
            if each.id in imported:
                continue
            _judge_again(db, known[each.id], each, reason, is_file=wanted.file is not None)
        elif room <= 0:
            told.beyond = True
            break
        else:
            room -= 1
            paid = had.get(each.id)
            data = {**each.data, **(paid.data if paid else {})}
            if each.email_sha256:
                data["email_sha256"] = each.email_sha256
            state = SUPPRESSED if reason else READY if paid or wanted.file is not None else FOUND
            bought = (paid.bought_at, paid.bought_by) if paid else (None, None)
            rows.append((row.id, each.id, state, reason, data, *bought))
            told.new[state] = told.new.get(state, 0) + 1
        if reason:
            kind = reason.partition(":")[0]
            told.reasons[kind] = told.reasons.get(kind, 0) + 1
    prospects.add(db, rows)


def _judge_again(db: Writer, row: ProspectRow, each: Prospect, reason: str | None, *, is_file: bool) -> None:
    """Who became known drops out, who is not any more comes back; what was paid for stays as it is."""
    if row.bought_at is not None or row.state in {GONE, "buying"}:
        return
    if is_file and each.data != row.data:
        prospects.set_data(db, row.id, each.data)
    state = SUPPRESSED if reason else READY if is_file else FOUND
    if (state, reason) != (row.state, row.reason):
        prospects.set_state(db, row.id, state, reason, only=(FOUND, READY, SUPPRESSED))
