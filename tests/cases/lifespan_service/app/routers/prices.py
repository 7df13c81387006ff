from fastapi import APIRouter, Depends

from app.deps import get_account, get_market, live_feed
from app.services.market import MarketService

router = APIRouter()


@router.get("/price")
async def price(symbol: str, market: MarketService = Depends(live_feed)):
    return {"symbol": symbol, "price": market.last.get(symbol)}


@router.get("/trades")
async def trades(market: MarketService = Depends(get_market)):
    return {"waiting": market.trades.qsize(), "first": (await market.trades.get())["code"]}


@router.get("/health")
async def health(market=Depends(get_market), account=Depends(get_account)):
    status = await market._client.get_status()
    return {
        "state": status["state"],
        "account": account.feed.is_connected(),
        "messages": status.get("messages_received", 0) > 0,
    }


@router.get("/ping")
async def ping(market=Depends(get_market)):
    return {"connected": bool(market._client.is_connected())}
