"""Leads that others send in Zendesk Sell's own shape: what fed Sell feeds the hub by changing the host."""
