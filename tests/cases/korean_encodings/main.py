# coding: cp949
import asyncio
from sise import 시세수집기, 계좌감시

async def 본문():
    수집 = 시세수집기(['KRW-BTC', 'KRW-ETH'])
    계좌 = 계좌감시()
    await 수집.시작()
    await 계좌.시작()
    for _ in range(300):
        if 수집.횟수 >= 20 and 계좌.주문: break
        await asyncio.sleep(0.05)
    await 수집.종료(); await 계좌.종료()
    print('똠방', sorted(수집.현재가), 수집.횟수 >= 20, bool(계좌.주문), 수집.마지막.endswith('원'))

asyncio.run(본문())
