"""Clients that share a fate: what is used by one expression moves together or stays together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from codemods.flow.values import Client

__all__ = ["Clusters", "Refusal"]


@dataclass(frozen=True)
class Refusal:
    """Why a client cannot move."""

    rule: str
    path: str
    line: int
    column: int
    reason: str
    anchor: int = 1
    """First line of the statement, where a mark goes."""
    deliberate: bool = False
    silent: bool = False
    """No mark is written: the run itself was told not to apply the rule."""
    chain: tuple[str, ...] = ()
    """The facts the reason rests on."""
    brief: str = ""
    """The reason without places, which marks would make wrong; empty where *reason* names none."""

    @property
    def marked(self) -> str:
        """What the mark says."""
        return self.brief or self.reason


class Clusters:
    """Union-find over clients, with the refusals of each set."""

    def __init__(self) -> None:
        self._parent: dict[Client, Client] = {}
        self._refusals: dict[Client, list[Refusal]] = defaultdict(list)
        self._by_set: dict[Client, set[Refusal]] | None = None

    def find(self, client: Client) -> Client:
        """The representative of a client's set."""
        root = client
        while (above := self._parent.setdefault(root, root)) != root:
            root = above
        while self._parent[client] != root:
            self._parent[client], client = root, self._parent[client]
        return root

    def join(self, clients: Iterable[Client]) -> None:
        """Let the clients share one fate."""
        roots = [self.find(client) for client in clients]
        for root in roots[1:]:
            first, other = self.find(roots[0]), self.find(root)
            if first != other:
                self._parent[other] = first
                self._by_set = None

    def refuse(self, clients: Iterable[Client], refusal: Refusal) -> None:
        """Let the clients stay."""
        self._by_set = None
        for client in clients:
            self._refusals[client].append(refusal)

    def refusals(self, client: Client) -> list[Refusal]:
        """All refusals in a client's set, each once, in source order."""
        if self._by_set is None:
            self._by_set = defaultdict(set)
            for other, refusals in self._refusals.items():
                self._by_set[self.find(other)].update(refusals)
        found = self._by_set.get(self.find(client), set())
        return sorted(
            found, key=lambda refusal: (refusal.path, refusal.line, refusal.column, refusal.rule)
        )

    def settle(self) -> set[Client]:
        """Representatives of the sets that stay."""
        return {self.find(client) for client, refusals in self._refusals.items() if refusals}

    def members(self) -> dict[Client, set[Client]]:
        """``{representative: its set}``."""
        found: dict[Client, set[Client]] = defaultdict(set)
        for client in list(self._parent):
            found[self.find(client)].add(client)
        return found
