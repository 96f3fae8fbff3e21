"""What becomes of a wish: held by recent ones, bounded by the pace and by the least and most that may be.

Owns windows and policies; pure but for the history that each autoscaler has. Mirrors normalizeDesiredReplicas and
normalizeDesiredReplicasWithBehaviors of pkg/controller/podautoscaler/horizontal.go.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec

from harness.objects.autoscaling import HorizontalPodAutoscalerBehavior, HPAScalingRules

DOWNSCALE_WINDOW_MS = 300_000
_DOUBLE, _AT_LEAST = 2, 4
_HIGHER = "recent recommendations were higher than current one, applying the highest recent recommendation"
_LOWER = "recent recommendations were lower than current one, applying the lowest recent recommendation"
_SAME = "recommended size matches current size"

READY = ("ReadyForNewScale", _SAME)
_HELD_DOWN = ("ScaleDownStabilized", _HIGHER)
_HELD_UP = ("ScaleUpStabilized", _LOWER)
_WITHIN = ("DesiredWithinRange", "the desired count is within the acceptable range")
_TOO_FEW = ("TooFewReplicas", "the desired replica count is less than the minimum replica count")
_TOO_MANY = ("TooManyReplicas", "the desired replica count is more than the maximum replica count")
_TOO_FAST_UP = ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
_TOO_FAST_DOWN = ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate")

Reason = tuple[str, str]
"""Reason and message of a condition."""


class Moment(NamedTuple):
    """A number at an instant of cluster time: a wish, or by how much was scaled."""

    number: int
    time_ms: int


class History(msgspec.Struct):
    """What an autoscaler wished for and did of late."""

    wishes: list[Moment] = []
    ups: list[Moment] = []
    downs: list[Moment] = []

    def begin(self, current: int, now_ms: int) -> None:
        """The first wish is what there is."""
        if not self.wishes:
            self.wishes.append(Moment(current, now_ms))

    def scaled(self, before: int, after: int, now_ms: int) -> None:
        """Take note of a change, for the policies."""
        (self.ups if after > before else self.downs).append(Moment(abs(after - before), now_ms))


class Bounds(NamedTuple):
    """Where the count stands and between what it may move."""

    current: int
    least: int
    most: int
    now_ms: int


class Verdict(NamedTuple):
    """The count, why it can be changed or is held (AbleToScale), and whether and why it is limited (ScalingLimited)."""

    replicas: int
    able: Reason
    limited: bool
    limit: Reason


def without_behavior(wish: int, bounds: Bounds, history: History) -> Verdict:
    """The rules where an autoscaler names none."""
    oldest_ms = bounds.now_ms - DOWNSCALE_WINDOW_MS
    history.wishes = [each for each in history.wishes if each.time_ms >= oldest_ms]
    held = max([wish, *(each.number for each in history.wishes)])
    history.wishes.append(Moment(wish, bounds.now_ms))
    pace = max(_DOUBLE * bounds.current, _AT_LEAST)
    most, reason = (pace, _TOO_FAST_UP) if bounds.most > pace else (bounds.most, _TOO_MANY)
    replicas, limit = held, _WITHIN
    if held < bounds.least:
        replicas, limit = bounds.least, _TOO_FEW
    elif held > most:
        replicas, limit = most, reason
    return Verdict(replicas, READY if held == wish else _HELD_DOWN, replicas != held, limit)


def with_behavior(wish: int, bounds: Bounds, behavior: HorizontalPodAutoscalerBehavior, history: History) -> Verdict:
    """The rules that an autoscaler names."""
    up, down = behavior.scale_up or HPAScalingRules(), behavior.scale_down or HPAScalingRules()
    held, able = _held(wish, bounds, up, down, history)
    replicas, limit = _paced(held, bounds, up, down, history)
    return Verdict(replicas, able, replicas != held, limit)


def _held(
    wish: int, bounds: Bounds, up: HPAScalingRules, down: HPAScalingRules, history: History
) -> tuple[int, Reason]:
    up_ms, down_ms = _window_ms(up, 0), _window_ms(down, DOWNSCALE_WINDOW_MS)
    lowest = min([wish, *(each.number for each in history.wishes if each.time_ms > bounds.now_ms - up_ms)])
    highest = max([wish, *(each.number for each in history.wishes if each.time_ms > bounds.now_ms - down_ms)])
    held = min(max(bounds.current, lowest), highest)
    history.wishes = [each for each in history.wishes if each.time_ms >= bounds.now_ms - max(up_ms, down_ms)]
    history.wishes.append(Moment(wish, bounds.now_ms))
    return held, READY if held == wish else (_HELD_UP if wish >= bounds.current else _HELD_DOWN)


def _window_ms(rules: HPAScalingRules, usual_ms: int) -> int:
    seconds = rules.stabilization_window_seconds
    return usual_ms if seconds is None else seconds * 1000


def _paced(
    held: int, bounds: Bounds, up: HPAScalingRules, down: HPAScalingRules, history: History
) -> tuple[int, Reason]:
    if held > bounds.current:
        pace = max(bounds.current, _ceiling(bounds, up, history))
        most, reason = (pace, _TOO_FAST_UP) if bounds.most > pace else (bounds.most, _TOO_MANY)
        if held > most:
            return most, reason
    elif held < bounds.current:
        pace = min(bounds.current, _floor(bounds, down, history))
        least, reason = (pace, _TOO_FAST_DOWN) if bounds.least < pace else (bounds.least, _TOO_FEW)
        if held < least:
            return least, reason
    return held, _WITHIN


def _start(period_seconds: int, bounds: Bounds, history: History) -> int:
    """How many there were when a policy's period began."""
    since_ms = bounds.now_ms - period_seconds * 1000
    added = sum(each.number for each in history.ups if each.time_ms > since_ms)
    return bounds.current - added + sum(each.number for each in history.downs if each.time_ms > since_ms)


def _ceiling(bounds: Bounds, rules: HPAScalingRules, history: History) -> int:
    """How many there may be at most now, by the policies for more of them."""
    if rules.select_policy == "Disabled":
        return bounds.current
    proposals = []
    for policy in rules.policies:
        start = _start(policy.period_seconds, bounds, history)
        share = math.ceil(start * (1 + policy.value / 100))
        proposals.append(start + policy.value if policy.type == "Pods" else share)
    return min(proposals) if rules.select_policy == "Min" else max(proposals)


def _floor(bounds: Bounds, rules: HPAScalingRules, history: History) -> int:
    """How few there may be now, by the policies for less of them."""
    if rules.select_policy == "Disabled":
        return bounds.current
    proposals = []
    for policy in rules.policies:
        start = _start(policy.period_seconds, bounds, history)
        share = int(start * (1 - policy.value / 100))
        proposals.append(start - policy.value if policy.type == "Pods" else share)
    return max(proposals) if rules.select_policy == "Min" else min(proposals)
