"""What a verb of the language is: a sentence, an example, how a step is told in a line, and how it is played."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from harness.cluster import Cluster
from harness.runner.kubectl import Kubectl
from harness.scenario.model import Scenario, Step


class Stage(msgspec.Struct):
    """Where a step is played: the cluster, the step itself, and the command it is."""

    cluster: Cluster
    step: Step
    kubectl: Kubectl


class Verb(msgspec.Struct, frozen=True):
    """One verb. `play` is an activity: it takes cluster time by asking the server, and prints through kubectl.

    `unplayed` says what keeps an action from being played, before anything happens; None if nothing does. `only_asks`
    says whether an action changes nothing, so that there is nothing to wait for after it.
    """

    action: type[Any]
    sentence: str
    example: str
    tell: Callable[[Any], str]
    play: Callable[[Any, Stage], Awaitable[None]]
    unplayed: Callable[[Any, Scenario], str | None] = lambda _action, _scenario: None
    only_asks: Callable[[Any], bool] = lambda _action: False
