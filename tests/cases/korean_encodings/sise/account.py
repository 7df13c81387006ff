from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5 import UpbitWebSocketPrivateV5
# 계좌 감시 (탭 들여쓰기)
class 계좌감시:
	def __init__(self):
		self.클라 = UpbitWebSocketPrivateV5()
		self.주문 = []
	async def 시작(self):
		await self.클라.connect(); await self.클라.subscribe_my_orders(callback=self.처리)
	async def 처리(self, 종목, 종류, 자료):
		self.주문.append(자료['data']['uuid'])
	async def 종료(self):
		try: await self.클라.disconnect()
		except Exception as 오류: print('오류', 오류)
