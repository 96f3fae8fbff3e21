"""Resource amounts in the API's notation ("500m", "1.5Gi", 0.1): exact reading, comparison and canonical writing.

Owns the arithmetic of amounts and nothing else; it knows no field and no kind. Everything is exact integers: an amount
is counted in thousandths, which is the finest the API stores (finer amounts are rounded up).

Mirrors apimachinery's pkg/api/resource/quantity.go and the ResourceList defaults of pkg/apis/core/v1/defaults.go.
"""

from __future__ import annotations

import re
from functools import lru_cache

MALFORMED = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
BAD_SUFFIX = "unable to parse quantity's suffix"
BAD_NUMBER = "unable to parse numeric part of quantity"

_PARTS = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)", re.ASCII)
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]+)", re.ASCII)

_DECIMAL_EXPONENTS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY_EXPONENTS = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL_SUFFIXES = {exponent: suffix for suffix, exponent in _DECIMAL_EXPONENTS.items()}
_BINARY_SUFFIXES = ("", *_BINARY_EXPONENTS)

# Beyond this no amount means anything, and writing it out in full would only burn memory.
_LARGEST_EXPONENT = 100
_LARGEST_BINARY = 2**63 - 1
_MILLI = 1000

# The three notations an amount remembers it was written in.
_DECIMAL, _BINARY, _SCIENTIFIC = "decimal", "binary", "scientific"


def parse(amount: str | float) -> int:
    """The amount in thousandths of a unit, rounded up. Raises ValueError with the API's own text."""
    return _read(_text(amount))[0]


def value(amount: str | float) -> int:
    """The amount in whole units, rounded up (away from zero). Raises ValueError with the API's own text."""
    return _divide_up(parse(amount), _MILLI)


def canonical(amount: str | float) -> str:
    """The amount as the API stores and serves it: 0.5 is "500m", "1024Mi" is "1Gi". Raises ValueError."""
    return _canonical(_text(amount))


def write(milli: int, like: str = "") -> str:
    """The canonical text of `milli` thousandths, in the notation (decimal, binary) that `like` is written in."""
    return _write(milli, _read(like)[1] if like else _DECIMAL)


def _text(amount: object) -> str:
    if isinstance(amount, str):
        return amount.strip()
    if isinstance(amount, (int, float)) and not isinstance(amount, bool):
        return repr(amount)
    raise ValueError(MALFORMED)


@lru_cache(maxsize=4096)
def _canonical(text: str) -> str:
    return _write(*_read(text))


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[int, str]:
    """Thousandths, and the notation they were written in."""
    parts = _PARTS.fullmatch(text)
    if not text or parts is None:
        raise ValueError(MALFORMED)
    sign, whole, fraction, suffix = parts.groups(default="")
    base, exponent, notation = _suffix(suffix)
    # amount * 10**decimals / 1000 is exact; the division is what rounds up
    amount, decimals = int(f"{whole}{fraction}" or "0"), len(fraction)
    if base == 2:
        amount <<= exponent
        exponent = 0
    shift = exponent - decimals + 3
    milli = amount * 10**shift if shift >= 0 else _divide_up(amount, 10**-shift)
    if notation == _BINARY:
        milli = min(milli, _LARGEST_BINARY * _MILLI)
    return (-milli if sign == "-" else milli), notation


def _suffix(suffix: str) -> tuple[int, int, str]:
    """Base, exponent and notation."""
    if suffix in _DECIMAL_EXPONENTS:
        return 10, _DECIMAL_EXPONENTS[suffix], _DECIMAL
    if suffix in _BINARY_EXPONENTS:
        return 2, _BINARY_EXPONENTS[suffix], _BINARY
    written = _EXPONENT.fullmatch(suffix)
    if written is None:
        raise ValueError(BAD_SUFFIX)
    exponent = int(written[1]) if len(written[1]) < 6 else _LARGEST_EXPONENT + 1
    if abs(exponent) > _LARGEST_EXPONENT:
        raise ValueError(BAD_NUMBER)
    return 10, exponent, _SCIENTIFIC


def _divide_up(amount: int, divisor: int) -> int:
    """Rounded away from zero, as the API rounds."""
    return -(-amount // divisor) if amount >= 0 else amount // divisor


def _write(milli: int, notation: str) -> str:
    if milli == 0:
        return "0"
    sign, size = ("-", -milli) if milli < 0 else ("", milli)
    # Small or fractional amounts lose nothing only when written in decimals.
    if notation == _BINARY and size >= 1024 * _MILLI and size % _MILLI == 0:
        number, steps = _strip(size // _MILLI, 1024, len(_BINARY_SUFFIXES) - 1)
        return f"{sign}{number}{_BINARY_SUFFIXES[steps]}"
    number, tens = _strip(size, 10)
    exponent = tens - 3
    number *= 10 ** (exponent % 3)
    exponent -= exponent % 3
    if notation == _SCIENTIFIC or exponent not in _DECIMAL_SUFFIXES:
        return f"{sign}{number}e{exponent}" if exponent else f"{sign}{number}"
    return f"{sign}{number}{_DECIMAL_SUFFIXES[exponent]}"


def _strip(number: int, factor: int, most: int = 1000) -> tuple[int, int]:
    """`number` without its factors, and how many there were."""
    times = 0
    while number % factor == 0 and times < most:
        number //= factor
        times += 1
    return number, times
