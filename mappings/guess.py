"""Guesses, by the names that systems give their fields, which field of ours one of theirs feeds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sell_model.draft import RecordType
from sell_model.targets import TARGETS


class FieldLike(Protocol):
    """What a connector's `discover` says of a field; see `connectors.connector.SourceField`."""

    @property
    def path(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def choices(self) -> Sequence[str]: ...
    @property
    def custom(self) -> bool: ...
    @property
    def example(self) -> str: ...


_NAMES: dict[str, str] = {
    "first_name": "first name|firstname|fname|given name|forename|vorname|名",
    "last_name": "last name|lastname|lname|surname|family name|nachname|姓",
    "full_name": "full name|fullname|contact name|your name|attendee|person|姓名",
    "organization_name": "company|company name|organization|organisation|organization name|account|firma|"
    "employer|business|公司",
    "company": "company|company name|organization|organisation|organization name|account|account id|company id",
    "name": "name|deal name|dealname|company name|account name|label|title|opportunity name|名称",
    "title": "job title|jobtitle|title|position|role",
    "email": "email|e mail|email address|mail|work email|邮箱",
    "phone": "phone|phone number|work phone|work number|telephone|tel|telefon|电话",
    "mobile": "mobile|mobile phone|mobilephone|mobile number|cell|cell phone|handy|手机",
    "fax": "fax|fax number",
    "website": "website|web site|url|domain|homepage",
    "description": "description|notes|note|message|comment|comments|remarks",
    "industry": "industry|branch|sector",
    "linkedin": "linkedin|linkedin url|hs linkedin url",
    "twitter": "twitter|twitter handle|twitterhandle",
    "facebook": "facebook",
    "skype": "skype",
    "status": "status|lead status|hs lead status|leadstatus",
    "tags": "tags|tag|labels|interests",
    "source": "source|lead source|leadsource|origin|channel|utm source",
    "owner": "owner|owner id|ownerid|hubspot owner id|sales rep|assigned to|lead owner|contact owner|deal owner",
    "added_at": "created at|createdate|created date|createddate|created|added on|timestamp signup|date added",
    "address.line1": "street|address|street address|address 1|address line 1|line1|addr1|billing street|mailing street",
    "address.city": "city|town|billing city|mailing city|ort|城市",
    "address.postal_code": "zip|zip code|zip post code|postal code|postcode|postalcode|plz|billing postal code",
    "address.state": "state|state or region|region|province|state region|billing state|mailing state",
    "address.country": "country|country region|land|billing country|mailing country|国家",
    "value": "value|amount|deal value|price|sum|revenue|betrag",
    "currency": "currency|deal currency code|currencyisocode|currency code",
    "stage": "stage|deal stage|dealstage|stagename|stage name|phase",
    "pipeline": "pipeline|pipeline name",
    "contact": "contact|primary contact|contact id|contactid|contact email|customer",
    "deal": "deal|deal id|opportunity id|opportunityid",
    "estimated_close_date": "close date|closedate|estimated close date|expected close date",
    "customized_win_likelihood": "probability|win likelihood",
    "hot": "hot|starred",
    "role": "role",
    "is_primary": "is primary|isprimary|primary",
    "team_name": "team|team name",
    "timezone": "timezone|time zone",
    "phone_number": "phone|phone number",
    "loss_reason": "loss reason|lost reason|closed lost reason",
    "unqualified_reason": "unqualified reason",
    "content": "content|body|note|note body|text|description|hs note body|hs task body",
    "subject": "subject|title|hs email subject",
    "summary": "summary|description|body|hs call body|hs meeting body",
    "noted_at": "noted at|created at|createdate|created date|createddate|created|hs timestamp",
    "made_at": "made at|called at|created at|createddate|hs timestamp",
    "visited_at": "visited at|start time|start|startdatetime|hs meeting start time|hs timestamp",
    "sent_at": "sent at|messagedate|date|created at|hs timestamp",
    "due_date": "due date|due at|due|activitydate|hs timestamp",
    "duration": "duration|calldurationinseconds",
    "opened_at": "opened at|created at|createddate",
    "person": "contact|contact id|contactid|lead id|leadid|whoid|who id|requester id|email|email address",
}
_UPDATED = "updated at|updatedat|last modified date|lastmodifieddate|hs lastmodifieddate|systemmodstamp|last changed"
_WANTED: dict[str, frozenset[str]] = {target: frozenset(names.split("|")) for target, names in _NAMES.items()}


@dataclass(frozen=True, slots=True)
class Guesses:
    """What was found out about a stream's fields."""

    fields: dict[str, FieldLike]
    """By target: `email`, `address.city`, `full_name` (to be split into first and last)."""
    custom: list[FieldLike]
    """Custom fields of the source that feed nothing else."""
    others: list[FieldLike]
    """What feeds nothing yet."""
    updated_at: FieldLike | None


def guess(fields: Sequence[FieldLike], record_type: RecordType) -> Guesses:
    """Find for each of a record type's fields the source's field that bears one of its usual names.

    Each source field feeds one target at most; the label counts as well as the name.
    """
    left = list(fields)
    found: dict[str, FieldLike] = {}
    for target in _targets(record_type):
        match = next((each for each in left if _WANTED[target] & _words(each)), None)
        if match is not None and match.type != "object":
            found[target] = match
            left.remove(match)
    updated = next((each for each in left if frozenset(_UPDATED.split("|")) & _words(each)), None)
    rest = [each for each in left if each is not updated]
    custom = [each for each in rest if each.custom]
    return Guesses(found, custom, [each for each in rest if not each.custom], updated)


def _targets(record_type: RecordType) -> list[str]:
    target = TARGETS[record_type]
    parts = ["address.line1", "address.city", "address.postal_code", "address.state", "address.country"]
    known = {*target.fields, *target.refs, *(parts if "address" in target.fields else [])}
    names = [name for name in _WANTED if name in known]
    if "last_name" in known:
        names.insert(names.index("last_name") + 1, "full_name")
    return names


def _words(field: FieldLike) -> set[str]:
    last = re.sub(r'\[.*?\]|"', "", field.path).rpartition(".")[2]
    return {_plain(last), _plain(field.label)} - {""}


def _plain(text: str) -> str:
    """Write a name as words of small letters: `hs_leadStatus` and `Hs Lead-Status` are the same."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return " ".join(re.sub(r"[\W_]+", " ", spaced).split()).casefold()
