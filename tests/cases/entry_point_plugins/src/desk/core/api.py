"""What a plugin is."""
import abc
from typing import Any, ClassVar


class FeedPlugin(abc.ABC):
    name: ClassVar[str] = ""
    client: Any = None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        REGISTRY[cls.name or cls.__name__] = cls

    @abc.abstractmethod
    def make_client(self): ...

    async def open(self):
        self.client = self.make_client()
        await self.client.connect()

    async def close(self):
        if self.client is not None:
            await self.client.disconnect()
            self.client = None

    @abc.abstractmethod
    async def start(self, sink): ...


REGISTRY: dict[str, type[FeedPlugin]] = {}
