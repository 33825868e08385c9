"""Which IP addresses the audio door may connect to. Pure.

Source: IANA's registries of special-purpose addresses for IPv4 and IPv6.
"""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network

_SPECIAL_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' own
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; clouds keep their metadata here
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, given up
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
#: All unicast addresses that IANA has given out. What stands outside is refused as a whole: unspecified, loopback,
#: IPv4 mapped or compatible, NAT64 (64:ff9b::), unique local, link-local, site-local, multicast.
_GLOBAL_V6 = IPv6Network("2000::/3")
_SPECIAL_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments; Teredo, which carries an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries an IPv4 address
        "3fff::/20",  # documentation
    )
)


def is_public(address: str) -> bool:
    """Whether it is the plain form of a globally routable unicast address.

    Ranges that carry an IPv4 address inside an IPv6 one are refused, whichever it is: no recording lives there, and
    whoever translates them may know another network than we do. So is an address with a scope (`fe80::1%eth0`).
    """
    try:
        v4 = IPv4Address(address)
    except AddressValueError:
        return _is_public_v6(address)
    return not any(v4 in network for network in _SPECIAL_V4)


def _is_public_v6(address: str) -> bool:
    try:
        v6 = IPv6Address(address)
    except AddressValueError:
        return False
    return v6.scope_id is None and v6 in _GLOBAL_V6 and not any(v6 in network for network in _SPECIAL_V6)
