from dataclasses import dataclass, field
import os

WS_PACKAGE = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"


@dataclass(frozen=True)
class Settings:
    symbols: tuple = ("KRW-BTC", "KRW-ETH")
    access_key: str = field(default_factory=lambda: os.environ.get("UPBIT_ACCESS_KEY", ""))
    secret_key: str = field(default_factory=lambda: os.environ.get("UPBIT_SECRET_KEY", ""), repr=False)


settings = Settings()
