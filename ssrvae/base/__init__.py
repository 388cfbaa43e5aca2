"""What every room stands on: errors, files, checks of what users write, provenance."""
