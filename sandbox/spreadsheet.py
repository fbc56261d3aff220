"""The demo's spreadsheet: leads that somebody kept by hand, in the columns of Sell's import."""

from __future__ import annotations

import csv
from pathlib import Path

from sandbox.people import SALES_TEAM, Sighting, sightings

COLUMNS = (
    "First Name,Last Name,Company Name,Title,Email,Work Number,Mobile Number,Street,City,State or Region,"
    "Country,Industry,Source,Status,Owner,Tags,Description,Lead tier"
).split(",")
_SOURCES = ("Trade fair", "Referral", "Website")
_STATUSES = ("New", "New", "Working")
_TAGS = ("fair-2024, newsletter", "vip", "", "partner, reseller, emea")
_TIERS = ("gold", "silver", "bronze", "")
_POOL = "Inbound"

_ODD = (
    {
        "First Name": "Wanda", "Last Name": "Broken", "Company Name": "Odd Rows Ltd", "Status": "New",
        "Email": "wanda.broken(at)example.com", "Source": "Referral", "Lead tier": "silver",
    },
    {
        "First Name": "Oskar", "Last Name": "Orphan", "Company Name": "Odd Rows Ltd", "Status": "New",
        "Email": "oskar.orphan@odd-rows.example", "Source": "Referral", "Owner": "Zed Nobody",
    },
    {"First Name": "Nameless", "Email": "nameless@odd-rows.example", "Source": "Website", "Status": "New"},
)  # fmt: skip
"""Rows that must be held: no e-mail address, an owner nobody knows, neither last name nor company."""


def write_leads_csv(path: Path) -> int:
    """Write the file, the same each time, and give its number of rows, the odd ones counted."""
    rows = [_row(number, seen) for number, seen in enumerate(sightings("csv"))]
    rows[5:5], rows[9:9], rows[14:14] = ([odd] for odd in _ODD)
    rows += _alike()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def _alike() -> list[dict[str, str]]:
    """Two whom Salesforce knows too, as it may be: by a private address and a phone, by a badge's name and company."""
    private, badge = sightings("salesforce")[3].human, sightings("salesforce")[7].human
    return [
        {
            "First Name": private.first_name, "Last Name": private.last_name, "Mobile Number": private.phone,
            "Email": f"{private.last_name.lower()}.at.home@gmail.com", "Source": "Referral", "Status": "New",
        },
        {
            "First Name": badge.first_name, "Last Name": badge.last_name, "Company Name": badge.company.name,
            "Source": "Trade fair", "Status": "New",
        },
    ]  # fmt: skip


def _row(number: int, seen: Sighting) -> dict[str, str]:
    company = seen.human.company
    return {
        "First Name": seen.first_name,
        "Last Name": seen.last_name,
        "Company Name": seen.company,
        "Title": seen.human.title,
        "Email": seen.email,
        "Work Number": company.phone,
        "Mobile Number": seen.phone,
        "Street": f"{number + 1} Main St",
        "City": company.city,
        "State or Region": company.state,
        "Country": company.country,
        "Industry": company.industry,
        "Source": _SOURCES[number % 3],
        "Status": _STATUSES[number % 3],
        "Owner": _owner(number),
        "Tags": _TAGS[number % 4],
        "Description": f"Met at the stand, {company.city}.\nWants a call back." if number % 7 == 0 else "",
        "Lead tier": _TIERS[number % 4],
    }


def _owner(number: int) -> str:
    """A third have a salesperson, a third go to the pool, a third are left to the hub."""
    return (SALES_TEAM[number % len(SALES_TEAM)][1], _POOL, "")[number // 3 % 3]
