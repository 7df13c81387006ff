"""What a legacy client does once per frame: count it, offer it to the user's hook, emit it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .clock import local_now
from .message_rate import MessageRate
from .models import create_websocket_message
from .payload import Payload

if TYPE_CHECKING:
    from .legacy_client import LegacyClient

__all__ = ["ClientFrames"]


class ClientFrames:
    """A session's ``FrameObserver``.

    Args:
        client: whose frames these are.
        original: the client's own ``_process_message``; any other one is the user's.
    """

    def __init__(self, client: LegacyClient, original: Callable[..., Any]) -> None:
        self.rate = MessageRate()
        self._client = client
        self._original = original

    def frame_received(self, payload: Payload) -> None:
        now = local_now()
        stats = self._client.stats
        stats["messages_received"] += 1
        stats["last_message_time"] = now
        self.rate.note(now)

    def frame_processed(self) -> None:
        self._client.stats["messages_processed"] += 1

    def process_hook(self) -> Callable[[str], Any] | None:
        hook: Callable[[str], Any] = self._client._process_message
        return None if getattr(hook, "__func__", None) is self._original else hook

    def has_broker(self) -> bool:
        return self._client.event_broker is not None

    async def emit_frame(self, data_type: str, payload: Payload) -> None:
        client = self._client
        if client.event_broker is not None:
            name = data_type.partition(".")[0]
            envelope = create_websocket_message(name, str(payload["market"]), payload)
            await client._emit_event(f"{client._COMPAT_EVENTS}.{name}", envelope)
