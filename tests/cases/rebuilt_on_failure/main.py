import asyncio
from app.pool import Pool
from app.resilient import LateCallbacks, ResilientFeed


async def until(check):
    for _ in range(400):
        if check(): return True
        await asyncio.sleep(0.05)
    return False


async def main():
    feed = ResilientFeed()
    a, b = [], []
    feed.add_callback(lambda s, f: a.append(f["trade_price"]))
    feed.add_callback(lambda s, f: b.append(s))
    await feed.want("ticker", ["KRW-BTC"])
    await feed.start()
    await feed.want("trade", ["KRW-ETH"])
    await feed.watchdog(3)
    print(await until(lambda: len(a) > 10 and set(b) == {"KRW-BTC", "KRW-ETH"}), feed.rebuilt)
    late = LateCallbacks()
    await late.start()
    late.use(lambda s, k, d: late.rows.append((s, d["data"]["trade_price"])))
    print(await until(lambda: len(late.rows) > 5))
    late.rows.clear()
    await late.restart()
    print(await until(lambda: "KRW-ETH" in {s for s, _ in late.rows}))
    pool = Pool(["KRW-BTC", "KRW-ETH"])
    await pool.start()
    print(await until(lambda: len(pool.counts) == 4))
    await pool.stop(); await late.stop(); await feed.stop()


asyncio.run(main())
