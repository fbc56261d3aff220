"""Custom fields: types, definitions, renaming and removing."""
