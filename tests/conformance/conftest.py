"""How conformance is asked for and reported: the option that raises the floor, and the line at the end.

Owns nothing that decides whether a scenario conforms.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.floor import SCORE, raised, read_floor, write_floor


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--raise-floor", action="store_true", help="keep better conformance scores as the new floor")


@pytest.fixture(scope="session")
def floor() -> dict[str, float]:
    return read_floor()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how near the scenarios come on the whole and, when asked to, keep what got better."""
    scores = dict(sorted(_scores(terminalreporter)))
    if not scores:
        return
    exact = sum(score == 1 for score in scores.values())
    mean = sum(scores.values()) / len(scores)
    terminalreporter.write_line(f"conformance {mean:.2%} over {len(scores)} scenarios, {exact} exact")
    if config.getoption("raise_floor", default=False):
        write_floor(raised(read_floor(), scores))


def _scores(reporter: pytest.TerminalReporter) -> Iterator[tuple[str, float]]:
    for outcome in ("passed", "failed", "skipped"):
        for report in reporter.getreports(outcome):
            for key, value in report.user_properties:
                if key == SCORE:
                    yield value[0], value[1]
