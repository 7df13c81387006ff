# -*- coding: euc-kr -*-
# 시세 수집기
"""업비트 웹소켓 v5 시세 수집기"""
import asyncio
from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5  # 공개 클라이언트


class 시세수집기:
    def __init__(self, 종목들):
        self.종목들 = 종목들
        self.클라이언트 = None
        self.현재가 = {}
        self.횟수 = 0

    async def 시작(self):
        self.클라이언트 = UpbitWebSocketPublicV5()   # 연결 하나
        await self.클라이언트.connect()   # 연결한다
        self.구독 = await self.클라이언트.subscribe_ticker(self.종목들, self.시세처리)

    async def 종료(self):
        if self.클라이언트:
            # 구독 해제
            await self.클라이언트.unsubscribe(self.구독)
            await self.클라이언트.disconnect()   # 끊는다

    def 시세처리(self, 종목, 종류, 자료):
        값 = 자료["data"]["trade_price"]; self.현재가[종목] = 값
        self.횟수 += 1
        메시지 = f"{종목} {자료['data']['trade_price']:,.0f}원"
        self.마지막 = 메시지
