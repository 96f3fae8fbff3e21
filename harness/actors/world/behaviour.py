"""How the containers of an image behave, asked as pure questions.

Owns the meaning of a behaviour: what its pull brings, when its probes pass, how it exits and how it stops. Knows no
pod, no clock and no node.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

NEVER: Final = "never"
Never: TypeAlias = Literal["never"]

FAILS: Final = "fails"
HookOutcome: TypeAlias = Literal["never", "fails"]

KILLED = 137
"""The exit code of a container that had to be killed."""

READINESS: Final = "readiness"
LIVENESS: Final = "liveness"
STARTUP: Final = "startup"
ProbeKind: TypeAlias = Literal["readiness", "liveness", "startup"]


class ImageBehaviour(msgspec.Struct, frozen=True, kw_only=True):
    """How every container of an image behaves.

    `pull` is the text every pull fails with. `ready`, `live` and `start` are about the three probes: NEVER fails
    always, a number fails until so many milliseconds after the container started, None passes. With `exit` the
    container ends with that code `after_ms` after each start. `stop` is how many milliseconds it takes to end when
    told to, `stop_exit` the exit code of one that ended in time. `run` is the text every start fails with. `post_start`
    and `pre_stop` are about hooks that run a command or ask a server: how many milliseconds they take, NEVER for one
    that does not end by itself, FAILS for one that fails at once.
    """

    size_bytes: int = 0
    pull: str = ""
    pull_time_ms: int = 500
    start_time_ms: int = 500
    ready: Never | int | None = None
    live: Never | int | None = None
    start: Never | int | None = None
    exit: int | None = None
    after_ms: int = 0
    stop: Never | int = 0
    stop_exit: int = 0
    run: str = ""
    post_start: HookOutcome | int = 0
    pre_stop: HookOutcome | int = 0
    log: tuple[str, ...] = ()


PLAIN = ImageBehaviour()
"""What an image does of which nothing was said: it can be pulled, runs, passes every probe and stops at once."""


def passes_after_ms(behaviour: ImageBehaviour, kind: ProbeKind) -> int | None:
    """How long after its start a container begins to pass this probe; None if it never does."""
    asked = {READINESS: behaviour.ready, LIVENESS: behaviour.live, STARTUP: behaviour.start}[kind]
    if asked is None:
        return 0
    return None if asked == NEVER else asked


def passes(behaviour: ImageBehaviour, kind: ProbeKind, running_ms: int) -> bool:
    """Whether a container that started `running_ms` ago passes this probe now."""
    after_ms = passes_after_ms(behaviour, kind)
    return after_ms is not None and running_ms >= after_ms


def hook_takes_ms(outcome: HookOutcome | int) -> int | None:
    """How long a hook takes that comes to this; None if it does not end by itself."""
    if outcome == FAILS:
        return 0
    return None if outcome == NEVER else outcome


def stop(behaviour: ImageBehaviour, grace_ms: int) -> tuple[int, int]:
    """How long a container takes to end when told to, and its exit code; past the grace period it is killed."""
    if behaviour.stop == NEVER or behaviour.stop > grace_ms:
        return grace_ms, KILLED
    return behaviour.stop, behaviour.stop_exit
