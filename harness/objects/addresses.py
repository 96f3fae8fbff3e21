"""Addresses as texts and as numbers.

Owns what an address is. Which of them mean anything is known elsewhere.
"""

from __future__ import annotations

from functools import lru_cache


def is_address(text: str) -> bool:
    """Whether the text is an address of either family, without leading zeros."""
    if ":" in text:
        from ipaddress import IPv6Address

        try:
            IPv6Address(text)
        except ValueError:
            return False
        return True
    parts = text.split(".")
    return len(parts) == 4 and all(
        part.isascii() and part.isdigit() and str(int(part)) == part and int(part) < 256 for part in parts
    )


def family_of(address: str) -> str:
    return "IPv6" if ":" in address else "IPv4"


@lru_cache(maxsize=10_000)
def number_of(address: str) -> int:
    """An IPv4 address as a number."""
    number = 0
    for part in address.split("."):
        number = number * 256 + int(part)
    return number


def dotted(number: int) -> str:
    """A number as an IPv4 address."""
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
