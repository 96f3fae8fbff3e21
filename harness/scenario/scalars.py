"""What an unquoted word of YAML means: by the rules of YAML 1.2, and by the older ones kubectl follows in manifests.

Pure functions from text to value. Does not know where the word stands or what was expected there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TypeAlias

Resolved: TypeAlias = str | int | float | bool | None
Rules: TypeAlias = Callable[[str], Resolved]

_TRUE = ("true", "True", "TRUE")
_FALSE = ("false", "False", "FALSE")
_NULL = ("", "~", "null", "Null", "NULL")
_WORDS: dict[str, Resolved] = {
    **dict.fromkeys(_TRUE, True),
    **dict.fromkeys(_FALSE, False),
    **dict.fromkeys(_NULL, None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_OLDER_WORDS: dict[str, Resolved] = {
    **_WORDS,
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_MAY_BE_NUMBER = frozenset("0123456789+-.")
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_OLDER_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))")
_OLDER_BASES = (16, 2, 8, 10)
_LEAST_INTEGER, _GREATEST_INTEGER = -(2**63), 2**63 - 1
_MOST_DIGITS = 300  # what is longer fits no number of either language and stays text


def by_core_schema(text: str) -> Resolved:
    """YAML 1.2 core schema (yaml.org/spec/1.2.2, 10.3.2): `on` is a text, `0777` is 777, `0o777` is 511."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _MAY_BE_NUMBER or len(text) > _MOST_DIGITS:
        return text
    if _DECIMAL.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEX.fullmatch(text):
        return int(text[2:], 16)
    return float(text) if _FLOAT.fullmatch(text) else text


def by_patch(text: str) -> Resolved:
    """The words of a patch: YAML 1.2, then JSON, so that `y` is a text and `1.0` is 1."""
    value = by_core_schema(text)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return value
    return _as_json_number(value)


def by_kubectl(text: str) -> Resolved:
    """YAML as kubectl reads it (sigs.k8s.io/yaml over goyaml.v2, resolve.go, then JSON): `on` is true, `0777` is 511.

    What looks like a timestamp stays text; a number without a fraction is an integer, as JSON does not tell them
    apart; an integer beyond 64 bits is a float.
    """
    if text in _OLDER_WORDS:
        return _OLDER_WORDS[text]
    if text[0] not in _MAY_BE_NUMBER or len(text) > _MOST_DIGITS:
        return text
    plain = text if text[0] == "." else text.replace("_", "")
    whole = _OLDER_INTEGER.fullmatch(plain)
    if whole is not None:
        sign, *digits = whole.groups()
        value = next(int(found, base) for found, base in zip(digits, _OLDER_BASES, strict=True) if found)
        return _as_json_number(-value if sign == "-" else value)
    if not _FLOAT.fullmatch(plain) or math.isinf(float(plain)):
        return text
    return _as_json_number(float(plain))


def _as_json_number(value: int | float) -> int | float:
    """A number after a trip through Go's JSON: an integer if it is whole and fits 64 bits, else a float."""
    if isinstance(value, float) and (math.isinf(value) or not value.is_integer()):
        return value
    whole = int(value)
    return whole if _LEAST_INTEGER <= whole <= _GREATEST_INTEGER else float(value)
