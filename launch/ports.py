"""Free ports on loopback."""

from __future__ import annotations

import random
import socket
from collections.abc import Collection

from launch.terminal import Stop


def is_free(port: int) -> bool:
    """Whether nothing listens on this port of 127.0.0.1 and we could."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def next_free(preferred: int, *, not_these: Collection[int] = ()) -> int:
    """The first free port from `preferred` on. Raises Stop when a hundred in a row are taken."""
    for port in range(preferred, min(preferred + 100, 65536)):
        if port not in not_these and is_free(port):
            return port
    raise Stop(f"No port is free between {preferred} and {preferred + 99}.")


def any_free() -> int:
    """A free port below those that the kernel gives to outgoing connections, so that it stays free."""
    for _ in range(200):
        port = random.randrange(20_000, 32_000)  # noqa: S311  (not a secret)
        if is_free(port):
            return port
    raise Stop("No free port was found on this machine.")
