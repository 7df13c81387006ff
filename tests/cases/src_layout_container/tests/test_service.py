from unittest.mock import AsyncMock, patch
import pytest
from app.service import PriceService

@pytest.mark.asyncio
async def test_feed(feed):
    sid = await feed.subscribe_ticker(["KRW-BTC"], lambda s, t, d: None)
    assert feed.is_connected()
    await feed.unsubscribe(sid)

def test_container(container):
    assert container.public is not None

@patch("app.net.container.UpbitWebSocketPublicV5")
def test_patched(mock_cls, container):
    mock_cls.return_value.connect = AsyncMock()
    mock_cls.return_value.disconnect = AsyncMock()
    assert container.public is mock_cls.return_value
