"""The rows that benchmarks import: one person each, 21 columns in Sell's import names."""

from __future__ import annotations

import csv
import random
from pathlib import Path

HEADER = (
    "id", "First Name", "Last Name", "Company Name", "Title", "Email", "Work Number", "Mobile Number", "Street",
    "City", "Zip/Post Code", "State or Region", "Country", "Industry", "Website", "Source", "Status", "Tags",
    "Description", "LinkedIn", "Added on",
)  # fmt: skip
_FIRST = "Ann Bo Carla David Elena Farid Grace Hugo Ines James Katrin Liam Maria Noah Olga Paul".split()
_AREAS = (202, 212, 213, 303, 305, 312, 404, 415, 512, 602, 617, 702, 713, 718, 206, 503)
_LAST = "Li Sun Ortiz Keller Petrova Haddad Chen Moreau Santos Baker Vogel Byrne Rossi Okafor Novak Weber".split()


def write_rows(path: Path, count: int, changed: float = 0.0) -> Path:
    """Write `count` rows; a share of them, spread evenly, says something else in its title."""
    step = round(1 / changed) if changed else 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for key in range(count):
            writer.writerow(_row(key, "Director" if step and key % step == 0 else "Buyer"))
    return path


def _row(key: int, title: str) -> tuple[object, ...]:
    rng = random.Random(key)
    first, last = rng.choice(_FIRST), rng.choice(_LAST) + str(rng.randrange(1000))
    area = rng.choice(_AREAS)
    domain = f"company{key % 50_000}.example"
    return (
        key, first, last, f"Company {key % 50_000} Inc", title, f"{first}.{last}.{key}@{domain}".lower(),
        f"+1{area}555{rng.randrange(10_000):04d}", "", f"{key % 900} Main St", "Boston", f"{key % 99_999:05d}",
        "MA", "US", "Software", f"https://{domain}", "Web", "New", "fair, web", "Met at the stand", "",
        "2026-01-02T03:04:05Z",
    )  # fmt: skip
