import asyncio
from collections import Counter

from desk.core.api import REGISTRY
from desk.core.loader import load_all, load


async def main():
    seen = Counter()
    plugins = load_all() + [load("desk.plugins.legacy_feed:LegacyFeed")()]
    for plugin in plugins:
        await plugin.open()
        await plugin.start(lambda name, value: seen.update([name]))
    for _ in range(300):
        if all(seen[p.name] >= (2 if p.name == "private" else 10) for p in plugins):
            break
        await asyncio.sleep(0.05)
    await asyncio.gather(*[p.close() for p in plugins])
    print(sorted(REGISTRY), sorted(seen))


if __name__ == "__main__":
    asyncio.run(main())
