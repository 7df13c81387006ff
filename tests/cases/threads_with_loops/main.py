import time
from feedkit import FeedPool, ThreadedFeed

if __name__ == "__main__":
    feeds = [ThreadedFeed(["KRW-BTC"]), ThreadedFeed(["KRW-ETH", "KRW-XRP"])]
    for f in feeds: f.start()
    for f in feeds: assert f.ready.wait(20)
    feeds[0].add("KRW-BTC")
    rows = [[f.out.get(timeout=20) for _ in range(20)] for f in feeds]
    print(sorted({r[0] for r in rows[0]}), sorted({r[0] for r in rows[1]}))
    print(all(bool(f.connected()) for f in feeds))
    print({k: v > 0 for k, v in FeedPool().prices(["KRW-BTC", "KRW-ETH"]).items()})
    for f in feeds: f.stop()
    print([f.is_alive() for f in feeds])
