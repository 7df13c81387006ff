"""What all consumers of one hub share: how slow is slow, who is told, the trace, the callbacks that run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from time import time

from ..config import Config
from ..events import ConnectionEvent, SlowConsumer
from .delivery import Delivery
from .delivery_host import Host
from .records import Record
from .tracing import Trace

__all__ = ["Consumers"]

logger = logging.getLogger(__name__)


class Consumers:
    """Makes the ``Host`` of the deliveries, once for the settings in force.

    Args:
        records: the hub's subscriptions.
        emit: tells listeners.
        on_object_gone: told the key when a callback's object is gone; in any thread.
    """

    def __init__(
        self,
        records: Mapping[str, Record],
        emit: Callable[[ConnectionEvent], None],
        on_object_gone: Callable[[str], None],
    ) -> None:
        self.workers: set[asyncio.Task[None]] = set()
        """The callbacks that run, also those of subscriptions that have ended."""
        self._records = records
        self._emit = emit
        self._on_object_gone = on_object_gone
        self._host: Host | None = None
        self._trace: Trace | None = None

    def host(self, config: Config) -> Host:
        """What deliveries need, with the settings in force."""
        if self._host is None:
            trace = self._tracer(config)
            self._host = Host(
                slow_after=config.slow_callback_ms / 1000,
                on_slow=self._slow,
                on_object_gone=self._on_object_gone,
                tracer=trace.delivered if trace is not None else None,
                failure_tracer=trace.failed if trace is not None else None,
                workers=self.workers,
            )
        return self._host

    def socket_opened(self, config: Config, private: bool, url: str) -> None:
        """Write it into the trace, if there is one."""
        trace = self._tracer(config)
        if trace is not None:
            trace.socket_opened("private" if private else "public", url)

    def forget_settings(self) -> None:
        """The next delivery gets a new host; those that are there keep theirs."""
        self._host = None

    def close_trace(self) -> None:
        if self._trace is not None:
            self._trace.close()
            self._trace = None

    def _tracer(self, config: Config) -> Trace | None:
        if self._trace is None and config.trace is not None:
            self._trace = Trace(config.trace)
        return self._trace

    def _slow(self, delivery: Delivery, lag: float) -> None:
        record = self._records.get(delivery.key)
        connection = record.connection if record is not None else None
        logger.warning(
            "slow_consumer",
            extra={"callback": delivery.name, "lag": lag, "dropped": delivery.mailbox.dropped},
        )
        self._emit(
            SlowConsumer(
                connection=connection.name if connection is not None else "",
                at=time(),
                callback=delivery.name,
                lag=lag,
                dropped=delivery.mailbox.dropped,
            )
        )
