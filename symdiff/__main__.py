"""``python -m symdiff``: the command line."""

from __future__ import annotations

from symdiff.cli import main

if __name__ == "__main__":
    main(prog_name="symdiff")
