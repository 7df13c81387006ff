"""Finding out which topics the exchange refuses, on a connection of their own.

Everybody else's streams run on the shared connection meanwhile: each refusal closes the socket it came on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic

from ..config import Config
from ..exceptions import DecodeError
from ..protocol.backoff import configured_delays
from ..protocol.decoder import ListReply, ServerError, interpret, parse
from ..protocol.imposed_waits import Limit, limit_of_error, limit_of_status
from ..protocol.ledger import Topic
from ..protocol.pacing import RollingWindows, Window
from ..protocol.rejection import Answer, Finding, Refusal, find_culprits
from ..protocol.requests import Item, list_request, subscribe_request
from .transport import HandshakeRefused, Transport, TransportFailed

__all__ = ["Probe"]

logger = logging.getLogger(__name__)

_ANSWER_TIMEOUT = 5.0
_NAP = 1.0
_MESSAGES = 2
"""Of one trial: the request, and the list that shows it was accepted."""


class _Barred(Exception):
    """The search cannot go on."""


class Probe:
    """One search among the suspects of a refusal.

    Args:
        known: topics that the exchange served before.
        wanted: topics that somebody still wants; others are not tried.
        open_transport: a fresh socket to the same endpoint.
        barred: whether no socket may be opened before new keys are given: the search ends.
        delay: seconds until a socket may be opened; 0.0: now, and its connect is entered.
        limited: told of a wait that an answer imposes, and of the answer; gives its seconds.
        make_item: how a topic stands in a request.
    """

    def __init__(
        self,
        refusal: Refusal,
        *,
        known: frozenset[Topic],
        wanted: Callable[[], set[Topic]],
        open_transport: Callable[[], Awaitable[Transport]],
        barred: Callable[[], bool],
        delay: Callable[[], float],
        limited: Callable[[Limit, str], float],
        config: Config,
        new_ticket: Callable[[], str],
        make_item: Callable[[Topic], Item],
        random: Callable[[], float],
    ) -> None:
        self.topics = refusal.suspects
        self._clear = refusal.clear
        self._known = known
        self._wanted = wanted
        self._open = open_transport
        self._barred = barred
        self._delay = delay
        self._limited = limited
        self._config = config
        self._new_ticket = new_ticket
        self._make_item = make_item
        self._random = random
        self._kept: Transport | None = None
        """The socket of the last trial: one that was accepted leaves it open for another."""
        self._messages = self._windows()

    async def run(self) -> AsyncIterator[Finding]:
        """What is known of the topics, as it is found out; not of all when the keys are refused meanwhile."""
        search = find_culprits(
            self.topics,
            clear=self._clear,
            known=self._known.intersection(self.topics),
            control=self._control,
        )
        answer: Answer = None
        try:
            while True:
                step = search.send(answer)
                if isinstance(step, Finding):
                    answer = None
                    yield step
                else:
                    if step.after > 0:
                        self._drop_socket()
                    await asyncio.sleep(step.after)
                    answer = await self._try(step.topics)
        except (StopIteration, _Barred):
            return
        finally:
            self._drop_socket()

    # -- sockets --------------------------------------------------------------------------------

    def _windows(self) -> RollingWindows:
        config = self._config
        return RollingWindows([Window(config.messages_per_second, config.second_window)])

    def _has_room(self) -> bool:
        """Whether the socket that is open may carry another trial now: two messages."""
        if self._kept is None or self._kept.closed:
            return False
        return self._messages.free(monotonic())[0] >= _MESSAGES

    def _drop_socket(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.abort()

    # -- trials ---------------------------------------------------------------------------------

    def _control(self) -> Topic | None:
        """Something that was served before and is wanted."""
        beside = self._wanted().intersection(self._known).difference(self.topics)
        return min(beside, default=None)

    async def _try(self, trial: tuple[Topic, ...]) -> Answer:
        """The exchange's answer to *trial*. A lost connection is none."""
        waits = configured_delays(self._config, self._random)
        while True:
            trial = tuple(topic for topic in trial if topic in self._wanted())
            if not trial:
                return "unwanted"
            if self._barred():
                raise _Barred
            if not self._has_room() and (delay := self._delay()) > 0:
                # In short naps: the topics, or the server, may be others before a long ban ends.
                await asyncio.sleep(min(delay, _NAP))
                continue
            wait = next(waits)
            try:
                error = await self._try_once(trial)
            except HandshakeRefused as refusal:
                logger.info("probe_refused", extra={"cause": str(refusal)})
                limit = limit_of_status(refusal.status, refusal.retry_after)
                if limit is not None:
                    told = self._limited(limit, str(refusal))
                    if limit.reach == "host":
                        continue
                    wait = max(wait, told)
            except TransportFailed as failure:
                logger.info("probe_failed", extra={"cause": str(failure)})
            else:
                limit = limit_of_error(error.name, error.message) if error is not None else None
                if error is None:
                    return "accepted"
                if limit is None:
                    return error
                # About how much was sent, and no answer to what was asked.
                wait = max(wait, self._limited(limit, f"{error.name}: {error.message}"))
            await asyncio.sleep(wait)

    async def _try_once(self, trial: tuple[Topic, ...]) -> ServerError | None:
        if not self._has_room():
            self._drop_socket()
            self._kept, self._messages = await self._open(), self._windows()
        assert self._kept is not None  # noqa: S101 - opened, or it had room
        accepted = False
        try:
            error = await self._ask(self._kept, trial)
            accepted = error is None
            return error
        finally:
            if not accepted:
                self._drop_socket()

    async def _ask(self, transport: Transport, trial: tuple[Topic, ...]) -> ServerError | None:
        """Request *trial* and list it: the exchange answers in order, so a list means accepted."""
        answer: asyncio.Future[ServerError | None] = asyncio.get_running_loop().create_future()
        ticket = self._new_ticket()

        def received(payload: bytes) -> None:
            if answer.done():
                return
            try:
                value = parse(payload, private=True)
                message = interpret(value[0] if isinstance(value, list) and value else value)
            except DecodeError:
                return
            if isinstance(message, ServerError):
                answer.set_result(message)
            elif isinstance(message, ListReply) and message.ticket == ticket:
                answer.set_result(None)

        def lost() -> None:
            if not answer.done():
                answer.set_exception(TransportFailed(transport.cause))

        transport.start(received, lost)
        for _ in range(_MESSAGES):
            self._messages.record(monotonic())
        wire_format = self._config.wire_format
        await transport.send(
            subscribe_request(
                [self._make_item(topic) for topic in trial],
                ticket=self._new_ticket(),
                wire_format=wire_format,
            )
        )
        await transport.send(list_request(ticket=ticket, wire_format=wire_format))
        try:
            async with asyncio.timeout(_ANSWER_TIMEOUT):
                return await answer
        except TimeoutError:
            raise TransportFailed("no answer to the probe") from None
