"""Playing a scenario: `play(scenario)` gives the Outcome. Start reading in `session.py`."""

from harness.runner.session import play, unplayable

__all__ = ["play", "unplayable"]
