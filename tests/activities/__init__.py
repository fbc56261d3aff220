"""Activities: what counts, what a record shows of others, what they come to."""
