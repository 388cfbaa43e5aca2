"""What the rules of the workflow run, one job a module."""
