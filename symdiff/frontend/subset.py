"""The fence."""
from __future__ import annotations
from symdiff.frontend.capture import Captured


def check(captured: Captured) -> None:
    """To be filled."""
