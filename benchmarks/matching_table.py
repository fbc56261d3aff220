"""The table that `benchmarks.matching` prints: a line a set."""

from __future__ import annotations

from typing import Any

_HEAD = (
    f"{'':18}{'':>9} | {'auto':^13} | {'auto + review':^13} | {'best F1':^19} | {'Splink':^27} | {'exact':^5} | "
    f"{'seconds':>13} | {'peak MB':>10} |\n"
    f"{'set':18}{'records':>9} | {'P':>6} {'R':>6} | {'R':>6} {'asked':>6} | {'pair':>6} {'B3':>6} {'bits':>5} | "
    f"{'pair':>6} {'B3':>6} {'.95 P':>6} {'R':>6} | {'F1':>5} | {'hub':>6} {'Splink':>6} | {'hub':>4} {'Spl.':>5} | "
    "wrong merges per trap\n"
)
_NO_PEER: dict[str, Any] = {
    "best": {"pairwise_f1": "", "bcubed_f1": ""}, "at_95": {"precision": "", "recall": ""}, "seconds": "",
    "peak_mb": "",
}  # fmt: skip


def heading() -> str:
    """Give the two lines above the table."""
    return _HEAD


def line(found: dict[str, Any]) -> str:
    """Give a set's line."""
    auto, both, best = found["auto"], found["auto_and_review"], found["best"]
    its = _NO_PEER | (found["splink"] or {})
    wrong = ", ".join(f"{trap} {t['wrongly_merged']}/{t['pairs']}" for trap, t in found["traps"].items())
    failed = f"; Splink: {its['error'].splitlines()[-1]}" if "error" in its else ""
    return (
        f"{found['set']:18}{found['records']:>9,} | {auto['precision']:>6.4f} {auto['recall']:>6.4f} | "
        f"{both['recall']:>6.4f} {both['review_share']:>6.1%} | "
        f"{best['pairwise_f1']:>6.4f} {best['bcubed_f1']:>6.4f} {best['bits']:>5.1f} | "
        f"{its['best']['pairwise_f1']:>6} {its['best']['bcubed_f1']:>6} "
        f"{its['at_95']['precision']:>6} {its['at_95']['recall']:>6} | {found['exact']['pairwise_f1']:>5.3f} | "
        f"{found['seconds']:>6.1f} {its['seconds']:>6} | {found['peak_mb']:>4} {its['peak_mb']:>5} | "
        f"{wrong or '-'}{failed}"
    )
