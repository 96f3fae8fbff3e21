"""The best score of each scenario so far: a floor that a change may raise and may not fall below.

Owns `floor.json`. Knows nothing of how a score comes about.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

FLOOR = Path(__file__).with_name("floor.json")

SCORE = "conformance"
"""The property under which a test reports its scenario's (name, score)."""

SLACK = 0.0005
"""How far below its floor a score may lie: floors are kept to four digits."""

_DIGITS = 4


def read_floor(path: Path = FLOOR) -> dict[str, float]:
    """The floors by scenario, each from 0 to 1."""
    return msgspec.json.decode(path.read_bytes(), type=dict[str, float]) if path.exists() else {}


def raised(floor: Mapping[str, float], scores: Mapping[str, float]) -> dict[str, float]:
    """The floors, each lifted to a better score; a scenario without one gets its score."""
    merged = dict(floor)
    for name, score in scores.items():
        merged[name] = max(round(score, _DIGITS), floor.get(name, 0.0))
    return merged


def write_floor(floor: Mapping[str, float], path: Path = FLOOR) -> None:
    """Write the floors in the order of their names, all or nothing."""
    text = msgspec.json.format(msgspec.json.encode(dict(sorted(floor.items()))), indent=1)
    draft = path.with_suffix(".json.new")
    draft.write_bytes(text + b"\n")
    draft.replace(path)
