"""What a reviewer of issue 7 tried to break."""
