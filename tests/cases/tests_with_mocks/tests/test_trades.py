from unittest.mock import AsyncMock, patch

from desk import trades


async def test_closes():
    with patch("desk.trades.UpbitWebSocketPublicV5") as client_class:
        client_class.return_value.disconnect = AsyncMock()
        client_class.return_value.is_connected.return_value = True
        tape = trades.Tape()
        await tape.close()
        client_class.return_value.disconnect.assert_awaited_once()
