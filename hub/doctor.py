"""Everything that must be right before leads can come in, each with the way out where it is not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connectors.connector import Stream
from connectors.errors import ConnectorError
from hub.activation import mapping_files
from hub.catalogue import check_source
from hub.connecting import chosen_streams, open_connector, open_destination
from hub.findings import Finding, failed
from hub.mapping_desk import check
from hub.notification_desk import undelivered
from hub.opening import MAPPINGS_FOLDER, Hub, database_url
from hub.process import check_processes
from hub.secret_refs import resolved
from hub.settings import FILE_NAME, Settings, home_folder, read_settings
from hub.survivors import check as check_survivors
from mappings.library import Library
from sell_model.errors import HubError
from storage import leases, roster
from storage.engine import SCHEMA, revision
from storage.store import Store

SCARCE, TOO_LITTLE = 1 << 30, 100 << 20
"""Bytes of free disk below which to warn, and to stop."""
PREFECT_SECONDS = 5


def examine(home: str | Path | None = None, *, offline: bool = False) -> list[Finding]:
    """Check a hub from its settings to its sources; nothing is changed, no database is made.

    Args:
        offline: leave out what calls vendors and servers.
    """
    folder = home_folder(home)
    try:
        settings = read_settings(folder)
    except HubError as error:
        return [failed("settings", error)]
    findings = [_settings_read(folder), *_secrets(folder, settings), *_disk(folder)]
    try:
        store = Store(database_url(folder, settings))
    except HubError as error:
        return [*findings, failed("database", error)]
    hub = Hub(folder, settings, store, Library(folder / MAPPINGS_FOLDER), shares_quota=False)
    try:
        findings += [*_database(hub), *_sources(hub, offline=offline), *_destinations(hub), *_mappings(hub)]
    finally:
        store.close()
    return findings if offline else [*findings, *_prefect()]


def _settings_read(folder: Path) -> Finding:
    path = folder / FILE_NAME
    if path.exists():
        return Finding("ok", f"settings: {path}")
    return Finding("WARN", f"settings: there is no {path}; the defaults hold", "sellhub init")


def _secrets(folder: Path, settings: Settings) -> Iterator[Finding]:
    """Resolve every reference; where all can be, one line says so."""
    told = {
        "[storage] url": settings.storage.url,
        "[hub] alert": settings.hub.alert,
        "[notifications] email": settings.notifications.email,
    }
    for section, parts in (("sources", settings.sources), ("destinations", settings.destinations)):
        for name, part in parts.items():
            told |= {f"[{section}.{name}] {key}": value for key, value in part.connector_settings.items()}
    refs = {at: value for at, value in told.items() if str(value).startswith(("env:", "file:"))}
    bad = [finding for at, value in refs.items() if (finding := _unresolved(value, at, folder))]
    yield from bad
    if refs and not bad:
        yield Finding("ok", f"secrets: {len(refs)} references lead to something")


def _unresolved(value: Any, at: str, folder: Path) -> Finding | None:
    try:
        resolved(value, at, folder)
    except HubError as error:
        return failed("secrets", error)
    return None


def _disk(folder: Path) -> Iterator[Finding]:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    text = f"disk: {free / (1 << 30):,.1f} GB free at {there}"
    if free >= SCARCE:
        yield Finding("ok", text)
    else:
        yield Finding("FAIL" if free < TOO_LITTLE else "WARN", text, "free some space, or move the hub's home")


def _database(hub: Hub) -> Iterator[Finding]:
    file = hub.store.engine.url.database if hub.store.is_sqlite else None
    if file and file != ":memory:" and not Path(file).exists():
        yield _new_file(Path(file))
        return
    try:
        with hub.store.read():  # whatever keeps it from being opened is explained here
            pass
        found = revision(hub.store.engine)
        if found != SCHEMA:
            yield _other_schema(found)
            return
        with hub.store.rehearsal():  # a write that is taken back
            leases.acquire(hub.store, "doctor")
    except HubError as error:
        yield failed("database", error)
        return
    yield Finding("ok", f"database: {_called(hub)}, schema {SCHEMA} current, writable")
    yield from _pools(hub)
    yield from undelivered(hub)


def _called(hub: Hub) -> str:
    url = hub.store.engine.url
    return f"SQLite {url.database}" if hub.store.is_sqlite else f"PostgreSQL {url.host}/{url.database}"


def _new_file(file: Path) -> Finding:
    if not os.access(file.parent, os.W_OK):
        return Finding("FAIL", f"database: {file.parent} cannot be written", "check the folder's rights")
    return Finding("ok", f"database: {file} is made at the first use")


def _other_schema(found: str | None) -> Finding:
    if found is None:
        return Finding("ok", "database: empty, its tables are made at the first use")
    if found < SCHEMA:
        return Finding("WARN", f"database: schema {found}, current is {SCHEMA}", "sellhub db upgrade")
    return Finding(
        "FAIL", f"database: schema {found} is newer than this hub ({SCHEMA})", "install the version that wrote it"
    )


def _pools(hub: Hub) -> Iterator[Finding]:
    with hub.store.read() as db:
        pools = roster.pools(db)
        members = {(p.record_type, p.name): roster.members(db, p.id, hub.now()) for p in pools}
    falling_back = {(p.record_type, p.name) for p in pools if p.fallback_user_id or p.fallback_pool_id}
    planned = {(pool.of, pool.name) for pool in hub.settings.pools}
    for (kind, name), those in members.items():
        free = sum(member.available for member in those)
        if free:
            yield Finding("ok", f"pool {name!r} of {kind}s: {free} of {len(those)} available")
        elif (kind, name) in falling_back:
            fix = f"see who is back when: sellhub pool show {name!r}"
            yield Finding("WARN", f"pool {name!r} of {kind}s: no available member, its fallback gets it all", fix)
        else:
            fix = f"sellhub pool add {name!r} --member EMAIL"
            yield Finding("FAIL", f"pool {name!r} of {kind}s: no available member", fix)
    known = {name for _, name in members.keys() | planned}
    for source, part in hub.settings.sources.items():
        if part.pool and part.pool not in known:
            fix = f"correct it, or add [[pools]] name = {part.pool!r}; pools: {', '.join(sorted(known)) or 'none'}"
            yield Finding("FAIL", f"[sources.{source}] pool: there is no pool {part.pool!r}", fix)


def _sources(hub: Hub, *, offline: bool) -> Iterator[Finding]:
    if not hub.settings.sources:
        yield Finding("WARN", f"sources: {FILE_NAME} names none", "take the # off one of them; sellhub connector list")
    for name, part in hub.settings.sources.items():
        try:
            with open_connector(hub, name) as connector:
                streams = chosen_streams(connector, part.streams)
        except (HubError, ConnectorError) as error:
            yield failed(f"source {name}", error)
            continue
        yield from _read_by_mappings(hub, name, streams)
        yield from [Finding("ok", f"source {name}: settings are right")] if offline else _live(hub, name)


def _live(hub: Hub, name: str) -> Iterator[Finding]:
    for found in check_source(hub, name):
        text = f"source {name}: {found.name}: {found.text}"
        yield Finding("ok", text) if found.ok else Finding("FAIL", text, found.fix)


def _read_by_mappings(hub: Hub, name: str, streams: list[Stream]) -> Iterator[Finding]:
    for stream in streams:
        try:
            mapping_files(hub, hub.settings.sources[name], stream.name)
        except HubError as error:
            yield failed(f"source {name}", error)


def _destinations(hub: Hub) -> Iterator[Finding]:
    for name in hub.settings.destinations:
        try:
            open_destination(hub, name)
            yield Finding("ok", f"destination {name}: settings are right")
        except (HubError, ConnectorError) as error:
            yield failed(f"destination {name}", error)


def _mappings(hub: Hub) -> Iterator[Finding]:
    checked = check(hub)
    for each in checked:
        for fault in each.faults:
            text = f"mapping {fault.file}:{fault.line}:{fault.column}  {fault.message}"
            yield Finding("FAIL", text, fault.suggestion or f"sellhub map check {each.file.name}")
    if not any(each.faults for each in checked):
        yield Finding("ok", f"mappings: all {len(checked)} are right")
    for each in check_processes(hub, alone=True):
        fix = f"sellhub map check {each.file.name}"
        yield from (Finding("FAIL", f"process {f.file}:{f.line}:{f.column}  {f.message}", fix) for f in each.faults)
    yield from _survivors(hub)


def _survivors(hub: Hub) -> Iterator[Finding]:
    try:
        faults = [fault for each in check_survivors(hub) for fault in each.faults]
    except HubError:
        return  # the database cannot be read, which is said above
    for f in faults:
        text = f"survivorship rules {f.file}:{f.line}:{f.column}  {f.message}"
        yield Finding("FAIL", text, f.suggestion or "sellhub map check survivors")


def _prefect() -> Iterator[Finding]:
    """Ask the Prefect server for its health by plain HTTP: the engine itself takes a second to load."""
    url = os.environ.get("PREFECT_API_URL")
    if not url:
        return
    import requests

    fix = "start it: sellhub up, or correct PREFECT_API_URL"
    try:
        answer = requests.get(f"{url.rstrip('/')}/health", timeout=PREFECT_SECONDS)
    except requests.RequestException as error:
        yield Finding("FAIL", f"Prefect server: {url} cannot be reached ({type(error).__name__})", fix)
        return
    if answer.ok:
        yield Finding("ok", f"Prefect server: {url} answers")
    else:
        yield Finding("FAIL", f"Prefect server: {url} answers {answer.status_code}", fix)
