"""What the stand-in's objects consist of, and how `describe` tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.ids import PREFIXES

_SYSTEM = (
    "CreatedDate:datetime CreatedById:reference LastModifiedDate:datetime LastModifiedById:reference "
    "SystemModstamp:datetime"
)
_DELETABLE = "Id:id IsDeleted:boolean"
ARCHIVED = frozenset({"Task", "Event"})
"""Objects of which old records are put away; `queryAll` alone finds those."""
_FIELDS = {
    "User": "Id:id Username:string LastName:string FirstName:string Name:string Email:email Phone:phone "
    f"Title:string IsActive:boolean UserType:picklist TimeZoneSidKey:picklist {_SYSTEM}",
    "Account": f"{_DELETABLE} MasterRecordId:reference Name:string Type:picklist ParentId:reference "
    "BillingStreet:textarea BillingCity:string BillingState:string BillingPostalCode:string "
    "BillingCountry:string BillingAddress:address Phone:phone Website:url Industry:picklist "
    f"AnnualRevenue:currency NumberOfEmployees:int Description:textarea OwnerId:reference {_SYSTEM} "
    "Customer_Tier__c:picklist",
    "Contact": f"{_DELETABLE} MasterRecordId:reference AccountId:reference LastName:string FirstName:string "
    "Salutation:picklist Name:string MailingStreet:textarea MailingCity:string MailingState:string "
    "MailingPostalCode:string MailingCountry:string MailingAddress:address Phone:phone MobilePhone:phone "
    "Email:email Title:string Department:string LeadSource:picklist Birthdate:date Description:textarea "
    "OwnerId:reference HasOptedOutOfEmail:boolean DoNotCall:boolean EmailBouncedDate:datetime "
    f"EmailBouncedReason:string {_SYSTEM}",
    "Lead": f"{_DELETABLE} MasterRecordId:reference LastName:string FirstName:string Salutation:picklist "
    "Name:string Title:string Company:string Street:textarea City:string State:string PostalCode:string "
    "Country:string Address:address Latitude:double Longitude:double Phone:phone MobilePhone:phone "
    "Email:email Website:url Description:textarea LeadSource:picklist Status:picklist Industry:picklist "
    "Rating:picklist AnnualRevenue:currency NumberOfEmployees:int OwnerId:reference "
    "HasOptedOutOfEmail:boolean DoNotCall:boolean EmailBouncedDate:datetime "
    "IsConverted:boolean ConvertedDate:date ConvertedAccountId:reference "
    f"ConvertedContactId:reference ConvertedOpportunityId:reference {_SYSTEM} "
    "Product_Interest__c:multipicklist Score__c:double",
    "Opportunity": f"{_DELETABLE} AccountId:reference Name:string Description:textarea StageName:picklist "
    "Amount:currency Probability:percent CloseDate:date Type:picklist NextStep:string LeadSource:picklist "
    f"IsClosed:boolean IsWon:boolean ForecastCategoryName:picklist OwnerId:reference {_SYSTEM}",
    "OpportunityContactRole": f"{_DELETABLE} OpportunityId:reference ContactId:reference Role:picklist "
    f"IsPrimary:boolean {_SYSTEM}",
    "OpportunityStage": "Id:id MasterLabel:string ApiName:string IsActive:boolean SortOrder:int "
    "IsClosed:boolean IsWon:boolean ForecastCategoryName:picklist DefaultProbability:percent "
    f"Description:string {_SYSTEM}",
    "Task": f"{_DELETABLE} WhoId:reference WhatId:reference Subject:combobox ActivityDate:date Status:picklist "
    "Priority:picklist IsHighPriority:boolean OwnerId:reference Description:textarea AccountId:reference "
    "IsClosed:boolean IsArchived:boolean CallDurationInSeconds:int CallType:picklist CallDisposition:string "
    "CallObject:string ReminderDateTime:datetime IsReminderSet:boolean IsRecurrence:boolean "
    f"RecurrenceActivityId:reference TaskSubtype:picklist CompletedDateTime:datetime {_SYSTEM}",
    "Event": f"{_DELETABLE} WhoId:reference WhatId:reference Subject:combobox Location:string "
    "IsAllDayEvent:boolean ActivityDateTime:datetime ActivityDate:date DurationInMinutes:int "
    "StartDateTime:datetime EndDateTime:datetime Description:textarea AccountId:reference OwnerId:reference "
    "IsPrivate:boolean IsChild:boolean IsGroupEvent:boolean IsArchived:boolean IsRecurrence:boolean "
    f"ReminderDateTime:datetime IsReminderSet:boolean EventSubtype:picklist {_SYSTEM}",
    "Note": f"{_DELETABLE} ParentId:reference Title:string IsPrivate:boolean Body:textarea OwnerId:reference {_SYSTEM}",
    "Campaign": f"{_DELETABLE} Name:string Type:picklist Status:picklist IsActive:boolean OwnerId:reference {_SYSTEM}",
    "CampaignMember": f"{_DELETABLE} CampaignId:reference LeadId:reference ContactId:reference Status:picklist "
    f"HasResponded:boolean FirstRespondedDate:date LeadOrContactId:reference {_SYSTEM}",
    "UserPermissionAccess": "Id:id PermissionsViewAllData:boolean",
}
STAGES = (
    ("Prospecting", 10.0, "Pipeline"),
    ("Qualification", 20.0, "Pipeline"),
    ("Proposal/Price Quote", 75.0, "Best Case"),
    ("Negotiation/Review", 90.0, "Commit"),
    ("Closed Won", 100.0, "Closed"),
    ("Closed Lost", 0.0, "Omitted"),
)
LEAD_STATUSES = (
    "Open - Not Contacted",
    "Working - Contacted",
    "Closed - Converted",
    "Closed - Not Converted",
)
LEAD_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
_CHOICES = {
    "Lead.Status": LEAD_STATUSES,
    "Lead.LeadSource": LEAD_SOURCES,
    "Contact.LeadSource": LEAD_SOURCES,
    "Lead.Rating": ("Hot", "Warm", "Cold"),
    "Lead.Product_Interest__c": ("Hub", "Router", "Service"),
    "Account.Customer_Tier__c": ("Gold", "Silver"),
    "Task.Status": ("Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred"),
    "Task.TaskSubtype": ("Task", "Email", "ListEmail", "Cadence", "Call", "LinkedIn"),
    "Task.CallType": ("Internal", "Inbound", "Outbound"),
    "CampaignMember.Status": ("Sent", "Responded"),
    "Opportunity.StageName": tuple(name for name, _, _ in STAGES),
    "OpportunityContactRole.Role": ("Decision Maker", "Economic Buyer", "Evaluator", "Other"),
}
_SOAP = {"boolean": "xsd:boolean", "int": "xsd:int", "date": "xsd:date", "datetime": "xsd:dateTime"}
_SOAP |= dict.fromkeys(("double", "currency", "percent"), "xsd:double")
_SOAP |= {"id": "tns:ID", "reference": "tns:ID", "address": "urn:address"}


@dataclass(frozen=True, slots=True)
class FieldShape:
    """One field of an object of the stand-in."""

    name: str
    type: str


def usual_fields() -> dict[str, list[FieldShape]]:
    """Give each object's fields anew, so that a test may add to them."""
    return {sobject: [FieldShape(*spec.split(":")) for spec in specs.split()] for sobject, specs in _FIELDS.items()}


def describe(sobject: str, fields: list[FieldShape]) -> dict[str, Any]:
    """Answer `GET /sobjects/{T}/describe`, cut to the keys that clients read."""
    return {
        "name": sobject,
        "label": sobject,
        "labelPlural": f"{sobject}s",
        "keyPrefix": PREFIXES[sobject],
        "custom": False,
        "queryable": True,
        "replicateable": True,
        "fields": [_described(sobject, field) for field in fields],
        "childRelationships": [],
        "recordTypeInfos": [],
    }


def _described(sobject: str, field: FieldShape) -> dict[str, Any]:
    choices = _CHOICES.get(f"{sobject}.{field.name}", ())
    return {
        "name": field.name,
        "label": field.name.removesuffix("__c").replace("_", " "),
        "type": field.type,
        "soapType": _SOAP.get(field.type, "xsd:string"),
        "custom": field.name.endswith("__c"),
        "nillable": field.name not in {"Id", "IsDeleted", "SystemModstamp"},
        "filterable": field.type not in {"textarea", "address"},
        "picklistValues": [
            {"active": True, "defaultValue": False, "label": choice, "validFor": None, "value": choice}
            for choice in choices
        ],
        "referenceTo": [],
        "relationshipName": field.name.removesuffix("Id") if field.type == "reference" else None,
    }
