"""From upload to answerable."""
