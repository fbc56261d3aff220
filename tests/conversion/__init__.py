"""Leads that become contacts, and back."""
