"""The command line: ``symdiff grad FILE.py:FUNC`` and its sisters, and the reports.

Standard output is the product (for the derivatives: the code alone), standard error all else.  The
exit code is 0 for success, 1 where the function cannot be differentiated or a check fails, 2 where
the command line is wrong.
"""

from __future__ import annotations

from symdiff.cli import derivatives, graphs, reports
from symdiff.cli.base import main

__all__ = ["derivatives", "graphs", "main", "reports"]
