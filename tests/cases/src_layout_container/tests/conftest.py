import pytest
import pytest_asyncio
from app.net import Container, PublicFeed

@pytest_asyncio.fixture
async def feed():
    client = PublicFeed()
    await client.connect()
    yield client
    await client.disconnect()

@pytest.fixture
def container():
    return Container()
