"""Examples to start from: fields for upsell, renewal and account tiers, and a pipeline for renewals.

Sell has no field and no pipeline for these; its help suggests a drop-down `Deal type` or a second pipeline.
"""

from __future__ import annotations

from sell_model.custom_fields import CustomField
from sell_model.pipelines import NewStage

FIELDS: tuple[CustomField, ...] = (
    CustomField("deal", "Deal type", "list", ("New", "Upsell")),
    CustomField("deal", "Renewal date", "date"),
    CustomField("contact", "Renewal date", "date"),
    CustomField("contact", "Company tier", "list", ("A", "B", "C")),
    CustomField("deal", "Contract months", "number"),
)

RENEWALS = "Renewals"
RENEWAL_STAGES = (
    NewStage("Renewal due", "incoming", 60),
    NewStage("Contacted", "qualified", 70),
    NewStage("Offer", "quote", 80),
    NewStage("Won", "won", 100),
    NewStage("Unqualified", "unqualified", 0),
    NewStage("Lost", "lost", 0),
)
"""In order; an account that renews is likelier to than a new one is to buy."""
