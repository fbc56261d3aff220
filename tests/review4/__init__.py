"""What independent reviewers of issue 4 tried to break."""
