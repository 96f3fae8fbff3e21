"""The formats of strings that schemas may name, and whether a text has one.

Owns which formats the server knows; any other is ignored, with a warning when the definition is stored. Mirrors
k8s.io/kube-openapi pkg/validation/strfmt and apiextensions-apiserver's pkg/apiserver/validation/formats.go.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import date
from urllib.parse import urlsplit

_NUMERIC = {"integer": frozenset({"int32", "int64"}), "number": frozenset({"float", "double"})}
_UUID = "[0-9a-f]{8}-?[0-9a-f]{4}-?%s-?%s-?[0-9a-f]{12}"
_LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_PATTERNS = {
    "bsonobjectid": "[0-9a-fA-F]{24}",
    "uuid": "(?i:" + _UUID % ("[0-9a-f]{4}", "[0-9a-f]{4}") + ")",
    "uuid3": "(?i:" + _UUID % ("3[0-9a-f]{3}", "[0-9a-f]{4}") + ")",
    "uuid4": "(?i:" + _UUID % ("4[0-9a-f]{3}", "[89ab][0-9a-f]{3}") + ")",
    "uuid5": "(?i:" + _UUID % ("5[0-9a-f]{3}", "[89ab][0-9a-f]{3}") + ")",
    "ssn": r"[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}",
    "hexcolor": "#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})",
    "rgbcolor": r"rgb\(\s*(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])\s*(,\s*(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])\s*){2}\)",
    "hostname": r"[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*\.?",
    "mac": "[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}([:-][0-9a-fA-F]{2}){0,14}|([0-9a-fA-F]{4}\\.){2,3}[0-9a-fA-F]{4}",
    "email": r"[^@\s<>()\[\],;:\\\"]+@[^@\s<>()\[\],;:\\\"]+",
    "k8sshortname": _LABEL,
    "k8slongname": rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*",
    "duration": r"[-+]?(0|([0-9]+(\.[0-9]*)?|\.[0-9]+)\s*(ns|us|µs|μs|ms|s|m|h|d|w|[a-z]+))+"
    r"|([0-9]+\s*(ns|us|ms|s|m|h|d|w|[a-z]+)\s*)+",
    "datetime": r"\d{4}-\d{2}-\d{2}([Tt ])([01]\d|2[0-3]):[0-5]\d(:([0-5]\d|60)(\.\d+)?)?([Zz]|[-+]\d{2}:?\d{2})?",
}


def _is_date(text: str) -> bool:
    try:
        return re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is not None and date.fromisoformat(text) is not None
    except ValueError:
        return False


def _is_date_time(text: str) -> bool:
    return re.fullmatch(_PATTERNS["datetime"], text) is not None and _is_date(text[:10])


def _is_address(version: int) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            return ipaddress.ip_address(text).version == version
        except ValueError:
            return False

    return check


def _is_cidr(text: str) -> bool:
    try:
        return "/" in text and ipaddress.ip_network(text, strict=False) is not None
    except ValueError:
        return False


def _is_uri(text: str) -> bool:
    """As Go's url.ParseRequestURI has it: a scheme, or a path from the root."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(text) and " " not in text and (bool(parts.scheme) or text.startswith("/"))


def _is_base64(text: str) -> bool:
    try:
        return base64.b64decode(text, validate=True) is not None
    except (binascii.Error, ValueError):
        return False


def _digits(text: str) -> str:
    return re.sub(r"[\s-]", "", text)


def _is_isbn10(text: str) -> bool:
    digits = _digits(text)
    if re.fullmatch(r"\d{9}[\dXx]", digits) is None:
        return False
    return sum((index + 1) * (10 if char in "Xx" else int(char)) for index, char in enumerate(digits)) % 11 == 0


def _is_isbn13(text: str) -> bool:
    digits = _digits(text)
    if re.fullmatch(r"\d{13}", digits) is None:
        return False
    return sum(int(char) * (3 if index % 2 else 1) for index, char in enumerate(digits)) % 10 == 0


def _is_card(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    if not 13 <= len(digits) <= 19:
        return False
    doubled = [int(char) * (2 if index % 2 else 1) for index, char in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "byte": _is_base64,
    "cidr": _is_cidr,
    "creditcard": _is_card,
    "date": _is_date,
    "datetime": _is_date_time,
    "ipv4": _is_address(4),
    "ipv6": _is_address(6),
    "isbn": lambda text: _is_isbn10(text) or _is_isbn13(text),
    "isbn10": _is_isbn10,
    "isbn13": _is_isbn13,
    "password": lambda _text: True,
    "uri": _is_uri,
}
_TEXTUAL = frozenset({*_CHECKS, *_PATTERNS})


def _normal(name: str) -> str:
    return name.replace("-", "")


def is_known(name: str, type_: str) -> bool:
    """Whether the format means anything for values of the type ("" for any)."""
    if type_ in ("", "string"):
        return _normal(name) in _TEXTUAL
    return name in _NUMERIC.get(type_, ())


def fits(name: str, text: str) -> bool:
    """Whether a text has a format; one that is not about texts fits any."""
    normal = _normal(name)
    check = _CHECKS.get(normal)
    if check is not None:
        return check(text)
    pattern = _PATTERNS.get(normal)
    return pattern is None or re.fullmatch(pattern, text) is not None
