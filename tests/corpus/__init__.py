"""Tiny functions by feature, each with points to differentiate at: ``CASES`` holds them all.

``@at(args, args, ...)`` registers a function with its argument tuples.  The function stays what it
was: the decorator returns it unchanged, and the modules run as plain Python."""

from __future__ import annotations

from importlib import import_module

from tests.corpus.registry import CASES as CASES
from tests.corpus.registry import Case as Case

_NAMES = """
    statements inner
    arithmetic assignment branches for_loops while_loops exits comprehensions builtin_calls
    math_calls lists structures closures arguments guards classics probability networks kinks found
    objects survey_found tries shapes higher_order containers recursion
    library_gates library_code language found_fuzz audit optional
"""
FAMILIES = tuple(_NAMES.split())

for _family in FAMILIES:
    import_module(f"tests.corpus.{_family}")
