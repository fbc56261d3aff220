"""Smart links: URL templates that nobody can bend."""
