from typing import Dict, List, Optional

from . import clients
from .clients import PublicFeed, FeedError
from .clients import AccountFeed as Account


class Base:
    feed: Optional[PublicFeed] = None

    async def close(self) -> None:
        if self.feed is not None:
            await self.feed.disconnect()


class Watcher(Base):
    def __init__(self, keys: Dict[str, str]):
        self.feed = clients.PublicFeed()
        self.account = Account(keys["access"], keys["secret"])
        self.feeds: List[PublicFeed] = [self.feed]

    async def open(self, symbols):
        try:
            for feed in self.feeds:
                await feed.connect()
                await feed.subscribe_ticker(symbols, callback=self.on_tick)
            await self.account.connect()
            await self.account.subscribe_my_orders(None, self.on_tick)
        except FeedError as error:
            print(error)
        except clients.SubscriptionError:
            raise

    async def on_tick(self, symbol, data_type, data):
        print(symbol, data["raw_data"]["code"])
