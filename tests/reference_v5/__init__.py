"""An independent implementation of the documented v5 contract: one socket per client.

It shares no code with ``websocket_v6`` or ``compat_v5``, so a comparison with it is not a comparison
of the product with itself. It is small on purpose: no reconnect, no pacing, no configuration file.
"""

from __future__ import annotations

from tests.reference_v5.client import SocketConfig, SubscriptionError
from tests.reference_v5.private_client import UpbitWebSocketPrivateV5
from tests.reference_v5.public_client import UpbitWebSocketPublicV5

__all__ = [
    "SocketConfig",
    "SubscriptionError",
    "UpbitWebSocketPrivateV5",
    "UpbitWebSocketPublicV5",
]
