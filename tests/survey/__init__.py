"""A survey of real code: the pure numeric functions of an installed package, each differentiated
and checked against differences.

``python -m tests.survey PACKAGE...`` finds the functions (:mod:`tests.survey.collect`), generates
arguments for which they return real numbers (:mod:`tests.survey.arguments`), differentiates and
judges each (:mod:`tests.survey.judge`) in a worker process (:mod:`tests.survey.work`), so that what
hangs or dies takes nothing with it, and reports how many are accepted, refused (ranked by reason),
wrong or crashed (:mod:`tests.survey.report`).  The packages are those of the interpreter that runs
the command; nothing of them is kept but names.
"""
