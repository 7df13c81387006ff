from unittest.mock import AsyncMock, patch

from desk.orders import OrderBook


@patch("desk.orders.UpbitWebSocketPrivateV5")
async def test_subscribes(client_class):
    client = client_class.return_value
    client.connect = AsyncMock()
    client.subscribe_my_orders = AsyncMock(return_value="id")
    await OrderBook("TEST-ACCESS-KEY", "TEST-SECRET-KEY").open()
    client.connect.assert_awaited_once()
    client.subscribe_my_orders.assert_awaited_once()
