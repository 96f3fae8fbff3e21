"""Everything that harness raises on purpose, split by who must act: the scenario's author, the user, or us.

Owns the exception tree and how a place in a file is spelled. Knows nothing of YAML, Kubernetes or the command line;
what can be shown to a person is `str(error)`, always without a traceback.
"""

from __future__ import annotations

from collections.abc import Sequence


class HarnessError(Exception):
    """Anything harness raises on purpose. `str()` of it is meant for people."""


class ScenarioError(HarnessError):
    """The author of a scenario (or of a manifest it applies) must act.

    `str()` is `file:line:column: message`. `file` is spelled as the user wrote it, with slashes; line and column
    count from 1.
    """

    def __init__(self, message: str, *, file: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.column = column

    @property
    def complaints(self) -> tuple[ScenarioError, ...]:
        """Everything that is wrong, first one first; for a single complaint, itself."""
        return (self,)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class ScenarioErrors(ScenarioError):
    """All complaints about one scenario; it stands where its first one stands, `str()` has one complaint a line."""

    def __init__(self, complaints: Sequence[ScenarioError]) -> None:
        first = complaints[0]
        super().__init__(first.message, file=first.file, line=first.line, column=first.column)
        self._complaints = tuple(complaints)

    @property
    def complaints(self) -> tuple[ScenarioError, ...]:
        return self._complaints

    def __str__(self) -> str:
        return "\n".join(str(complaint) for complaint in self._complaints)


class UsageError(HarnessError):
    """The user at the command line must act: a path that is not there, options that contradict each other."""


class TooLarge(HarnessError):
    """The author of a scenario must act: it asks for more than can be rehearsed."""


class InternalError(HarnessError):
    """We must act: something that cannot happen did."""
