"""The stand-in's org: tables, a clock of its own, queries over it, and what users do to records."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.salesforce.ids import PREFIXES
from sandbox.salesforce.records import (
    LAST_DAY,
    Row,
    mark_converted,
    owner,
    stamp,
    starting_tables,
    system_fields,
)
from sandbox.salesforce.schema import FieldShape, describe, usual_fields
from sandbox.salesforce.soql import Query, SoqlError, parse

TICK = timedelta(minutes=1)


class Org:
    """One org. Every change moves its clock by a minute and stamps the record."""

    def __init__(self, *, empty: bool = False) -> None:
        self.tables = {name: {} for name in PREFIXES} if empty else starting_tables()
        self.fields = usual_fields()
        self.hidden: set[tuple[str, str]] = set()
        """(object, field) that field-level security hides, from describe and query alike."""
        self.refused: set[tuple[str, str]] = set()
        """(object, field) that describe shows and a query refuses, as after a change of rights."""
        self.now = LAST_DAY + timedelta(days=1)

    def shown(self, sobject: str) -> list[FieldShape]:
        """List the fields that the integration user sees."""
        return [f for f in self.fields[sobject] if (sobject, f.name) not in self.hidden]

    def describe(self, sobject: str) -> dict[str, Any]:
        """Describe an object.

        Raises:
            SoqlError: NOT_FOUND.
        """
        if sobject not in self.fields:
            raise SoqlError("NOT_FOUND", "The requested resource does not exist")
        return describe(sobject, self.shown(sobject))

    def run(self, soql: str, *, deleted_too: bool) -> tuple[Query, list[Row]]:
        """Run a query; the rows are the org's own.

        Raises:
            SoqlError: what Salesforce would answer.
        """
        query = parse(soql)
        if query.sobject not in self.fields:
            raise SoqlError("INVALID_TYPE", f"sObject type '{query.sobject}' is not supported.")
        for path in (*query.fields, *query.mentioned):
            self._check_column(query.sobject, path)
        put_away = ("IsDeleted", "IsArchived")
        rows = [r for r in self.tables[query.sobject].values() if deleted_too or not any(map(r.get, put_away))]
        return query, query.run(rows, self.look)

    def _check_column(self, sobject: str, path: str) -> None:
        name, _, rest = path.partition(".")
        seen = {f.name for f in self.shown(sobject)} | {"Id"}
        known = f"{name}Id" in seen if rest else name in seen and (sobject, name) not in self.refused
        if not known:
            raise SoqlError(
                "INVALID_FIELD",
                f"\nSELECT {path} FROM {sobject}\n       ^\nERROR at Row:1:Column:8\n"
                f"No such column '{path}' on entity '{sobject}'. If you are attempting to use a custom "
                "field, be sure to append the '__c' after the custom field name.",
            )

    def look(self, row: Row, path: str) -> Any:
        """Read a field of a row, or of the row that a relationship leads to (`Owner.Name`)."""
        name, _, rest = path.partition(".")
        if not rest:
            return row.get(name)
        other = self.find(row.get(f"{name}Id") or "")
        return None if other is None else self.look(other, rest)

    def find(self, record_id: str) -> Row | None:
        """Find a record of any kind by its id."""
        return next((table[record_id] for table in self.tables.values() if record_id in table), None)

    def add_leads(self, count: int, **values: Any) -> list[str]:
        """Create leads within one second, so that their stamps are equal; give their ids."""
        self.now += TICK
        first = len(self.tables["Lead"]) + 1
        rows = [self._lead(n) | values for n in range(first, first + count)]
        self.tables["Lead"].update({row["Id"]: row for row in rows})
        return [row["Id"] for row in rows]

    def _lead(self, number: int) -> Row:
        return system_fields("Lead", number, self.now) | {
            "IsDeleted": False,
            "FirstName": "New",
            "LastName": f"Lead {number}",
            "Name": f"New Lead {number}",
            "Company": "Acme Inc.",
            "Email": f"new.{number}@acme.example",
            "Status": "Open - Not Contacted",
            "LeadSource": "Web",
            "AnnualRevenue": 1000.0 * number,
            "NumberOfEmployees": number,
            "OwnerId": owner(number),
            "IsConverted": False,
            "HasOptedOutOfEmail": False,
        }

    def update(self, record_id: str, **values: Any) -> Row:
        """Change a record, as a user or a process does."""
        row = self.find(record_id)
        if row is None:
            raise KeyError(record_id)
        self.now += TICK
        row.update(LastModifiedDate=stamp(self.now), SystemModstamp=stamp(self.now))
        row.update(values)
        return row

    def delete(self, record_id: str) -> None:
        """Put a record into the recycle bin."""
        self.update(record_id, IsDeleted=True)

    def undelete(self, record_id: str) -> None:
        """Take a record out of the recycle bin: the same id, live again."""
        self.update(record_id, IsDeleted=False, MasterRecordId=None)

    def purge(self, record_id: str) -> None:
        """Remove a record for good; no trace is left."""
        for table in self.tables.values():
            table.pop(record_id, None)

    def merge(self, winner: str, loser: str) -> None:
        """Merge two records: the loser is deleted and points to the winner, which gets a new stamp."""
        self.update(loser, IsDeleted=True, MasterRecordId=winner)
        self.update(winner)

    def add(self, sobject: str, **values: Any) -> str:
        """Create a record; what the org fills in may be given too, as with the right to set audit fields."""
        self.now += TICK
        row = system_fields(sobject, len(self.tables[sobject]) + 1, self.now) | {"IsDeleted": False} | values
        self.tables[sobject][row["Id"]] = row
        return str(row["Id"])

    def convert(self, lead_id: str, contact_id: str | None = None) -> str:
        """Convert a lead to a contact, a new one of the first account if none is named; give the contact's id.

        What people did with the lead, and its places in campaigns, go over to the contact.
        """
        lead = self.update(lead_id)
        if contact_id is None:
            same = {name: lead.get(name) for name in ("FirstName", "LastName", "Name", "Email", "Phone", "OwnerId")}
            contact_id = self.add("Contact", **same, AccountId=next(iter(self.tables["Account"]), None))
        mark_converted(lead, self.tables["Contact"][contact_id], None)
        for sobject in ("Task", "Event"):
            for row in [row for row in self.tables[sobject].values() if row.get("WhoId") == lead_id]:
                self.update(row["Id"], WhoId=contact_id)
        for row in [row for row in self.tables["CampaignMember"].values() if row.get("LeadId") == lead_id]:
            self.update(row["Id"], ContactId=contact_id, LeadOrContactId=contact_id)
        return contact_id

    def add_fields(self, sobject: str, count: int) -> None:
        """Give an object many more custom fields, as old orgs have."""
        known = len(self.fields[sobject])
        self.fields[sobject] += [
            FieldShape(f"A_rather_long_custom_field_name_{n}__c", "string") for n in range(known, known + count)
        ]
