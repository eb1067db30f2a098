"""Limits of the wire. The welcome of a server has its own figures."""

from typing import Final

PROTOCOL_VERSION: Final = 1
SUBPROTOCOL: Final = "stepwell.v1"

MESSAGE_BYTES: Final = 16 * 1024 * 1024
"""Bytes of one message that a server accepts."""

INBOUND_BYTES: Final = 256 * 1024 * 1024
"""Bytes of one message that a client reads: what a server sends may be larger than what it accepts."""

DEPTH: Final = 64
"""Arrays and maps within each other."""

ITEMS: Final = 262_144
"""Values in one message: items of arrays, keys and values of maps."""

BATCH: Final = 4096
"""Frames of one batch."""

IN_FLIGHT: Final = 8192
"""Requests of a session that are under way."""
