"""The garbage collector is held while many objects are made of which few die.

It would go over all of them again and again and find nothing: that is a third of a compilation
and a tenth of the import.
"""

from __future__ import annotations

import gc


class Uncollected:
    """``with Uncollected():`` no collection inside.

    With ``keep``, what was made inside lives as long as the process (modules, classes, functions):
    it joins the oldest generation at once, unlooked at.  A process that has frozen objects of its
    own is left alone, because they would be thawed.
    """

    __slots__ = ("collects", "keep")

    def __init__(self, keep: bool = False) -> None:
        self.keep = keep

    def __enter__(self) -> None:
        self.collects = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self.keep and gc.get_freeze_count() == 0:
            gc.freeze()
            gc.unfreeze()
        if self.collects:
            gc.enable()
