"""Stand-ins written from the vendors' own descriptions alone, and what they found."""
