"""From a route's consumers to their deliveries: the same payload to all, or to each what it wants.

Copies are made only when a frame has more than one consumer of dicts, and for those that let it wait only
when they take it.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

import msgspec

from ..exceptions import DecodeError
from ..messages import Message, decode_message
from ..protocol.isolation import Copier, copier
from ..subscription import EVERY_CODE, ORDERBOOK
from ..typing import running_loop
from .routes import Consumer, cut_to
from .undecodable import Undecodable

__all__ = ["HandingOver", "hand_over"]


def hand_over(
    consumers: tuple[Consumer, ...],
    data_type: str,
    code: str,
    payload: Any,
    copy: Copier | None,
    at: float,
) -> None:
    """Give all *consumers* the same payload: with *copy* a copy each, the last one the payload itself.

    This loop runs once per frame and consumer. For a delivery that is ``ready`` it does what
    ``Delivery.put`` would do, because the calls cost more than the work.
    """
    remaining = len(consumers)
    waits = False
    for consumer in consumers:
        remaining -= 1
        delivery = consumer()
        if delivery is None:
            continue
        if not delivery.ready:
            after = delivery.put(code, code, payload, copy if remaining or waits else None, at)
            if after - at > delivery.slow_after and _have_moved(consumers):
                return
            at = after
            # It may wait in a mailbox as it is, to be copied when it is taken.
            waits = True
            continue
        data = copy(payload) if copy is not None and (remaining or waits) else payload
        delivery.delivered += 1
        owner = delivery.owner
        try:
            if owner is None:
                result = delivery.function(code, data_type, data)
            else:
                result = delivery.method(owner(), code, data_type, data)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a consumer's fault touches nobody else
            delivery.failed(error)
        else:
            if result is not None:
                delivery.returned(result)
        after = monotonic()
        if after - at > delivery.slow_after:
            delivery.report_slow_call(after - at)
            if _have_moved(consumers):
                return
        at = after


class HandingOver:
    """To each consumer what it wants: dict, shorter book or typed message.

    Args:
        undecodable: told of frames that are no message of their type.
    """

    def __init__(self, undecodable: Undecodable) -> None:
        self._undecodable = undecodable

    def each(
        self,
        consumers: tuple[Consumer, ...],
        symbol: str,
        frame: dict[str, Any],
        payload: bytes,
        at: float,
        stream_type: str | None = None,
    ) -> None:
        """Hand one frame over.

        Args:
            payload: its text.
            stream_type: what the frame is to be marked as; ``None``: as it came.
        """
        if stream_type is not None:
            frame = {**frame, "stream_type": stream_type}
        data_type = frame["type"]
        code = frame.get("code", EVERY_CODE)
        copy: Copier | None = None
        if len(consumers) > 1:
            copy = copier(frame, payload if stream_type is None else None)
        message: Message | None = None
        for consumer in consumers:
            delivery = consumer()
            if delivery is None or delivery.closed:
                continue
            if delivery.model:
                message = message or self.message(payload, stream_type)
                if message is None:
                    continue
                after = delivery.put(code, symbol, message, None, at)
            else:
                data = cut_to(frame, consumer.units) if data_type == ORDERBOOK else frame
                after = delivery.put(code, symbol, data, copy, at)
            if after - at > delivery.slow_after and _have_moved(consumers):
                return
            at = after

    def message(self, payload: bytes, stream_type: str | None = None) -> Message | None:
        """The frame as a typed message; ``None`` when it is none of its type, which is told."""
        try:
            message = decode_message(payload)
        except DecodeError as error:
            self._undecodable.add(error)
            return None
        if stream_type is None:
            return message
        return msgspec.structs.replace(message, stream_type=stream_type)


def _have_moved(consumers: tuple[Consumer, ...]) -> bool:
    """Whether another loop is home by now, because a callback held this one up for too long.

    Those that are called at once there must not be called here; they get a SNAPSHOT on its connection.
    """
    here = running_loop()
    deliveries = [delivery for consumer in consumers if (delivery := consumer()) is not None]
    return any(delivery.home not in (None, here) for delivery in deliveries)
