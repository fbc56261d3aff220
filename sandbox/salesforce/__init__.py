"""Salesforce's stand-in: `standin.py` is the server, the others are its parts."""
