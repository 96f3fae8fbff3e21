"""What is wrong with an address, a range of addresses or a domain, in the API server's own words.

Owns the rules of values; every function names the field it was told. Mirrors k8s.io/apimachinery
pkg/util/validation/ip.go, strict as v1.36 is, and pkg/apis/core/validation (ValidateEndpointIP).
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import TypeAlias

from harness.api.validation.names import Complaints, dns_label, dns_subdomain

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Range: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_NO_ADDRESS = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
_NO_RANGE = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
_SPECIAL = (
    ("is_unspecified", "may not be unspecified (0.0.0.0 or ::)"),
    ("is_loopback", "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
    ("is_link_local", "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
)
_LINK_LOCAL_MULTICAST = (ipaddress.ip_network("224.0.0.0/24"), ipaddress.ip_network("ff02::/16"))


def _without_leading_zeros(text: str) -> str:
    """An IPv4 address as Go's sloppy parser takes it."""
    return ".".join(str(int(part)) if part.isascii() and part.isdigit() else part for part in text.split("."))


def parsed(text: str) -> Address | None:
    """The address, if the text is one, leading zeros or not."""
    try:
        return ipaddress.ip_address(_without_leading_zeros(text) if ":" not in text else text)
    except ValueError:
        return None


@lru_cache(maxsize=16384)
def ip_address(text: str) -> Complaints:
    address = parsed(text)
    if address is None or "%" in text:
        return (_NO_ADDRESS,)
    if isinstance(address, ipaddress.IPv4Address):
        return () if str(address) == text else ("must not have leading 0s",)
    return ("must not be an IPv4-mapped IPv6 address",) if address.ipv4_mapped is not None else ()


@lru_cache(maxsize=16384)
def endpoint_address(text: str) -> Complaints:
    """An address that something can be reached at from elsewhere."""
    address = parsed(text)
    if address is None:
        return ("must be a valid IP address",)
    complaints = [told for fact, told in _SPECIAL if getattr(address, fact)]
    if any(address in each for each in _LINK_LOCAL_MULTICAST if each.version == address.version):
        complaints.append("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
    return tuple(complaints)


@lru_cache(maxsize=16384)
def endpoint_address_of(version: int, text: str) -> Complaints:
    """As `endpoint_address`, and of this version of the protocol."""
    wrong = ip_address(text)
    if wrong:
        return wrong
    address = parsed(text)
    if address is None or address.version != version:
        return (f"must be an IPv{version} address",)
    return endpoint_address(text)


def network(text: str) -> Range | None:
    """The range, if the text is one."""
    place, slash, length = text.partition("/")
    if not slash or not (length.isascii() and length.isdigit()) or parsed(place) is None:
        return None
    try:
        return ipaddress.ip_network(f"{parsed(place)}/{int(length)}", strict=False)
    except ValueError:
        return None


def cidr(text: str) -> Complaints:
    """A range of addresses."""
    found, (place, _, length) = network(text), text.partition("/")
    if found is None:
        return (_NO_RANGE,)
    address = parsed(place)
    if (isinstance(address, ipaddress.IPv4Address) and str(address) != place) or str(int(length)) != length:
        return ("must not have leading 0s in IP or prefix length",)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return ("must not have an IPv4-mapped IPv6 address",)
    return ("must not have bits set beyond the prefix length",) if address != found.network_address else ()


def canonical_cidr(text: str) -> Complaints:
    """A range in the one way it can be written."""
    wrong, found = cidr(text), network(text)
    return wrong or (() if str(found) == text else (f'must be in canonical form ("{found}")',))


def domain_name(text: str) -> Complaints:
    """A name of at least two parts; a dot may end it."""
    name = text.removesuffix(".")
    wrong = dns_subdomain(name)
    if wrong:
        return (",".join(wrong),)
    parts = name.split(".")
    if len(parts) < 2:
        return ("should be a domain with at least two segments separated by dots",)
    return next(((",".join(dns_label(part)),) for part in parts if dns_label(part)), ())


def long_domain_name(text: str) -> Complaints:
    """A name of at least three parts, as webhooks have."""
    wrong = dns_subdomain(text)
    if wrong:
        return (",".join(wrong),)
    return () if text.count(".") > 1 else ("should be a domain with at least three segments separated by dots",)
