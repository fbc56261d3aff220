"""Acme CRM as a source of the Sell Hub: `connector.py` is the connector, the others are its parts."""
