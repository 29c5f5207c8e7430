"""The ``Gradient`` object: what ``grad(f)`` returns, called at the speed of a
``functools.partial``.

It *is* a partial, whose function is replaced by the generated one after the first call; everything
else here is what a person or a tool asks of it: its text, its name and signature, a rendering, a
file, a pickle.  A pickle holds the text with the captured values as constants, so that it can be
called where the function itself cannot be imported.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import os
import re
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, ParamSpec, TypeVar

from symdiff.annotations import HOW
from symdiff.dispatch import Dispatcher, Plan, Supply, Trees
from symdiff.driver import TITLES, Request
from symdiff.errors import ArgumentError, CaptureError, SymdiffError
from symdiff.frontend import derivatives
from symdiff.frontend.capture import Captured, capture
from symdiff.frontend.values import Const, Transform
from symdiff.specialise import Linked, fresh

P = ParamSpec("P")
R = TypeVar("R")

if TYPE_CHECKING:

    class _Partial(Generic[P, R]):
        """``functools.partial`` to a type checker, with the function's parameters."""

        args: tuple[Any, ...]
        keywords: dict[str, Any]

        def __new__(cls, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any: ...
        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...
        def __setstate__(self, state: Any) -> None: ...

else:
    _Partial = functools.partial


class About(NamedTuple):
    """Where the differentiated function is from."""

    module: str
    qualname: str
    file: str
    line: int
    doc: str
    hash: str

    @property
    def place(self) -> str:
        return f"{os.path.basename(self.file)}:{self.line}"


class Gradient(_Partial[P, R]):
    """A derivative of a function: callable, and readable as the source that it runs."""

    _plan: Plan
    _about: About
    _dispatch: Dispatcher

    def __new__(
        cls, plan: Plan, about: About, supply: Supply, func: Callable[..., Any] | None
    ) -> Any:
        dispatch = Dispatcher(plan, supply)
        # bound to the dispatcher, not to the gradient: the first call goes through the slow path
        self = super().__new__(cls, dispatch.call, *plan.fixed, **plan.fixed_kwargs)
        space: dict[str, Any] = self.__dict__
        space.update(_plan=plan, _about=about, _dispatch=dispatch)
        space["__name__"] = f"{plan.name}_{plan.options.mode}"
        space["__qualname__"] = space["__name__"]
        space["__module__"] = about.module
        space["__doc__"] = _doc(plan, about)
        if func is not None:
            space["__wrapped__"] = func

        def install(function: Callable[..., Any]) -> None:
            _Partial.__setstate__(self, (function, plan.fixed, plan.fixed_kwargs, space))

        dispatch.install = install
        return self

    def __getattr__(self, name: str) -> Any:
        """What is made when asked for: the signature, and an unpickled gradient's function."""
        if name == "__signature__":
            value: Any = _signature(self._plan)
        elif name == "__wrapped__":
            value = _imported(self._about)
        else:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self.__dict__[name] = value
        return value

    @property
    def func(self) -> Callable[..., Any]:
        """The slow path, which takes any arguments.

        Not the generated function: that is right for one signature only, and whoever unwraps a
        partial to read or call what is inside would not know.
        """
        return self._dispatch.call

    @property
    def function(self) -> types.FunctionType:
        """The generated function of the latest signature, for ``inspect`` and ``pdb``."""
        self._texts()
        return list(self._dispatch.linked.values())[-1].plain()

    @property
    def source(self) -> str:
        """The generated text of the signatures so far, with the captured values of now as
        constants.

        Before the first call it is that of the annotated signature; a parameter without annotation
        or default is a float there.
        """
        return _joined([(text, name) for _, _, text, name in self._texts()])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write ``source`` to a file; it can be imported and run without symdiff."""
        text = self.source
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def specialised(self, trees: Trees) -> types.FunctionType:
        """The generated function for one type per parameter; it can be differentiated itself."""
        return self._dispatch.for_types(trees).plain()

    def _texts(self) -> list[tuple[Trees, Request, str, str]]:
        dispatch = self._dispatch
        if not dispatch.linked:
            try:
                dispatch.for_types(dispatch.assumed())
            except SymdiffError as err:
                err.add_note(
                    "types of unannotated parameters are floats before the first call; an array is"
                    f" annotated {HOW}"
                )
                raise
        return [
            (trees, made.request, self._text(trees, made), made.name)
            for trees, made in dispatch.linked.items()
        ]

    def _text(self, trees: Trees, made: Linked) -> str:
        if not made.captures:
            return made.text
        captured, _ = self._dispatch.supply(trees)
        return fresh(captured, made.request).text

    # -- what tools ask for ----------------------------------------------------------------------

    def __repr__(self) -> str:
        plan = self._plan
        stars = {"varargs": "*", "varkeywords": "**"}
        names = [stars.get(p.kind, "") + p.name for p in plan.parameters]
        shown = ", ".join(names if len(names) <= 3 else [*names[:2], "..."])
        count = len(self._dispatch.linked)
        signatures = f"{count} signature{'' if count == 1 else 's'}"
        call = f"{plan.name}({shown})"
        return f"<symdiff.{plan.options.mode} of {call} at {self._about.place}, {signatures}>"

    def _repr_html_(self) -> str:
        head = f"<div><code>{_escaped(repr(self))}</code></div>"
        try:
            text = self.source
        except SymdiffError as err:
            return f"{head}<pre>{_escaped(str(err))}</pre>"
        return head + _highlighted(text)

    def __copy__(self) -> Gradient[P, R]:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Gradient[P, R]:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        texts = self._texts()
        writes = [made.writes for made in self._dispatch.linked.values()]
        return _restore, (type(self), self._plan, self._about, texts, writes)


def _restore(
    cls: type[Gradient[..., Any]],
    plan: Plan,
    about: About,
    texts: list[tuple[Trees, Request, str, str]],
    writes: list[bool],
) -> Gradient[..., Any]:
    """An unpickled gradient: linked from its texts; other types need the function itself."""

    def supply(trees: Trees) -> tuple[Captured, Linked | None]:
        try:
            func = _imported(about)
        except AttributeError as err:
            raise CaptureError(
                f"{plan.title} has no code for these types",
                str(err),
                "call it with such types before it is pickled",
            ) from None
        if isinstance(func, Gradient):
            return func._dispatch.inner(trees)
        captured = capture(func)
        if captured.hash != about.hash:
            raise CaptureError(
                f"{plan.title} has no code for these types",
                f"{plan.name} changed after it was pickled",
                "differentiate it again",
            )
        return captured, None

    self: Gradient[..., Any] = cls(plan, about, supply, None)
    for (trees, request, text, name), writing in zip(texts, writes, strict=True):
        self._dispatch.adopt(trees, Linked(text, name, request, [], [], [], writing))
    return self


def _imported(about: About) -> Any:
    """The function of an unpickled gradient, by its name."""
    missing = AttributeError(f"{about.qualname} of {about.module} cannot be imported")
    if "<" in about.qualname:
        raise missing
    try:
        found: Any = importlib.import_module(about.module)
        for part in about.qualname.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        raise missing from None
    while isinstance(found, Gradient) and found._about == about and "__wrapped__" in found.__dict__:
        found = found.__dict__["__wrapped__"]  # the name was decorated
    return found


def _doc(plan: Plan, about: About) -> str:
    wrt = plan.selection.describe(plan.shape)
    first = f"{TITLES[plan.options.mode]} of {plan.name} ({about.place}) with respect to {wrt}."
    return f"{first}\n\n{about.doc}" if about.doc else first


def _signature(plan: Plan) -> inspect.Signature:
    """A call's signature: the function's, without what is fixed, with an ``hvp``'s vector."""
    kinds = {
        "positional": inspect.Parameter.POSITIONAL_OR_KEYWORD,
        "varargs": inspect.Parameter.VAR_POSITIONAL,
        "keyword": inspect.Parameter.KEYWORD_ONLY,
        "varkeywords": inspect.Parameter.VAR_KEYWORD,
    }
    empty = inspect.Parameter.empty
    positional = [p.name for p in plan.parameters if p.kind == "positional"]
    defaults = dict(
        zip(positional[len(positional) - len(plan.defaults) :], plan.defaults, strict=True)
    )
    defaults.update(plan.kwdefaults)
    made: list[inspect.Parameter] = []
    for k, p in enumerate(plan.parameters):
        if k < len(plan.fixed):
            continue
        kind = inspect.Parameter.POSITIONAL_ONLY if k < plan.positional_only else kinds[p.kind]
        if p.name in plan.fixed_kwargs or (
            made and made[-1].kind is inspect.Parameter.KEYWORD_ONLY
        ):
            kind = inspect.Parameter.KEYWORD_ONLY
        default = plan.fixed_kwargs.get(p.name, defaults.get(p.name, empty))
        note = empty if p.annotation is None else p.annotation
        made.append(inspect.Parameter(p.name, kind, default=default, annotation=note))
    if plan.options.mode == "hvp":
        vector = inspect.Parameter("v", inspect.Parameter.KEYWORD_ONLY)
        if all(p.name != "v" for p in plan.parameters):
            made.append(
                vector.replace(kind=inspect.Parameter.POSITIONAL_OR_KEYWORD)
                if plan.plain
                else vector
            )
    return inspect.Signature(made)


def _joined(texts: list[tuple[str, str]]) -> str:
    """Several modules as one: a later function gets a number; constants must agree."""
    if len(texts) == 1:
        return texts[0][0]
    seen: dict[str, str] = {}
    parts = []
    for k, (text, name) in enumerate(texts):
        for node in ast.parse(text).body:
            if isinstance(node, ast.Assign):
                target, value = ast.unparse(node.targets[0]), ast.unparse(node.value)
                if seen.setdefault(target, value) != value:
                    raise ArgumentError(
                        f"the signatures of {name} need different values of {target} in one file"
                    )
        parts.append(text if k == 0 else re.sub(rf"\b{re.escape(name)}\b", f"{name}_{k + 1}", text))
    return "\n\n".join(part.rstrip("\n") + "\n" for part in parts)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _highlighted(text: str) -> str:
    try:
        from pygments import highlight
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import PythonLexer
    except ImportError:
        return f"<pre>{_escaped(text)}</pre>"
    return str(highlight(text, PythonLexer(), HtmlFormatter(noclasses=True)))


def _transform(g: Gradient[..., Any]) -> Transform:
    """What a gradient is to a function that calls it and is differentiated itself."""
    selection = g._plan.selection
    func = Const(g.__wrapped__)
    return Transform(g._plan.options.mode, func, selection.nums, selection.names, selection.single)


derivatives.OBJECTS[Gradient] = _transform
