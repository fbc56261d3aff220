"""What a reviewer of issue 6 tried to break."""
