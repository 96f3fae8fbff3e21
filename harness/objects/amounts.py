"""Arithmetic on lists of resources: `{"cpu": "500m", "memory": "1Gi"}`.

Owns sums and comparisons, and the notation a sum is written in: that of its first part that is not zero, as in the
API. Mirrors staging/src/k8s.io/apiserver/pkg/quota/v1/resources.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.objects import quantity

Amounts = dict[str, str]


def added(one: Mapping[str, str], other: Mapping[str, str]) -> Amounts:
    """The sum, resource by resource; one that is in a single list counts as it is there."""
    total = dict(one)
    for name, amount in other.items():
        total[name] = _sum(total[name], amount) if name in total else amount
    return total


def _sum(one: str, other: str) -> str:
    first = quantity.parse(one)
    return quantity.write(first + quantity.parse(other), like=one if first else other)


def greatest(one: Mapping[str, str], other: Mapping[str, str]) -> Amounts:
    """The greater amount of each resource."""
    highest = dict(one)
    for name, amount in other.items():
        if name not in highest or quantity.parse(amount) > quantity.parse(highest[name]):
            highest[name] = amount
    return highest


def grown(new: Mapping[str, str], old: Mapping[str, str]) -> Amounts:
    """By how much each resource of `new` is above `old`; not below zero."""
    more: Amounts = {}
    for name, amount in new.items():
        difference = quantity.parse(amount) - quantity.parse(old.get(name, "0"))
        more[name] = quantity.write(max(0, difference), like=amount)
    return more


def only(amounts: Mapping[str, str], names: Iterable[str]) -> Amounts:
    """The amounts of these resources, in order of name."""
    return {name: amounts[name] for name in sorted(names) if name in amounts}


def without_zeros(amounts: Mapping[str, str]) -> Amounts:
    return {name: amount for name, amount in amounts.items() if quantity.parse(amount)}


def same(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether both name the same resources, each with the same amount however it is written."""
    return one.keys() == other.keys() and all(
        amount == other[name] or quantity.parse(amount) == quantity.parse(other[name]) for name, amount in one.items()
    )


def told(amounts: Mapping[str, str]) -> str:
    """As a refusal lists them: `cpu=1,memory=1Gi`."""
    return ",".join(f"{name}={amounts[name]}" for name in sorted(amounts))
