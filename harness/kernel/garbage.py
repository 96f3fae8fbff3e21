"""How often Python looks through everything for garbage while a run goes on.

Owns nothing of a run. Nearly all that a run makes is history, which stays until its end: looking through all of it
again and again finds next to nothing, and takes longer the longer the run is. What is young is looked at as ever.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = 1_000


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Within it, Python's collector seldom looks through what is old; afterwards it does so as before."""
    young, middle, old = gc.get_threshold()
    gc.set_threshold(young, middle, max(old, _SELDOM))
    try:
        yield
    finally:
        gc.set_threshold(young, middle, old)
