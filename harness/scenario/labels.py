"""Labels as a scenario writes them itself, and selectors of labels.

Owns their reading and the complaints about a key or value no label can have. What is sent to the API is judged there.
"""

from __future__ import annotations

from harness.objects.selector import parse
from harness.scenario.complaints import quoted
from harness.scenario.names import wrong_with_key, wrong_with_value
from harness.scenario.nodes import Mapping, Node
from harness.scenario.schema import Reading, mapping, mapping_of, not_empty
from harness.scenario.values import text, word


def refuse_wrong_key(key: str, node: Node, reading: Reading, of: str = "a label") -> None:
    """Refuses what cannot be the key of a label, or of what else has such keys."""
    expected = wrong_with_key(key)
    if expected is not None:
        reading.refuse(node, f"found {quoted(key)} as the key of {of}, expected {expected}")


def refuse_wrong_value(value: str, node: Node, reading: Reading, of: str = "a label") -> None:
    """Refuses what cannot be the value of a label, or of what else has such values."""
    expected = wrong_with_value(value)
    if expected is not None:
        reading.refuse(node, f"found {quoted(value)} as the value of {of}, expected {expected}")


def _value(node: Node, reading: Reading) -> str:
    value = word(node, reading)
    refuse_wrong_value(value, node, reading)
    return value


_LABELS = "a mapping of labels such as {app: web}"
_labels = mapping_of(_value, _LABELS)


def labels(node: Node, reading: Reading) -> dict[str, str]:
    """A mapping of labels that an object can have."""
    read = _labels(node, reading)
    for key, _ in mapping(node, reading).entries:
        refuse_wrong_key(key.text, key, reading)
    return read


_some_labels = not_empty(labels, _LABELS)


def selector(node: Node, reading: Reading) -> str:
    """Labels as kubectl's `-l` writes them, or a mapping of labels."""
    if isinstance(node, Mapping):
        return ",".join(f"{key}={value}" for key, value in _some_labels(node, reading).items())
    written = text(node, reading)
    try:
        requirements = parse(written).requirements
    except ValueError as error:
        reading.refuse(node, f"found {quoted(written)}, expected labels as -l takes them such as app=web: {error}")
    for requirement in requirements:
        refuse_wrong_key(requirement.key, node, reading)
        for value in requirement.values:
            refuse_wrong_value(value, node, reading)
    return written
