"""What people do to records by hand."""
