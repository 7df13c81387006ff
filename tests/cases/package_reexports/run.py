import asyncio

from market import Feed, Watcher


async def main():
    watcher = Watcher({"access": "TEST-ACCESS-KEY", "secret": "TEST-SECRET-KEY"})
    other = Feed(max_tickets=2)
    await asyncio.gather(watcher.open(["KRW-BTC"]), other.connect())
    await watcher.close()
    await other.disconnect()


if __name__ == "__main__":
    asyncio.run(main())
