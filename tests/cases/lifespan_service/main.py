import asyncio

from app.main import app


async def main():
    async with app.lifespan(app):
        for _ in range(300):
            if app.state.market.frames >= 20 and app.state.market.trades.qsize() >= 20 and len(app.state.account.events) >= 3:
                break
            await asyncio.sleep(0.05)
        print(await app.call("/health"))
        print(await app.call("/ping"))
        print((await app.call("/price", symbol="KRW-BTC"))["price"] > 0)
        print((await app.call("/trades"))["first"] in ("KRW-BTC", "KRW-ETH"))
    print("done", sorted({kind for kind, _ in app.state.account.events}))


if __name__ == "__main__":
    asyncio.run(main())
