"""How near a run comes to a recording: one number from 0 to 1, and what differs.

Owns the recording's file format and the formula. Knows nothing of how facts are made.
"""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import msgspec

from conformance.facts import Facts, subject_of


class Recording(msgspec.Struct, frozen=True):
    """What `runs` recordings of one scenario on a real cluster agree on, and the subjects they do not agree on."""

    facts: Facts
    loose: tuple[str, ...]
    runs: int


class Judgement(msgspec.Struct, frozen=True):
    """`by_kind` is, for each kind of fact, matched / (matched + missing + extra)."""

    by_kind: dict[str, float]
    missing: tuple[str, ...]
    extra: tuple[str, ...]

    @property
    def score(self) -> float:
        """The mean over the kinds of fact, from 0 to 1."""
        return sum(self.by_kind.values()) / len(self.by_kind)

    def told(self, most: int = 12) -> str:
        """The differences, a line each, at most so many of either sort."""
        lines = []
        for sign, rows in (("- on a cluster:", self.missing), ("+ only here:   ", self.extra)):
            lines += [f"{sign} {row}" for row in rows[:most]]
            if len(rows) > most:
                lines.append(f"{sign} … {len(rows) - most} more")
        return "\n".join(lines)


def read_recording(path: Path) -> Recording:
    """The recording in a gzipped JSON file."""
    return msgspec.json.decode(gzip.decompress(path.read_bytes()), type=Recording)


def judge(recording: Recording, seen: Facts) -> Judgement:
    """Hold the facts of a run against a recording."""
    expected, loose = recording.facts, frozenset(recording.loose)
    missing = [fact for fact, value in expected.items() if seen.get(fact) != value]
    extra = [fact for fact in seen if fact not in expected and subject_of(fact) not in loose]
    known = Counter(map(_kind, expected))
    wrong = Counter(map(_kind, missing))
    total = known + Counter(map(_kind, extra))
    return Judgement(
        by_kind={kind: (known[kind] - wrong[kind]) / total[kind] for kind in sorted(total)},
        missing=tuple(_told(fact, expected, seen) for fact in missing),
        extra=tuple(f"{fact} = {seen[fact]}" for fact in extra),
    )


def _kind(fact: str) -> str:
    return fact.partition("|")[0]


def _told(fact: str, expected: Facts, seen: Facts) -> str:
    here = f"   (here: {seen[fact]})" if fact in seen else ""
    return f"{fact} = {expected[fact]}{here}"
