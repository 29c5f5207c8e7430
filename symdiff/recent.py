"""A memory of the latest things: what a long-lived process keeps must not grow without end."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(dict[K, V]):
    """A dict of at most ``most`` entries; the oldest goes when one more comes.

    >>> squares = Recent(2)
    >>> for k in range(4):
    ...     squares[k] = k*k
    >>> squares
    {2: 4, 3: 9}
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        while len(self) > self.most:
            super().pop(next(iter(self)), None)
