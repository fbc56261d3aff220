"""How `sellhub dup` puts pairs, sums, merges and sweeps into words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.showing import value_text, when
from console.telling import tell, tell_next, tell_table

if TYPE_CHECKING:
    from hub.dup_desk import Explained
    from hub.dup_listing import Load, Pair
    from hub.dup_sweeping import Swept
    from hub.merging import Merged

_BY_NOW = {
    "merge": "sure by now: dup sweep --merge makes them one",
    "keep apart": "too little by now: no sync would ask",
}
"""What a sync would do by now instead of asking."""


def tell_pairs(pairs: list[Pair], state: str) -> None:
    """Print a page of the list, and what one would do with its first."""
    lines = []
    for pair in pairs:
        told = pair.to_json()
        names = [f"{face['record']} {value_text(face['name'])}" for face in told["records"]]
        why = _BY_NOW.get(told["would"]) or told["guard"] or told["why"]
        lines.append((str(told["id"]), *names, _percent(told["probability"]), why))
    tell_table(("number", "one", "other", "odds", "why a person is asked"), lines)
    first, records = pairs[0].row.id, [face["record"] for face in pairs[0].to_json()["records"]]
    commands = {
        "open": (f"dup show {first}", f"dup merge {first}", f"dup never {first}"),
        "never": (f"dup show {first}", *[f"dup merge {' '.join(records)}"] * all(records)),
        "merged": (f"dup show {first}", *[f"dup unmerge {records[0]}"] * bool(records[0])),
    }
    tell_next(*(f"sellhub {command}" for command in commands[state]))


def _percent(share: float | None) -> str:
    """Write how likely it is, so that nothing but certainty is 100 %; the same in the list and for one pair."""
    if share is None:
        return "–"
    return f"{min(share, 0.9999):.2%}" if share > 0.995 else f"{share:.1%}"


def load_text(load: Load) -> str:
    """Say that more is in question than the model aims at."""
    what = "companies" if load.sort == "company" else "people"
    return (
        f"{load.asked:,} of the {load.records:,} records of {what} that came last are in question, "
        f"{load.asked / load.records:.0%}; the model aims at {load.aim:.0%} (review_share in matching.toml)"
    )


def tell_explained(explained: Explained) -> None:
    """Print the sum of one pair, and what would come of making it one."""
    told = explained.to_json()
    tell(f"{told['records'][0]} and {told['records'][1]}")
    if explained.pair is not None and explained.pair.state != "open":
        tell(f"  {explained.pair.state}, said by {explained.pair.decided_by} at {when(explained.pair.decided_at)}")
    if explained.weighed is not None:
        lines = [("prior", "", "", "", f"{told['prior']:+.1f}")]
        for part in told["comparisons"]:
            values = (value_text(value) for value in part["values"])
            lines.append((part["comparison"], part["level"], *values, f"{part['bits']:+.1f}"))
        lines.append(("total", "", "", "", f"{told['bits']:+.1f}"))
        tell_table(("comparison", "level", "one", "other", "bits"), lines)
        tell(
            f"  probability {_percent(told['probability'])}; from {told['lines']['merge']:g} bits on a sync makes them "
            f"one, from {told['lines']['review']:g} on it asks; model {told['model']}"
        )
        if told["proof"]:
            tell("  they agree in what only one has: that is proof, whatever the bits")
        if told["guard"]:
            tell(f"  a person must say: {told['guard']}")
        if explained.pair is not None and explained.pair.state == "open" and told["would"] in _BY_NOW:
            tell(f"  {_BY_NOW[told['would']]}")
    if explained.result is not None:
        tell("  made one, this would be the result:")
        tell_merged(explained.result, "    ")
    elif explained.obstacle:
        tell(f"  {explained.obstacle}")
    is_open = explained.pair is not None and explained.pair.state == "open"
    words = str(told["id"]) if is_open else " ".join(told["records"])
    if explained.result is not None:
        never = [] if told["state"] == "never" else [f"sellhub dup never {words}"]
        tell_next(f"sellhub dup merge {words}", *never)
    elif told["state"] == "merged":
        tell_next(f"sellhub dup unmerge {told['records'][0]}      (if that was wrong)")


def tell_merged(merged: Merged, indent: str = "  ") -> None:
    """Print what is part of what by now, and what changed by it."""
    for gone, into in merged.absorbed.items():
        tell(f"{indent}{gone} becomes part of {into}")
    for record, changed in merged.changed.items():
        for name, (before, now) in changed.items():
            tell(f"{indent}{record} {name}: {value_text(before)} → {value_text(now)}")


def tell_swept(swept: Swept, *, dry_run: bool) -> None:
    """Print what a sweep came to, and how it is taken back."""
    run = "" if dry_run else f"run {swept.run_id}: "
    asked, merged = _counted(swept.asked, "new question"), _counted(swept.merged, "pair")
    tell(f"{run}{_counted(swept.records, 'record')} looked at: {asked}, {merged} made one")
    if swept.refused:
        tell(f"  {swept.refused:,} could not be made one and stay questions")
    for crowd in swept.crowds:
        many = f"{crowd['bearers']:,}{' or more' if crowd['or_more'] else ''}"
        whom = "companies" if crowd["of"] == "company" else "people"
        tell(f"  {crowd['kind']} {crowd['value']} is borne by {many} {whom}: it brings nobody together any more")
        tell(f"    such as {crowd['such_as']}; where a source puts it in by mistake, leave it out in its mapping")
    undo = f"sellhub run undo {swept.run_id}      (take it back)"
    tell_next("sellhub dup list", *[undo] * bool((swept.asked or swept.merged) and not dry_run))


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" + "s" * (count != 1)
