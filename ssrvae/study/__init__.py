"""A study: its configuration, plan, seeds, costs and files."""
