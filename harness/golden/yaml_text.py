"""Plain data as YAML text, the same bytes everywhere: a mapping stands on one line where it fits, else below itself.

Owns quoting, folding and indentation. Knows nothing of what the data means. A string is left unquoted only where every
reader, of YAML 1.1 or 1.2, takes it for that string.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

WIDTH = 120
_STEP = "  "

_PLAIN = re.compile(r"[A-Za-z_/<][A-Za-z0-9_./<>@%+=()-]*(?: [A-Za-z0-9_./<>@%+=()-]+)*")
_MORE = r"""[A-Za-z0-9_./<>@%+=();,!?'"*$&~`|^\\{}\[\]-]"""
_PLAIN_IN_BLOCK = re.compile(rf"[A-Za-z_/<]{_MORE}*(?:[ :]{_MORE}+)*")
_AMOUNT = re.compile(r"(?!0[xob])[0-9]+(?:\.[0-9]+)?[A-Za-z]+")
_MISREAD = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "<<"])
# What YAML readers refuse, strip or take for a line break, and json.dumps would leave as it is.
_UNSAFE = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_LITERAL = re.compile("[^\x00-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]*")


def scalar(value: Any, *, flow: bool = True) -> str:
    """A scalar on one line. `flow` says whether it stands between brackets, where more must be quoted."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    return _string(value, flow)


def _float(value: float) -> str:
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        return text.replace("inf", ".inf").replace("nan", ".nan")
    mantissa, exponent, power = text.partition("e")
    # YAML 1.1 asks for a dot in the mantissa and a sign in the exponent.
    if exponent:
        mantissa = mantissa if "." in mantissa else f"{mantissa}.0"
        power = power if power[0] in "+-" else f"+{power}"
    return f"{mantissa}{exponent}{power}"


@lru_cache(maxsize=4096)
def _string(text: str, flow: bool) -> str:
    pattern = _PLAIN if flow else _PLAIN_IN_BLOCK
    if (pattern.fullmatch(text) and text.lower() not in _MISREAD) or _AMOUNT.fullmatch(text):
        return text
    if text.count('"') > text.count("'") and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def flow(value: Any) -> str:
    """Any value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def block(data: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """The lines of a mapping, each key on a line of its own."""
    for key, value in data.items():
        yield from _entry(f"{indent}{scalar(key, flow=False)}:", value, indent)


def items(data: Sequence[Any], indent: str = "") -> Iterator[str]:
    """The lines of a list, each item beginning with a dash in column `indent`."""
    for value in data:
        if isinstance(value, Mapping) and _on_one_line(f"{indent}-", value) is None:
            lines = block(value, indent + _STEP)
            yield f"{indent}- {next(lines).lstrip()}"
            yield from lines
        else:
            yield from _entry(f"{indent}-", value, indent)


def _entry(head: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, str):
        yield from _text(head, value, indent)
    elif not isinstance(value, (Mapping, list, tuple)):
        yield f"{head} {scalar(value, flow=False)}"
    elif (line := _on_one_line(head, value)) is not None:
        yield line
    else:
        yield head
        if isinstance(value, Mapping):
            yield from block(value, indent + _STEP)
        else:
            yield from items(value, indent + _STEP if head.endswith("-") else indent)


def _on_one_line(head: str, value: Any) -> str | None:
    """A mapping or list after its head, if that fits on a line; what is empty always does."""
    line = f"{head} {flow(value)}"
    return line if not value or (len(line) <= WIDTH and not _has_lines(value)) else None


def _has_lines(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_lines, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_has_lines, value))
    return isinstance(value, str) and _as_literal(value)


def _as_literal(text: str) -> bool:
    """Whether a text of several lines can be shown as it is, below its key."""
    body = text.rstrip("\n")
    return (
        "\n" in text.strip("\n")
        and text[0] not in " \n\t"
        and len(text) - len(body) <= 1
        and _LITERAL.fullmatch(text) is not None
        and not any(line.endswith((" ", "\t")) or line.startswith("\t") for line in body.split("\n"))
    )


def _text(head: str, text: str, indent: str) -> Iterator[str]:
    if not _as_literal(text):
        yield f"{head} {scalar(text, flow=False)}"
        return
    yield f"{head} |" if text.endswith("\n") else f"{head} |-"
    for line in text.rstrip("\n").split("\n"):
        yield f"{indent}{_STEP}{line}" if line else ""


def literal(head: str, lines: Sequence[str], indent: str = "") -> Iterator[str]:
    """A key whose text is always shown as lines, even one; they must be free of control characters."""
    yield f"{head}: |"
    for line in lines:
        yield f"{indent}{_STEP}{line}"
