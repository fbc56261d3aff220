"""Mail as a source, and whom it suggests."""
