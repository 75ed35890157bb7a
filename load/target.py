"""Whether an address may be loaded: a private one, or a public one whose owner allows it."""

from __future__ import annotations

import ipaddress
import socket

from journeys.clients.target import Target
from journeys.errors import InvalidInput, Problem


def check_up(place: Target, allow_public: bool) -> None:
    """Raise TargetUnreachable where nothing listens; InvalidInput for a public address that isn't allowed."""
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except OSError:
        found = []  # nobody has that name, which the attempt to connect tells
    public = [str(one[4][0]) for one in found if _is_public(str(one[4][0]))]
    if public and not allow_public:
        what = f"is a public address ({public[0]})"
        next_step = "add --allow-public where the application is yours, or you have leave to load it"
        raise InvalidInput([Problem("--target", what, place.shown, "this machine or a private network", next_step)])
    place.check_up()


def _is_public(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_global
