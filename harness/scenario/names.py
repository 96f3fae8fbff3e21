"""What may be the name of a node, and the key and value of a label or taint, for what a scenario sets up itself.

Owns the rules and their words. What is sent to the API is judged there. Mirrors the formats of
kubernetes.io/docs/concepts/overview/working-with-objects, pages names and labels.
"""

from __future__ import annotations

import re

_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?", re.ASCII)
_LONGEST_SUBDOMAIN = 253
_LONGEST_WORD = 63
_A_WORD = f"letters, digits, - _ and . with a letter or digit at both ends, at most {_LONGEST_WORD}"


def wrong_with_name(name: str) -> str | None:
    """What the name of an object must be, if this is none (a DNS-1123 subdomain)."""
    if len(name) <= _LONGEST_SUBDOMAIN and _SUBDOMAIN.fullmatch(name):
        return None
    return f"lower-case letters, digits, - and . such as node-1, at most {_LONGEST_SUBDOMAIN}"


def wrong_with_key(key: str) -> str | None:
    """What the key of a label must be, if this is none: a word, perhaps after a subdomain and a slash."""
    prefix, slash, word = key.rpartition("/")
    if (not slash or wrong_with_name(prefix) is None) and len(word) <= _LONGEST_WORD and _WORD.fullmatch(word):
        return None
    return f"{_A_WORD}, perhaps with a domain before it such as example.com/tier"


def wrong_with_value(value: str) -> str | None:
    """What the value of a label must be, if this is none: a word, or nothing."""
    return None if not value or (len(value) <= _LONGEST_WORD and _WORD.fullmatch(value)) else _A_WORD
