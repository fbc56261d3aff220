"""Mapping files, found by the hub through the entry-point group `sell_hub.mappings`."""
