"""What figures share: style, panels, notes, files."""
