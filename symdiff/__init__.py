"""symdiff: the gradient of an ordinary Python function, as readable Python.

>>> import math
>>> from symdiff import grad
>>> def f(x):
...     return x*math.sin(x)
>>> round(grad(f)(1.0), 6)
1.381773

Public names are loaded when they are first asked for, so that ``import symdiff`` costs nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

from symdiff.uncollected import Uncollected

if TYPE_CHECKING:
    from symdiff.api import grad as grad
    from symdiff.api import hessian as hessian
    from symdiff.api import hvp as hvp
    from symdiff.api import jacobian as jacobian
    from symdiff.api import jvp as jvp
    from symdiff.api import value_and_grad as value_and_grad
    from symdiff.api import vjp as vjp
    from symdiff.errors import AliasError as AliasError
    from symdiff.errors import ArgumentError as ArgumentError
    from symdiff.errors import CaptureError as CaptureError
    from symdiff.errors import NoDerivative as NoDerivative
    from symdiff.errors import SourceError as SourceError
    from symdiff.errors import SymdiffError as SymdiffError
    from symdiff.errors import SymdiffWarning as SymdiffWarning
    from symdiff.errors import TargetError as TargetError
    from symdiff.errors import TypeMismatch as TypeMismatch
    from symdiff.errors import UnresolvedName as UnresolvedName
    from symdiff.errors import UnsupportedCall as UnsupportedCall
    from symdiff.errors import UnsupportedSyntax as UnsupportedSyntax
    from symdiff.errors import VerifyError as VerifyError
    from symdiff.gradient import Gradient as Gradient
    from symdiff.report.check import compare_gradient as compare_gradient
    from symdiff.report.compare import compare as compare
    from symdiff.report.explain import explain as explain

__version__ = "0.1.0"

_PUBLIC = {
    "symdiff.api": "grad hessian hvp jacobian jvp value_and_grad vjp",
    "symdiff.errors": (
        "AliasError ArgumentError CaptureError NoDerivative SourceError SymdiffError SymdiffWarning"
        " TargetError TypeMismatch UnresolvedName UnsupportedCall UnsupportedSyntax VerifyError"
    ),
    "symdiff.gradient": "Gradient",
    "symdiff.report.check": "compare_gradient",
    "symdiff.report.compare": "compare",
    "symdiff.report.explain": "explain",
}
_HOME = {name: module for module, names in _PUBLIC.items() for name in names.split()}

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'symdiff' has no attribute {name!r}")
    with Uncollected(keep=True):
        value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
