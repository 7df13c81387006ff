from fastapi import Depends, Request

from app.services.account import AccountService
from app.services.market import MarketService


def get_market(request: Request) -> MarketService:
    return request.app.state.market


def get_account(request: Request) -> AccountService:
    return request.app.state.account


async def live_feed(market: MarketService = Depends(get_market)):
    if not market.healthy:
        raise RuntimeError("feed is down")
    yield market
