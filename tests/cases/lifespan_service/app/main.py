from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from app.config import settings
from app.routers import prices
from app.services.account import AccountService
from app.services.market import market_service


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with AsyncExitStack() as stack:
        app.state.market = await stack.enter_async_context(market_service(settings.symbols))
        app.state.account = await stack.enter_async_context(AccountService(settings))
        yield


def create_app() -> FastAPI:
    app = FastAPI(title="prices", lifespan=lifespan)
    app.include_router(prices.router)
    return app


app = create_app()
