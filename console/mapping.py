"""`sellhub map`: the admin's desk for mappings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.main import DONE, FAILED
from console.outcome import reason_text
from console.telling import progress, tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.mapping_desk import Checked, Written
    from hub.process import Proposal
    from hub.trying import Tried
    from mappings.proposal import Line

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
Target: TypeAlias = Literal["lead", "contact", "deal", "association", "user", "pipeline"]

app = cyclopts.App(
    name="map",
    help="Mappings: list, new, check, try, process, survivors, steps, schema.",
    result_action="return_value",
    help_format="plaintext",
)
app.command(
    "console.survivors:survivors",
    name="survivors",
    help="Show what the rules by which values survive would change; apply them.",
)


@app.command(name="list")
def list_(*, json: Flag = False) -> None:
    """List every mapping: shipped or yours, what it reads and feeds, for which sources it is in force.

    Args:
        json: Print one array.
    """
    from hub.mapping_desk import listed
    from hub.opening import open_hub

    with open_hub() as hub:
        lines = listed(hub)
    if json:
        tell_json([asdict(line) for line in lines])
        return
    tell_table(
        ("mapping", "origin", "reads", "feeds", "version", "in force for"),
        [
            (
                m.name,
                m.origin,
                m.stream or "–",
                m.target or "–",
                m.version or "FAULTY",
                ", ".join(m.in_force_for) or "–",
            )
            for m in lines
        ],
    )
    tell_next("sellhub map check", "sellhub map new SOURCE.STREAM")


@app.command
def new(place: str, /, *, to: Target | None = None, out: Path | None = None, force: Flag = False) -> int:
    """Write a working mapping from the fields that a source has.

    Args:
        place: SOURCE.STREAM of hub.toml, or the path of a CSV file.
        to: What it feeds; left out: by the kind of the stream, leads for people.
        out: Where to write it; left out: into the hub's own mappings.
        force: Replace the file that is there.
    """
    from hub.mapping_desk import write_new
    from hub.opening import open_hub

    with open_hub() as hub, progress(f"{place}: asking for its fields"):
        made = write_new(hub, place, to, out, force=force)
    tell(f"wrote {made.path} from {made.fields} fields")
    if made.covers:
        tell("  it stands over the shipped mapping of the same name, for every source that reads by it")
    for fault in made.faults:
        tell(f"  to do: {fault}")
    if made.name.startswith("csv/") and not place.lower().endswith(".csv"):
        tell(f'  to bring it into force: mapping = "{made.name}" under its source in hub.toml')
    tell_next(*_after_new(place, made))
    return FAILED if made.faults else DONE


def _after_new(place: str, made: Written) -> Iterator[str]:
    name = quote(made.name or str(made.path))
    yield f"sellhub map check {name}"
    if not place.lower().endswith(".csv"):
        yield f"sellhub map try {name} --sample 5 --source {place.partition('.')[0]}"
        return
    yield f"sellhub map try {name} --sample 5 --source {quote(place)}"
    # under a source of its own: another mapping under the same one would be applied to all that is there
    source = Path(place).stem.replace(" ", "_")
    yield f"sellhub import {quote(place)} --as {made.target} --mapping {name} --source {quote(source)} --dry-run"


@app.command
def check(*names: str, json: Flag = False) -> int:
    """Prove mappings and process files without data: targets, types, value tables, examples, what is not mapped.

    Exit code 1 when one is wrong.

    Args:
        names: Names or files; none: every one. A process file is called SOURCE.process, the rules by which values
            survive survivors.
        json: Print one array with an object per mapping.
    """
    from hub.mapping_desk import check as check_mappings
    from hub.opening import open_hub
    from hub.process import check_processes, is_process
    from hub.survivors import check as check_survivors
    from hub.survivors import is_survivors

    processes = [name for name in names if is_process(name)]
    rules = [name for name in names if is_survivors(name)]
    mappings = [name for name in names if not is_process(name) and not is_survivors(name)]
    with open_hub() as hub:
        checked = check_mappings(hub, mappings) if mappings or not names else []
        checked += check_processes(hub, processes) if processes or not names else []
        checked += check_survivors(hub, rules) if rules or not names else []
    return _tell_checked(checked, with_notes=bool(names), json=json)


def _tell_checked(checked: list[Checked], *, with_notes: bool, json: bool) -> int:
    faulty = [each for each in checked if each.faults]
    if json:
        tell_json(
            [
                {
                    "mapping": each.file.title,
                    "file": str(each.file.path),
                    "faults": [fault.to_json() for fault in each.faults],
                    "notes": [note.to_json() for note in each.notes],
                }
                for each in checked
            ]
        )
        return FAILED if faulty else DONE
    for each in checked:
        tell(f"{'FAIL' if each.faults else 'ok':<5} {each.file.title}")
        for said in (*each.faults, *(each.notes if with_notes else ())):
            tell(f"      {'note: ' if said.level == 'note' else ''}{str(said).replace(chr(10), chr(10) + '      ')}")
    tell(f"{len(checked)} checked, {len(faulty)} wrong")
    return FAILED if faulty else DONE


@app.command
def process(source: str, /, *, dry_run: Flag = False, check: Flag = False, json: Flag = False) -> int:
    """Propose how a source's pipelines, stages, statuses, owners and reasons become ours; what is not mapped is listed.

    The source is only read. The proposal is a file to be edited: mappings/SOURCE.process.yaml. Again, it keeps what
    was answered, adds what is new at the source, marks what is gone there, and prints what changed in the file.

    Args:
        source: Of hub.toml.
        dry_run: Write no file.
        check: Only check the file that is there; exit code 1 when something in it is wrong or not mapped.
        json: Print one object.
    """
    from hub.opening import open_hub
    from hub.process import check_processes, propose_process

    with open_hub() as hub:
        if check:
            hub.settings.source(source)
            return _tell_checked(check_processes(hub, [f"{source}.process"]), with_notes=False, json=json)
        with progress(f"{source}: reading its sales process"):
            proposal = propose_process(hub, source, dry_run=dry_run)
    if json:
        tell_json(proposal.to_json())
    else:
        _tell_proposal(proposal, dry_run=dry_run)
    return DONE


def _tell_proposal(proposal: Proposal, *, dry_run: bool) -> None:
    from mappings.process import SINGULAR
    from mappings.proposal import all_lines

    if not proposal.lines:
        tell(f"{proposal.source} ({proposal.title}) names no pipelines, statuses, owners or reasons: nothing to map")
        tell_next(f"sellhub sync {quote(proposal.source)}")
        return
    tell_table(
        ("", f"{proposal.source} ({proposal.title})", "becomes", "why"),
        [
            (SINGULAR[line.section], _theirs(line), _becomes(line.ours), _why(line))
            for line in all_lines(proposal.lines)
        ],
    )
    for said in proposal.notes:
        tell(f"note: {said}")
    for line in proposal.open:
        tell(f"not mapped: {line.title}: {line.why}")
    for fault in proposal.faults:
        tell(f"wrong: {str(fault).replace(chr(10), chr(10) + '  ')}")
    for changed in proposal.diff:
        tell(f"  {changed}")
    tell(_written(proposal, dry_run=dry_run))
    tell_next(f"sellhub map check {quote(proposal.source)}.process", f"sellhub sync {quote(proposal.source)} --dry-run")


def _written(proposal: Proposal, *, dry_run: bool) -> str:
    if dry_run:
        return f"would be written to {proposal.path}"
    if not proposal.written:
        return f"{proposal.path} says all of this already"
    what = "edit it" if not proposal.open else f'edit it: {len(proposal.open)} to answer, where it says "?"'
    return f"wrote {proposal.path}; {what}"


def _theirs(line: Line) -> str:
    left = "" if line.facts.get("active", True) else " (has left)"
    return f"{'  ' if line.within else ''}{line.facts.get('label') or line.facts['theirs']}{left}"


def _becomes(ours: Any) -> str:
    if not isinstance(ours, dict):
        return str(ours)
    if "pool" in ours:
        return f"pool {ours['pool']}"
    likely = f", {ours['likelihood']} %" if "likelihood" in ours else ""
    return f"new: {ours['new']}{likely}"


def _why(line: Line) -> str:
    return "gone at the source" if line.state == "gone" else line.why or "as the file has it"


@app.command(name="try")
def try_(name: str, /, *, sample: int = 5, source: str | None = None, json: Flag = False) -> int:
    """Map some records and show the source's values beside the results. Nothing is stored.

    Args:
        name: Of a mapping, or its file.
        sample: How many records: landed ones, those that are held first; else read from the source.
        source: A source of hub.toml, the name of an import, or a CSV file; left out: the one that reads by it.
        json: Print one object.
    """
    from hub.opening import open_hub
    from hub.trying import try_mapping

    with open_hub() as hub, progress(f"{name}: trying"):
        trial = try_mapping(hub, name, sample, source)
    if json:
        tell_json({**asdict(trial), "records": [record.to_json() for record in trial.records]})
        return DONE
    tell(f"{trial.mapping} → {trial.target}: {trial.origin}")
    for record in trial.records:
        _tell_tried(record)
    tell()
    held = sum(record.outcome == "held" for record in trial.records)
    skipped = sum(record.outcome == "skipped" for record in trial.records)
    tell(f"{len(trial.records) - held - skipped} mapped, {held} held, {skipped} skipped")
    return DONE


def _tell_tried(record: Tried) -> None:
    tell()
    tell(f"{record.source_id}: {record.outcome}")
    rows = [(f"  {f.field}", f.path or "–", _shown(f.value), _shown(f.result)) for f in record.fields]
    if rows:
        tell_table(("  field", "from", "source", "result"), rows)
    for reason in record.reasons:
        tell(f"  held: {reason_text(reason)}")
        tell(f"    fix: {reason.fix}")


def _shown(value: Any) -> str:
    text = "–" if value is None else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


@app.command
def steps(*, json: Flag = False) -> None:
    """List the steps that a value may pass through.

    Args:
        json: Print one array.
    """
    from mappings.steps import all_steps

    known = sorted(all_steps().values(), key=lambda step: step.name)
    rows = [(step.name, ", ".join(step.options.model_fields), step.summary) for step in known]
    if json:
        tell_json([{"name": n, "options": o.split(", ") if o else [], "text": text} for n, o, text in rows])
    else:
        tell_table(("step", "options", "does"), [(name, options or "–", text) for name, options, text in rows])


@app.command
def schema() -> None:
    """Print the JSON Schema of mapping files, for editors."""
    from mappings.schema import json_schema

    tell_json(json_schema())
