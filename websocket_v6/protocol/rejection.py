"""What an error frame means for what was asked: an outage, or something the exchange does not accept.

A request that the exchange refuses is refused as a whole and costs the connection. Nothing says which part
was at fault, and not even whether any part was: a server in trouble closes with an error frame as well. Three
things tell them apart. What was accepted before is not what is wrong with a request. Only some names speak of
the request at all. And a refusal says nothing while the same exchange refuses what it is known to accept.

What is suspect is tried apart from the shared connection, halved until each culprit stands alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from .decoder import ServerError
from .ledger import Topic
from .requests import Item

__all__ = [
    "Answer",
    "Finding",
    "Refusal",
    "Suspicion",
    "Trial",
    "blames_request",
    "find_culprits",
    "suspects",
]

_BLAMING: Final = frozenset({"WRONG_FORMAT", "NO_TYPE", "NO_CODES", "INVALID_PARAM"})
"""Names that say that something in the request is wrong. ``NO_TICKET`` is not among them: each request has
a ticket, and no topic can take it away."""
_UNCLEAR_IN_A_ROW: Final = 2
_KNOWN_IN_A_ROW: Final = 10
_TRIALS_IN_A_ROW: Final = 12
_ASIDE: Final = (30.0, 600.0)
"""Seconds after which what was served before and is refused now is tried again: at first, at most."""


def blames_request(name: str) -> bool:
    """Whether an error of this name says that the request is wrong. Unknown names may say anything."""
    return name in _BLAMING


def suspects(items: Mapping[Topic, Item], confirmed: Iterable[Item]) -> tuple[Topic, ...]:
    """What was new in the refused *items*: everything not known to be accepted as it stands there."""
    known = {(item.topic, item.units, item.level) for item in confirmed}
    return tuple(
        topic for topic, item in items.items() if (item.topic, item.units, item.level) not in known
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a refused request means.

    *suspects* are to be tried apart; none: it is an outage, and the same is asked for again. *clear*: the
    exchange's answer is proof, none of them was ever served.
    """

    suspects: tuple[Topic, ...] = ()
    clear: bool = False


@dataclass(slots=True)
class Suspicion:
    """What was accepted on one connection and its predecessors, and what has been refused since.

    Attributes:
        accepted: how each topic stood in the last request that was accepted.
    """

    accepted: dict[Topic, Item] = field(default_factory=dict)
    _in_a_row: int = 0
    _known_in_a_row: int = 0

    def serves(self, items: Iterable[Item]) -> None:
        """The exchange serves or lists these."""
        served = {item.topic: item for item in items}
        self.accepted.update(served)
        if served:
            self._in_a_row = self._known_in_a_row = 0

    def undecided(self) -> None:
        """A search found nothing out: the next one waits for as many refusals as the first."""
        self._in_a_row = 0

    def refused(self, name: str, items: Mapping[Topic, Item], *, answer: bool) -> Refusal:
        """The exchange closed with an error frame of this *name*.

        Args:
            items: what is asked for.
            answer: whether it can be the answer to a request at all; one from out of the blue is about
                nothing that was asked.
        """
        if not answer:
            return Refusal()
        new = suspects(items, self.accepted.values())
        blames = blames_request(name)
        self._in_a_row += 1
        if not new:
            self._known_in_a_row += 1
            lasting = blames and self._known_in_a_row >= _KNOWN_IN_A_ROW
            return Refusal(tuple(items) if lasting and len(items) > 1 else ())
        if blames and not self._known_in_a_row:
            return Refusal(new, clear=True)
        # Alone it cannot be told from an outage: there is nothing to compare it with.
        comparable = len(items) > 1
        return Refusal(new if comparable and self._in_a_row >= _UNCLEAR_IN_A_ROW else ())


@dataclass(frozen=True, slots=True)
class Trial:
    """Topics to ask for in one request, after a wait of so many seconds."""

    topics: tuple[Topic, ...]
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of *topics* now.

    ``refused``: for good. ``aside``: served before and refused now; it goes on being tried. ``unknown``: the
    exchange refuses everything, that is an outage.
    """

    verdict: Literal["accepted", "refused", "aside", "unknown"]
    topics: tuple[Topic, ...]
    error: ServerError | None = None


Answer = ServerError | Literal["accepted", "unwanted"] | None
"""To a trial; ``None`` to a finding."""

_Steps = Generator[Trial | Finding, Answer, None]


def find_culprits(
    topics: Iterable[Topic],
    *,
    clear: bool = True,
    known: Collection[Topic] = (),
    control: Callable[[], Topic | None] = lambda: None,
) -> _Steps:
    """Ask for trials until something is known of every topic.

    Args:
        topics: what was refused as a whole.
        clear: whether one refusal under a name that blames the request is proof.
        known: those of them that were served before: they are never refused for good.
        control: a topic that the exchange is known to accept; without one, what is accepted in the course
            of the search serves.

    Yields:
        Topics to try in one request: send back the answer. Findings, as they are made: send ``None``.
    """
    search = _Search(frozenset(known), clear, control)
    yield from search.run(tuple(topics))


class _Search:
    def __init__(
        self, known: frozenset[Topic], clear: bool, control: Callable[[], Topic | None]
    ) -> None:
        self._known = known
        self._clear = clear
        self._given = control
        self._found: Topic | None = None
        self._doubtful: dict[Topic, ServerError] = {}
        self._untried: list[Topic] = []
        self._in_a_row = 0
        """Refusals without anything that was accepted or proved between them."""
        self._ill = False
        """Whether the exchange refuses everything."""

    def run(self, topics: tuple[Topic, ...]) -> _Steps:
        if not self._clear and self._control() is not None and not (yield from self._is_well()):
            yield Finding("unknown", topics)
            return
        # The whole is known to be refused when this starts, so the halves come first.
        yield from self._split(topics)
        if self._untried:
            yield Finding("unknown", (*self._untried, *self._doubtful))
        elif self._doubtful:
            yield from self._look_again()

    def _split(self, topics: tuple[Topic, ...]) -> _Steps:
        """Find the culprits among *topics*, which were refused together."""
        if len(topics) == 1:
            yield from self._examine(topics)
            return
        middle = len(topics) // 2
        first, second = topics[:middle], topics[middle:]
        if (yield from self._examine(first)) and len(second) > 1:
            # Then it is in the other half: no socket is spent on asking whether it is.
            yield from self._split(second)
        else:
            yield from self._examine(second)

    def _examine(self, topics: tuple[Topic, ...]) -> Generator[Trial | Finding, Answer, bool]:
        """Find the culprits among *topics*; whether the exchange accepts all of them."""
        if self._ill:
            self._untried += topics
            return False
        answer = yield Trial(topics)
        if not isinstance(answer, ServerError):
            self._in_a_row = 0
            yield from self._passed(topics, answer)
            return answer == "accepted"
        self._in_a_row += 1
        if len(topics) == 1:
            yield from self._accuse(topics[0], answer)
        if self._in_a_row >= _TRIALS_IN_A_ROW:
            self._in_a_row = 0
            self._ill = not (yield from self._is_well())
        if len(topics) > 1:
            yield from self._split(topics)
        return False

    def _accuse(self, topic: Topic, error: ServerError) -> _Steps:
        if self._clear and blames_request(error.name) and topic not in self._known:
            self._in_a_row = 0
            yield Finding("refused", (topic,), error)
        else:
            self._doubtful[topic] = error

    def _passed(self, trial: tuple[Topic, ...], answer: Answer) -> _Steps:
        if answer == "accepted":
            self._found = trial[0]
        yield Finding("accepted", trial)

    def _control(self) -> Topic | None:
        return self._given() or self._found

    def _is_well(self) -> Generator[Trial | Finding, Answer, bool]:
        """Whether the exchange accepts what it is known to accept."""
        control = self._control()
        if control is None:
            return False
        return (yield Trial((control,))) == "accepted"

    def _look_again(self) -> _Steps:
        """A refusal counts that stands between two proofs that the exchange is well."""
        aside: list[Topic] = []
        doubtful = self._doubtful
        well = yield from self._is_well()
        while doubtful and well:
            topic = next(iter(doubtful))
            answer = yield Trial((topic,))
            if isinstance(answer, ServerError):
                well = yield from self._is_well()
                if not well:
                    break
                verdict: Literal["aside", "refused"] = "refused"
                if topic in self._known:
                    verdict = "aside"
                    aside.append(topic)
                yield Finding(verdict, (topic,), answer)
            else:
                yield from self._passed((topic,), answer)
            del doubtful[topic]
        if doubtful:
            yield Finding("unknown", tuple(doubtful))
        yield from self._keep_trying(aside)

    def _keep_trying(self, aside: list[Topic]) -> _Steps:
        wait, longest = _ASIDE
        while aside:
            for number, topic in enumerate(tuple(aside)):
                answer = yield Trial((topic,), 0.0 if number else wait)
                if not isinstance(answer, ServerError):
                    aside.remove(topic)
                    yield Finding("accepted", (topic,))
            wait = min(2 * wait, longest)
