"""Speed as ratios, printed in one run: ``python -m tests.bench``."""
