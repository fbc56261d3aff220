"""Bringing a source's process file into force: what it names is found or made, and their ids lead to ours.

It comes into force when it has changed, not at every run: who renames a stage of ours afterwards need not
touch the file, since the source's ids lead to the stage and not to its name.
"""

from __future__ import annotations

from hashlib import sha256

from hub.opening import MAPPINGS_FOLDER, Hub
from hub.process_making import Making
from mappings.marks import read_yaml
from mappings.process import ProcessFile, ProcessSpec, answer, process_file
from mappings.process_in_force import Process
from mappings.process_rules import expect_good
from sell_model.pipelines import LOSS_REASONS, UNQUALIFIED_REASONS
from sell_model.process import LEAD_STATUSES, OurProcess, OurStage, OurUser, plain
from storage import definitions, process_rows, roster
from storage.canonical import CanonicalRow
from storage.hot import Writer

NONE = "none"
"""The version that is in force once a file was taken away."""


def file_of(hub: Hub, source: str) -> ProcessFile:
    """Give a source's process file; it need not be there."""
    return process_file(hub.home / MAPPINGS_FOLDER, source)


def our_process(db: Writer) -> OurProcess:
    """Read what stands in the hub that a source's process can become."""
    sources = {**roster.named(db, "source", "lead"), **roster.named(db, "source", "deal")}
    unqualified = {
        **roster.named(db, "unqualified_reason", "lead"),
        **roster.named(db, "unqualified_reason", "deal"),
    }
    return OurProcess(
        {row.name: tuple(map(_our_stage, row.stages)) for row in process_rows.pipelines_with_stages(db)},
        tuple(OurUser(u.email, u.name or "", u.status != "inactive") for u in roster.users(db) if u.email),
        _pools(db),
        LEAD_STATUSES,
        _names(LOSS_REASONS, roster.named(db, "loss_reason", None)),
        _names(UNQUALIFIED_REASONS, unqualified),
        tuple(sources),
    )


def _pools(db: Writer) -> dict[str, frozenset[str]]:
    """Map the pools' names to the types of records that they deal out."""
    found: dict[str, frozenset[str]] = {}
    for pool in roster.pools(db):
        found[pool.name] = found.get(pool.name, frozenset()) | {pool.record_type}
    return found


def _our_stage(row: CanonicalRow) -> OurStage:
    return OurStage(row["name"], row["category"] or "custom", row["likelihood"] or 0)


def _names(usual: tuple[str, ...], there: list[str] | dict[str, int]) -> tuple[str, ...]:
    """Give the usual names and those that are there, each spelling once."""
    known = {plain(name): name for name in usual}
    for name in there:
        known.setdefault(plain(name), name)
    return tuple(known.values())


def expect_answered(hub: Hub, source: str) -> None:
    """Refuse to go on while a source's process file leaves something open or names what is not there.

    Raises:
        MappingError: so it is; it carries every fault with its line.
    """
    file = file_of(hub, source)
    if file.path.exists():
        with hub.store.read() as db:
            if not _is_in_force(db, source, file):
                expect_good(file, our_process(db))


def in_force(hub: Hub, db: Writer, source: str) -> Process | None:
    """Give a source's process, brought into force where its file has changed; None: there is no file.

    Raises:
        MappingError: it leaves something open or names what is not there.
        SetupError: it would make more pipelines or stages than the plan has.
    """
    file = file_of(hub, source)
    if not file.path.exists():
        _take_away(hub, db, source)
        return None
    if not _is_in_force(db, source, file):
        roster.hold(db)
        spec = expect_good(file, our_process(db))
        _forget(db, source)
        Making(hub, db, spec).all()
        definitions.bring_into_force(db, _name(source), _version(file), _text(file), hub.now())
    return Process(expect_good(file), _pools(db))


def process_of(hub: Hub, db: Writer, source: str) -> Process | None:
    """Give a source's process as its file says, whether it is in force or not; nothing is written.

    Raises:
        MappingError: the file cannot be used.
    """
    file = file_of(hub, source)
    return Process(expect_good(file), _pools(db)) if file.path.exists() else None


def _name(source: str) -> str:
    return f"{source}.process"


def _text(file: ProcessFile) -> str:
    return file.path.read_text(encoding="utf-8")


def _version(file: ProcessFile) -> str:
    """Name what the file says: remarks and layout do not count."""
    meaning = file.spec.model_dump_json() if file.spec is not None else ""
    return sha256(meaning.encode("utf-8", "backslashreplace")).hexdigest()[:12]


def _is_in_force(db: Writer, source: str, file: ProcessFile) -> bool:
    standing = definitions.in_force(db, _name(source))
    same = standing is not None and file.spec is not None and standing[0] == _version(file)
    return same and not process_rows.leads_nowhere(db, source)


def _take_away(hub: Hub, db: Writer, source: str) -> None:
    """A file that was in force is there no more: the source's ids lead to nothing of ours by it."""
    standing = definitions.in_force(db, _name(source))
    if standing is not None and standing[0] != NONE:
        roster.hold(db)
        _forget(db, source)
        definitions.bring_into_force(db, _name(source), NONE, "", hub.now())


def _forget(db: Writer, source: str) -> None:
    """Forget the ids that the file in force until now has taught."""
    standing = definitions.in_force(db, _name(source))
    if standing is None or not standing[1]:
        return
    spec = ProcessSpec.model_validate(read_yaml(standing[1], _name(source)).data)
    process_rows.forget_outside_ids(db, source, "pipeline", [each.key for each in spec.pipelines])
    process_rows.forget_outside_ids(db, source, "stage", [s.key for each in spec.pipelines for s in each.stages])
    others = [
        owner.key
        for owner in spec.owners
        if (found := answer("owners", owner.ours)) is not None
        and found.kind == "name"
        and plain(found.name) != plain(owner.email or "")
    ]
    process_rows.forget_outside_ids(db, source, "user", others)
