"""Start the desk: two charts, a collector and a bot.

    python main.py [FRAMES]

Runs until every component has seen FRAMES frames of each kind (default 50, or DESK_FRAMES), then stops.
Keys are read from UPBIT_ACCESS_KEY and UPBIT_SECRET_KEY.
"""
import asyncio
import os
import sys

from desk.bot import TradingBot
from desk.chart import ChartWidget
from desk.collector import MarketDataCollector

MARKETS = ['KRW-BTC', 'KRW-ETH']
PATIENCE = 40  # seconds
ACCOUNT_FRAMES = 2


def saw_enough(charts, collector, bot, frames):
    for chart in charts:
        if chart.frames < frames:
            return False
    for counts in (collector.frames, bot.frames):
        for kind, count in counts.items():
            # an account is quiet, a market is not
            wanted = ACCOUNT_FRAMES if kind.startswith('my') else frames
            if count < wanted:
                return False
    return True


async def main():
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else int(os.getenv('DESK_FRAMES', '50'))
    access_key = os.getenv('UPBIT_ACCESS_KEY')
    secret_key = os.getenv('UPBIT_SECRET_KEY')

    charts = [ChartWidget(), ChartWidget()]
    collector = MarketDataCollector(MARKETS)
    bot = TradingBot(access_key, secret_key)
    try:
        for chart, market in zip(charts, MARKETS):
            await chart.start(market)
        await collector.start(access_key, secret_key)
        await bot.start('KRW-BTC')

        waited = 0
        while waited < PATIENCE and not saw_enough(charts, collector, bot, frames):
            await asyncio.sleep(0.1)
            waited += 0.1
    finally:
        for chart in charts:
            await chart.stop()
        await collector.stop()
        await bot.emergency_stop()

    for chart in charts:
        print(f'chart {chart.symbol}: {chart.frames} ticks, last {chart.points[-1][1] if chart.points else "-"}')
    print(f'collector: {collector.frames}, orders {len(collector.orders)}')
    print(f'bot: {bot.frames}, price {bot.price}, assets {sorted(bot.balances)}')
    return 0 if saw_enough(charts, collector, bot, frames) else 1


if __name__ == '__main__':
    sys.exit(asyncio.run(main()))
