"""The path of a record, on both databases."""
