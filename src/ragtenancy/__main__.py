"""The command `ragtenancy`, also as `python -m ragtenancy`."""

from __future__ import annotations

from ragtenancy.cli.app import main

if __name__ == "__main__":
    main()
