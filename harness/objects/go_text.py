"""How the API server and kubectl spell plain JSON data: compact JSON with Go's escapes, Go's `%v`, `%#v` and `%q`.

Owns spelling only. Every spelling is visible to users: the first is hashed into revision names and stored in the
last-applied annotation, the others are quoted in error messages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

_GO_ESCAPES = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    '"': '\\"',
    "\\": "\\\\",
}

_ENCODER = msgspec.json.Encoder(order="sorted")

# encoding/json keeps these out of its output so that it can be embedded in HTML and JavaScript
_ESCAPES = (
    (b"<", rb"\u003c"),
    (b">", rb"\u003e"),
    (b"&", rb"\u0026"),
    ("\u2028".encode(), rb"\u2028"),
    ("\u2029".encode(), rb"\u2029"),
)


def json_bytes(data: Any) -> bytes:
    """`data` as encoding/json's Marshal writes it: keys sorted bytewise, no spaces, HTML-safe escapes."""
    encoded = _ENCODER.encode(data)
    for plain, escaped in _ESCAPES:
        if plain in encoded:
            encoded = encoded.replace(plain, escaped)
    return encoded


def printed(data: Any) -> str:
    """`data` as fmt prints it with `%v`: `map[a:1 b:[x y]]`, `true`, `<nil>`."""
    match data:
        case None:
            return "<nil>"
        case bool():
            return "true" if data else "false"
        case str():
            return data
        case Mapping():
            return f"map[{' '.join(f'{key}:{printed(data[key])}' for key in sorted(data))}]"
        case Sequence():
            return f"[{' '.join(printed(item) for item in data)}]"
        case _:
            return str(data)


def quoted(text: str) -> str:
    """The text as Go's `%q` writes it."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(_GO_ESCAPES.get(char) or _rune(char) for char in text) + '"'


def quoted_rune(char: str) -> str:
    """One character as encoding/json quotes it: in single quotes, so that only those are escaped."""
    if char == "'":
        return "'\\''"
    if char == '"':
        return "'\"'"
    return f"'{quoted(char)[1:-1]}'"


def _rune(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def dumped(data: Any) -> str:
    """`data` as fmt prints what a YAML decoder made of it with `%#v`: `map[interface {}]interface {}{"a":1}`."""
    match data:
        case None:
            return "interface {}(nil)"
        case bool():
            return "true" if data else "false"
        case str():
            return quoted(data)
        case Mapping():
            keys = sorted(data, key=lambda key: (isinstance(key, str), str(key)))
            entries = ", ".join(f"{dumped(key)}:{dumped(data[key])}" for key in keys)
            return f"map[interface {{}}]interface {{}}{{{entries}}}"
        case Sequence():
            return f"[]interface {{}}{{{', '.join(dumped(item) for item in data)}}}"
        case _:
            return str(data)
