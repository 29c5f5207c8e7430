"""symdiff: the gradient of an ordinary Python function, as readable Python."""
