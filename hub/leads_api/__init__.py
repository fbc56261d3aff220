"""Leads in Zendesk Sell's own shape, sent and read by a token: what fed Sell feeds the hub."""
