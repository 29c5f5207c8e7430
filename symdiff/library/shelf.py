"""Where the library's entries are: those of the package, and the user's own.

A file is a JSON object with one entry per line, whose key is the entry's shape (several are
divided by ``|``).  A line is read as far as its key only, until something of that shape is met: a
function without the operations of any shape costs one comparison per entry, and a file that nobody
needs is never parsed.  An entry of the user's file is proved again when a process first needs it,
whatever the file says of it; what is damaged, or is not proved, is left out with a warning.
"""

from __future__ import annotations

import importlib
import os
import re
import warnings
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from symdiff.errors import SymdiffWarning
from symdiff.folder import cache_folder, put
from symdiff.library.entries import Entry, NotAnEntry, from_data, to_data
from symdiff.library.shapes import Pattern, outlines, pattern
from symdiff.records import dataclass, field

PACKAGE = Path(__file__).with_name("library.json")
FILE = "gates.json"
LARGEST = 4_000_000  # bytes of a file that is read
_CALLS = re.compile(r"([a-z]\w*)\(")


@dataclass(slots=True)
class Book:
    """One line of a file: its shapes, and the rest as text until it is needed."""

    shapes: tuple[str, ...]
    needs: tuple[frozenset[str], ...]
    text: str
    source: str
    foreign: bool = False  # from a file that anybody may have written
    entry: Entry | None = None
    spoiled: bool = False

    def opened(self) -> Entry | None:
        """The entry; None where the line is damaged."""
        if self.entry is None and not self.spoiled:
            import json

            try:
                entry = from_data(json.loads(self.text))
                if self.foreign and not _proved(entry, self.shapes):
                    raise NotAnEntry("it is not proved to be what it is an entry for")
                self.entry = entry
            except (NotAnEntry, ValueError, RecursionError) as err:
                self.spoiled = True
                _warn(self.source, f"the entry {self.shapes[0]!r:.60}", err)
        return self.entry


def _proved(entry: Entry, shapes: tuple[str, ...]) -> bool:
    """Once per process and entry.  What proves is not loaded until something has to be proved."""
    prover = importlib.import_module("symdiff.discovery.certify")
    return bool(prover.certified(entry, shapes))


def _warn(source: str, what: str, err: object) -> None:
    warnings.warn(
        f"{what} of {source} is not used: {err}\n    hint: remove it, or the file; "
        "symdiff discover --keep writes it again",
        SymdiffWarning,
        stacklevel=2,
    )


def books(path: Path) -> list[Book]:
    """The lines of a file; none where there is no such file."""
    try:
        if path.stat().st_size > LARGEST:
            _warn(str(path), "the content", "it is too large")
            return []
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as err:
        _warn(str(path), "the content", err)
        return []
    found = []
    for line in text.splitlines():
        line = line.strip().rstrip(",")
        if line in ("{", "}", ""):
            continue
        key, divided, rest = line.partition('": ')
        if not divided or not key.startswith('"') or not rest.endswith("}"):
            _warn(str(path), f"the line {line!r:.40}", "it is no entry")
            continue
        shapes = tuple(key[1:].split(" | "))
        found.append(Book(shapes, tuple(map(_needed, shapes)), rest, str(path),
                          path != PACKAGE))
    return found


def _needed(shape: str) -> frozenset[str]:
    """Operations without which nothing has the shape."""
    return frozenset(_CALLS.findall(shape)) | ({"div"} if "/" in shape else set())


# -- looking up ------------------------------------------------------------------------------------

Index = dict[tuple[Any, ...], list[tuple[Pattern, Book]]]


@dataclass(slots=True)
class Shelf:
    """The books of all files, and the patterns that were compiled so far."""

    books: list[Book] = field(default_factory=list)
    patterns: dict[str, Pattern | None] = field(default_factory=dict)
    own: tuple[str, float] = ("", 0.0)

    def candidates(self, present: Set[str]) -> Index:
        """By outline: the shapes that may be met among these operations."""
        self._refreshed()
        found: Index = {}
        for book in self.books:
            if book.spoiled:
                continue
            for shape, needs in zip(book.shapes, book.needs, strict=True):
                if needs <= present:
                    made = self._pattern(shape, book)
                    if made is not None:
                        for key in outlines(made.tree):
                            found.setdefault(key, []).append((made, book))
        return found

    def _pattern(self, shape: str, book: Book) -> Pattern | None:
        if shape not in self.patterns:
            try:
                self.patterns[shape] = pattern(shape)
            except (SyntaxError, ValueError, KeyError, RecursionError) as err:
                _warn(book.source, f"the shape {shape!r:.40}", err)
                self.patterns[shape] = None
        return self.patterns[shape]

    def _refreshed(self) -> None:
        """Read the user's file again where it has changed."""
        path = str(cache_folder() / FILE)
        try:
            state = (path, os.stat(path).st_mtime)
        except OSError:
            state = (path, 0.0)
        if not self.books or state != self.own:
            self.own = state
            self.books = [*books(PACKAGE), *(books(Path(path)) if state[1] else [])]


SHELF = Shelf()


# -- writing ---------------------------------------------------------------------------------------


def written(entries: Mapping[str, Entry]) -> str:
    """The text of a file: by shape, one entry per line."""
    import json

    lines = [f"{json.dumps(key)}: {json.dumps(to_data(e))}" for key, e in entries.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def kept(entries: Mapping[str, Entry]) -> Path:
    """Put entries into the user's file, beside those that are there."""
    path = cache_folder() / FILE
    return put(path, written(dict(_whole(books(path))) | dict(entries)))


def _whole(found: list[Book]) -> Iterator[tuple[str, Entry]]:
    for book in found:
        entry = book.opened()
        if entry is not None:
            yield " | ".join(book.shapes), entry
