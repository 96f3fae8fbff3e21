"""Which level of pod security the labels of a namespace ask for.

Source: staging/src/k8s.io/pod-security-admission/api/helpers.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from harness.api.problems import FieldProblem, invalid

PRIVILEGED = "privileged"
BASELINE = "baseline"
RESTRICTED = "restricted"
# From lax to strict.
_LEVELS = (PRIVILEGED, BASELINE, RESTRICTED)
_PREFIX = "pod-security.kubernetes.io/"
_VERSION = re.compile(r"v1\.(0|[1-9][0-9]*)", re.ASCII)


class LevelVersion(NamedTuple):
    """A level as some minor version of Kubernetes has it; None is the latest."""

    level: str
    version: int | None = None

    def __str__(self) -> str:
        return f"{self.level}:{'latest' if self.version is None else f'v1.{self.version}'}"


class Policy(NamedTuple):
    """What is refused and what is warned of, and what is wrong with the labels that say so."""

    enforce: LevelVersion = LevelVersion(PRIVILEGED)
    warn: LevelVersion = LevelVersion(PRIVILEGED)
    problems: tuple[FieldProblem, ...] = ()


_NO_POLICY = Policy()


def policy_of(labels: Mapping[str, str]) -> Policy:
    """The policy that the labels of a namespace make.

    A level that is none counts as the strictest where it is enforced, and as the laxest elsewhere.
    """
    if not any(label.startswith(_PREFIX) for label in labels):
        return _NO_POLICY
    problems: list[FieldProblem] = []
    read: dict[str, LevelVersion] = {}
    for mode, fallback in (("enforce", RESTRICTED), ("audit", PRIVILEGED), ("warn", PRIVILEGED)):
        level = labels.get(f"{_PREFIX}{mode}", PRIVILEGED)
        if level not in _LEVELS:
            problems.append(_problem(mode, level, f"must be one of {', '.join(_LEVELS)}"))
            level = fallback
        read[mode] = LevelVersion(level, _version(labels, f"{mode}-version", problems))
    enforce, warn = read["enforce"], read["warn"]
    if labels.get(f"{_PREFIX}enforce") in _LEVELS and f"{_PREFIX}warn" not in labels and enforce.level != PRIVILEGED:
        version = warn.version if f"{_PREFIX}warn-version" in labels else enforce.version
        warn = LevelVersion(enforce.level, version)
    return Policy(enforce, warn, tuple(problems))


def _version(labels: Mapping[str, str], name: str, problems: list[FieldProblem]) -> int | None:
    given = labels.get(f"{_PREFIX}{name}", "latest")
    if given == "latest":
        return None
    written = _VERSION.fullmatch(given)
    if written is None:
        problems.append(_problem(name, given, 'must be "latest" or "v1.x"'))
        return None
    return int(written[1])


def _problem(name: str, value: str, detail: str) -> FieldProblem:
    return invalid(f"metadata.labels[{_PREFIX}{name}]", value, detail)


def strictness(level: str) -> int:
    return _LEVELS.index(level)
