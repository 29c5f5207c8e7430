"""Every exception that symdiff raises, as a tree that users can catch from.

An error about user code names the file and the absolute line, says what happened, why in one
clause, and what to write instead (``hint:``).  :class:`SourceError` is also a ``SyntaxError``, so
that Python, IPython and editors draw the caret themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.records import dataclass
from symdiff.source import Span


class SymdiffError(Exception):
    """Base of all errors.  ``filename`` and ``lineno`` are None where no user code is to blame."""

    filename: str | None = None
    lineno: int | None = None


class SymdiffWarning(UserWarning):
    """Something that works but costs more than it need: many signatures of one function."""


class ArgumentError(SymdiffError, TypeError):
    """A value or an ``argnums`` that cannot be differentiated; the message names the argument."""


class CaptureError(SymdiffError):
    """There is no source to read: a builtin, ``exec``'d text, several lambdas on one line."""

    def __init__(self, what: str, why: str = "", hint: str = "") -> None:
        super().__init__(_compose(what, why, hint))
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about user code: what, why in one clause, what to write instead."""

    what: str
    why: str
    hint: str
    span: Span | None

    def render(self) -> str:
        where = f"{self.span.file}:{self.span.line}: " if self.span else ""
        caret = self.span.caret() if self.span else ""
        return where + _compose(self.what, self.why, self.hint, caret)


def _compose(what: str, why: str, hint: str, caret: str = "") -> str:
    text = what + (f": {why}" if why else "")
    if caret:
        text += "\n" + caret
    if hint:
        text += f"\n    hint: {hint}"
    return text


class SourceError(SymdiffError, SyntaxError):
    """Something in the user's source that cannot be differentiated.

    Attributes ``filename``, ``lineno``, ``offset``, ``text`` are those of ``SyntaxError``;
    ``diagnostics`` holds every finding, the first of which gives the position.
    """

    def __init__(
        self,
        what: str | Sequence[Diagnostic],
        why: str = "",
        hint: str = "",
        span: Span | None = None,
    ) -> None:
        if isinstance(what, str):
            self.diagnostics: tuple[Diagnostic, ...] = (Diagnostic(what, why, hint, span),)
        else:
            self.diagnostics = tuple(what)
        first = self.diagnostics[0]
        message = "\n".join(d.render() for d in self.diagnostics)
        if len(self.diagnostics) > 1:
            message = f"{len(self.diagnostics)} things cannot be differentiated\n" + message
        place = first.span
        if place is None:
            super().__init__(message)
        else:
            text = None
            end = (place.end_line, None if place.end_col is None else place.end_col + 1)
            super().__init__(message, (place.file, place.line, place.col + 1, text, *end))
            # the base class's None would hide the fields of SyntaxError
            self.filename, self.lineno = place.file, place.line

    def __str__(self) -> str:
        return str(self.msg)


class UnsupportedSyntax(SourceError):
    """A construct outside the subset; all of a function's are reported together."""


class UnsupportedCall(SourceError):
    """A call to something that has no rule and no source."""


class UnresolvedName(SourceError):
    """A name that is not defined where the function would look it up."""


class AliasError(SourceError):
    """A write of which it is not provable what memory it hits."""


class TypeMismatch(SourceError):
    """Types that do not meet: at a join, around a loop, or between an operation and its operand."""


class NoDerivative(SourceError):
    """An operation on the active path whose derivative is not known."""


class TargetError(SourceError):
    """An operation that the chosen target does not have."""


class VerifyError(SymdiffError):
    """The IR breaks an invariant: a bug in symdiff, never in user code."""
