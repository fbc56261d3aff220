"""Salesforce record ids: three characters of kind, twelve of counter, three that make case matter less."""

from __future__ import annotations

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

PREFIXES = {
    "User": "005",
    "Account": "001",
    "Contact": "003",
    "Lead": "00Q",
    "Opportunity": "006",
    "OpportunityContactRole": "00K",
    "OpportunityStage": "01J",
    "Task": "00T",
    "Event": "00U",
    "Note": "002",
    "Campaign": "701",
    "CampaignMember": "00v",
    "UserPermissionAccess": "0UA",
}


def id18(id15: str) -> str:
    """Append the checksum to a 15-character id: one letter per five, a bit for each capital."""
    chunks = (id15[start : start + 5] for start in (0, 5, 10))
    bits = (sum(1 << i for i, c in enumerate(chunk) if "A" <= c <= "Z") for chunk in chunks)
    return id15 + "".join(_SUFFIX[b] for b in bits)


def make_id(sobject: str, number: int) -> str:
    """Make the id of the n-th record of a type, the same at each start."""
    counter = ""
    for _ in range(9):
        number, digit = divmod(number, 62)
        counter = _DIGITS[digit] + counter
    return id18(f"{PREFIXES[sobject]}5f0{counter}")
