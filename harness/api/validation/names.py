"""What is wrong with a name, a label or a key, in the API server's own words.

Owns the character rules and their texts; every function takes a text and returns what is wrong with it, usually
nothing. Knows no fields. Mirrors k8s.io/apimachinery pkg/api/validate/content and pkg/util/validation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

Complaints: TypeAlias = tuple[str, ...]
NameRule: TypeAlias = Callable[[str], Complaints]

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_LOOSE_LABEL = r"_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_LOOSE_SUBDOMAIN = rf"{_LOOSE_LABEL}(\.{_LOOSE_LABEL})*"
_KEY = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL_VALUE = rf"({_KEY})?"
_CONFIG_KEY = r"[-._a-zA-Z0-9]+"
_HEADER = r"[-A-Za-z0-9]+"
_PERCENT = r"[0-9]+%"
_OLD_LABEL = r"[a-z]([-a-z0-9]*[a-z0-9])?"
_WILDCARD = rf"\*\.{_SUBDOMAIN}"
_HTTP_PATH = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"

_LABEL_MEANING = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
    "and must start and end with an alphanumeric character"
)
_OLD_LABEL = r"[a-z]([-a-z0-9]*[a-z0-9])?"
_OLD_LABEL_MEANING = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character"
)
_SUBDOMAIN_MEANING = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character"
)
_LOOSE_SUBDOMAIN_MEANING = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', "
    "and must start and end with an alphanumeric character"
)
_KEY_MEANING = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
)
_LABEL_VALUE_MEANING = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character"
)


def with_pattern(meaning: str, pattern: str, *examples: str) -> str:
    """A text that shows examples and the pattern; the comma after the last example is the API server's."""
    shown = " or ".join(f"'{example}', " for example in examples)
    return f"{meaning} (e.g. {shown}regex used for validation is '{pattern}')"


def longest(limit: int) -> str:
    return f"must be no more than {limit} bytes"


def between(low: int, high: int) -> str:
    return f"must be between {low} and {high}, inclusive"


def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.ASCII) is not None


def _size(text: str) -> int:
    return len(text.encode())


@lru_cache(maxsize=8192)
def dns_label(text: str) -> Complaints:
    """RFC 1123 label: most names inside an object, and the names of StatefulSets, Services and Namespaces."""
    complaints = []
    if _size(text) > 63:
        complaints.append(longest(63))
    if not _matches(_LABEL, text):
        if _matches(_SUBDOMAIN, text):
            complaints.append("must not contain dots")
        else:
            complaints.append(with_pattern(_LABEL_MEANING, _LABEL, "my-name", "123-abc"))
    return tuple(complaints)


@lru_cache(maxsize=1024)
def dns_1035_label(text: str) -> Complaints:
    """RFC 1035 label: the names of kinds, resources and versions."""
    complaints = [longest(63)] if _size(text) > 63 else []
    if not _matches(_OLD_LABEL, text):
        complaints.append(with_pattern(_OLD_LABEL_MEANING, _OLD_LABEL, "my-name", "abc-123"))
    return tuple(complaints)


@lru_cache(maxsize=8192)
def dns_subdomain(text: str) -> Complaints:
    """RFC 1123 subdomain: the names of most objects."""
    complaints = [longest(253)] if _size(text) > 253 else []
    if not _matches(_SUBDOMAIN, text):
        complaints.append(with_pattern(_SUBDOMAIN_MEANING, _SUBDOMAIN, "example.com"))
    return tuple(complaints)


@lru_cache(maxsize=1024)
def dns_search_domain(text: str) -> Complaints:
    complaints = [longest(253)] if _size(text) > 253 else []
    if not _matches(_LOOSE_SUBDOMAIN, text):
        complaints.append(with_pattern(_LOOSE_SUBDOMAIN_MEANING, _LOOSE_SUBDOMAIN, "example.com"))
    return tuple(complaints)


@lru_cache(maxsize=8192)
def qualified_name(text: str) -> Complaints:
    """The key of a label, and everything written like one."""
    explained = with_pattern(_KEY_MEANING, _KEY, "MyName", "my.name", "123-abc")
    prefix, slash, name = text.rpartition("/")
    if "/" in prefix:
        with_prefix = " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return (f"a valid label key {explained}{with_prefix}",)
    complaints: list[str] = []
    if slash:
        complaints += [
            f"prefix part {wrong}" for wrong in (dns_subdomain(prefix) if prefix else ("must be non-empty",))
        ]
    if not name:
        complaints.append("name part must be non-empty")
    elif _size(name) > 63:
        complaints.append(f"name part {longest(63)}")
    if not _matches(_KEY, name):
        complaints.append(f"name part {explained}")
    return tuple(complaints)


@lru_cache(maxsize=8192)
def label_value(text: str) -> Complaints:
    complaints = [longest(63)] if _size(text) > 63 else []
    if not _matches(_LABEL_VALUE, text):
        complaints.append(with_pattern(_LABEL_VALUE_MEANING, _LABEL_VALUE, "MyValue", "my_value", "12345"))
    return tuple(complaints)


@lru_cache(maxsize=1024)
def port_name(text: str) -> Complaints:
    """RFC 6335 service name, of a container's port or of one a probe or service names."""
    complaints = ["must be no more than 15 characters"] if _size(text) > 15 else []
    if not _matches(r"[-a-z0-9]+", text):
        complaints.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search(r"[a-z]", text):
        complaints.append("must contain at least one letter (a-z)")
    if "--" in text:
        complaints.append("must not contain consecutive hyphens")
    if text.startswith("-") or text.endswith("-"):
        complaints.append("must not begin or end with a hyphen")
    return tuple(complaints)


def port_number(port: int) -> Complaints:
    return () if 1 <= port <= 65535 else (between(1, 65535),)


def port_name_or_number(port: int | str) -> Complaints:
    return port_name(port) if isinstance(port, str) else port_number(port)


@lru_cache(maxsize=4096)
def environment_variable(text: str) -> Complaints:
    if not text:
        return ("environment variable name must be non-empty",)
    if not text.isascii() or not text.isprintable() or "=" in text:
        return ("a valid environment variable name must consist only of printable ASCII characters other than '='",)
    return ()


@lru_cache(maxsize=4096)
def config_key(text: str) -> Complaints:
    """A key of a ConfigMap or Secret, which also becomes a file name."""
    complaints = ["must be no more than 253 characters"] if _size(text) > 253 else []
    if not _matches(_CONFIG_KEY, text):
        meaning = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
        complaints.append(with_pattern(meaning, _CONFIG_KEY, "key.name", "KEY_NAME", "key-name"))
    if text in (".", ".."):
        complaints.append(f"must not be '{text}'")
    elif text.startswith(".."):
        complaints.append("must not start with '..'")
    return tuple(complaints)


def header_name(text: str) -> Complaints:
    if _matches(_HEADER, text):
        return ()
    meaning = "a valid HTTP header must consist of alphanumeric characters or '-'"
    return (with_pattern(meaning, _HEADER, "X-Header-Name"),)


def percentage(text: str) -> Complaints:
    if _matches(_PERCENT, text):
        return ()
    meaning = "a valid percent string must be a numeric string followed by an ending '%'"
    return (with_pattern(meaning, _PERCENT, "1%", "93%"),)


def path_segment(text: str) -> Complaints:
    """A name that only has to fit into a path: those of roles and their bindings (pkg/api/validation/path)."""
    if text in (".", ".."):
        return (f"may not be '{text}'",)
    return tuple(f"may not contain '{mark}'" for mark in ("/", "%") if mark in text)


def as_prefix(rule: NameRule, text: str) -> Complaints:
    """What is wrong with the beginning of a name that the server completes; a closing dash may stand there."""
    return rule(f"{text[:-1]}a" if len(text) > 1 and text.endswith("-") else text)


def old_label(text: str) -> Complaints:
    """RFC 1035 label, which begins with a letter."""
    complaints = [longest(63)] if _size(text) > 63 else []
    if not _matches(_OLD_LABEL, text):
        meaning = (
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
            "character, and end with an alphanumeric character"
        )
        complaints.append(with_pattern(meaning, _OLD_LABEL, "my-name", "abc-123"))
    return tuple(complaints)


def wildcard_subdomain(text: str) -> Complaints:
    """A subdomain whose first part may be anything."""
    complaints = [longest(253)] if _size(text) > 253 else []
    if not _matches(_WILDCARD, text):
        meaning = (
            "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist "
            "of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character"
        )
        complaints.append(with_pattern(meaning, _WILDCARD, "*.example.com"))
    return tuple(complaints)


def http_path(text: str) -> Complaints:
    """What may stand in the path of a URL."""
    if _matches(_HTTP_PATH, text):
        return ()
    return (f"Invalid path (regex used for validation is '{_HTTP_PATH}')",)
