"""Literal keys are found wherever they stand, and variables are not taken for them."""

from __future__ import annotations

import pytest

from codemods.secrets import SecretText, key_facts

KEY = "TEST-ACCESS-KEY-0001"


def shows(line: str, *sources: str) -> bool:
    text = SecretText(key_facts(source.encode()) for source in sources or (line,))
    return text.is_shown_in(line.encode())


@pytest.mark.parametrize(
    "line",
    [
        "client = UpbitWebSocketPrivateV5(access_key=access, secret_key=secret)",
        "client = UpbitWebSocketPrivateV5(self.access_key, self.secret_key)",
        'access_key = os.getenv("UPBIT_ACCESS_KEY")',
        'access_key = os.environ["UPBIT_ACCESS_KEY"]',
        'access_key = os.environ.get("UPBIT_ACCESS_KEY", "")',
        "def __init__(self, access_key: str, secret_key: str | None = None) -> None:",
        'digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
        "from app.infrastructure.external_apis.upbit.websocket_v5 import create_private_client",
        'symbols = ["KRW-BTC", "KRW-ETH"]',
        "if access_key == 'missing': raise SystemExit",
    ],
)
def test_code_without_a_literal_key_is_shown(line: str) -> None:
    assert not shows(line)


@pytest.mark.parametrize(
    "line",
    [
        f'client = UpbitWebSocketPrivateV5("{KEY}", "TEST-SECRET-KEY-0001")',
        f'client = UpbitWebSocketPrivateV5(access_key="{KEY}")',
        f'ws = WebSocketClientProxy("a", account=Credentials("{KEY}", "x"))',
        f'await manager.add_account("main", "{KEY}", "x")',
        f'await manager.initialize("{KEY}", "x")',
        f'ACCESS_KEY = "{KEY}"',
        f'self.secret_key: str = "{KEY}"',
        f'config = {{"access_key": "{KEY}"}}',
        f'config["secret_key"] = "{KEY}"',
        f'access_key = os.getenv("UPBIT_ACCESS_KEY", "{KEY}")',
        f'access_key = os.getenv("UPBIT_ACCESS_KEY") or "{KEY}"',
        f'ACCESS, SECRET = "{KEY}", "other"',
        f'def build(access_key="{KEY}"): ...',
        f'def build(*, secret_key: str = "{KEY}"): ...',
        f'# access_key = "{KEY}"',
        f"access_key: {KEY}",
        "token = 'aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7b'",
        'create_private_client("abc", "def")',
    ],
)
def test_literal_keys_are_found(line: str) -> None:
    assert shows(line)


def test_a_constant_is_known_by_where_it_is_handed(tmp_path: object) -> None:
    settings = f'UPBIT_A = "{KEY}"\n'
    use = "from settings import UPBIT_A\nUpbitWebSocketPrivateV5(UPBIT_A, UPBIT_B)\n"
    assert not shows(settings, settings)
    assert shows(settings, settings, use)


def test_a_key_is_found_again_in_any_line() -> None:
    source = f'access_key = "{KEY}"\nprint("using {KEY}")\n'
    assert shows(f'print("using {KEY}")', source)


def test_a_short_key_hides_no_words() -> None:
    source = 'secret_key = "test"'
    assert shows('x = "test"', source)
    assert not shows("import test_tools", source)


def test_text_without_its_keys() -> None:
    source = f'client = UpbitWebSocketPrivateV5("{KEY}", "abcd")'
    text = SecretText([key_facts(source.encode())]).without_keys(source)
    assert text == 'client = UpbitWebSocketPrivateV5("***", ***)'


def test_what_does_not_parse_is_still_read_by_line() -> None:
    assert shows(f'access_key = "{KEY}" +')
