"""Keys given to legacy clients against everything the legacy layer shows, logs, raises and reports."""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

import compat_v5
from compat_v5.parity.cli import add_parity_parser, add_prove_parser, run_parity, run_prove
from compat_v5.upbit_auth import UpbitAuthenticator
from compat_v5.upbit_websocket_private_client import (
    create_private_client,
    quick_subscribe_my_assets,
    quick_subscribe_my_orders,
)
from compat_v5.usage import reset_usage, usage_report, write_usage
from websocket_v6 import GlobalWebSocketManager
from websocket_v6.registry import set_default_hub
from websocket_v6.testing import ExchangeEmulator

from .conftest import ACCESS_KEY, SECRET_KEY, Canaries, Everything


@pytest.fixture
async def exchange(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ExchangeEmulator]:
    set_default_hub(None)
    monkeypatch.setenv("UPBIT_V5_WARNINGS", "always")
    monkeypatch.delenv("UPBIT_V5_USAGE", raising=False)
    reset_usage()
    async with ExchangeEmulator(rate=0, keys={ACCESS_KEY: SECRET_KEY}) as exchange:
        monkeypatch.setenv("UPBIT_WS_URL", exchange.url)
        yield exchange
        await (await GlobalWebSocketManager.get_instance()).shutdown()
    set_default_hub(None)
    reset_usage()


def ignore(symbol: str, data_type: str, data: Any) -> None:
    """A callback."""


def shown(thing: object) -> str:
    """What a log line, a debugger and a crash reporter make of it."""
    return f"{thing!r} {thing!s} {[thing]} {vars(thing)}"


async def test_nothing_of_a_client_shows_its_keys(
    exchange: ExchangeEmulator, canaries: Canaries, logs: Everything, tmp_path: Path
) -> None:
    path = tmp_path / "websocket.yaml"
    compat_v5.config.create_default_config(path)
    written: dict[str, str] = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clients = [
            compat_v5.UpbitWebSocketPrivateV5(ACCESS_KEY, SECRET_KEY, path),
            await create_private_client(ACCESS_KEY, SECRET_KEY),
            await quick_subscribe_my_orders(ACCESS_KEY, SECRET_KEY, callback=ignore),
            await quick_subscribe_my_assets(ACCESS_KEY, SECRET_KEY, callback=ignore),
        ]
        await clients[0].connect()
        await clients[0].subscribe_my_orders(ignore)
        for number, client in enumerate(clients):
            parts = (client, client.config, client.state_machine)
            written[f"client {number}"] = f"{client.auth!r} {' '.join(map(shown, parts))}"
            reports: tuple[Callable[[], Any], ...] = (
                client.get_status,
                client.health_check,
                client.validate_api_permissions,
            )
            for report in reports:
                answer = report()
                answer = await answer if asyncio.iscoroutine(answer) else answer
                written[f"{number} {report.__name__}"] = repr(answer)
            await client.disconnect()
        written["warnings"] = " ".join(str(warning.message) for warning in caught)
    write_usage(tmp_path / "usage.json")
    written["usage file"] = (tmp_path / "usage.json").read_text(encoding="utf-8")
    written["usage"] = json.dumps(usage_report())
    written["logs"] = logs.text
    assert "create_private_client" in written["usage"]
    assert "UpbitWebSocketPrivateV5" in written["warnings"]
    for name, text in written.items():
        assert not canaries.found_in(text), name


def test_an_authenticator_shows_none_of_its_keys(canaries: Canaries, logs: Everything) -> None:
    authenticator = UpbitAuthenticator(ACCESS_KEY, SECRET_KEY)
    assert canaries.found_in(authenticator.create_jwt_token()), "the token is what it is for"
    assert not canaries.found_in(f"{authenticator!r} {authenticator!s} {[authenticator]}")
    assert not canaries.found_in(logs.text)


@pytest.mark.parametrize(
    "keys",
    [
        (f"{ACCESS_KEY} ", SECRET_KEY),
        (ACCESS_KEY, f"{SECRET_KEY}\n"),
        (ACCESS_KEY, ACCESS_KEY),
        (SECRET_KEY, SECRET_KEY),
        (ACCESS_KEY, None),
        (None, SECRET_KEY),
    ],
)
def test_keys_that_are_refused_are_not_repeated(
    keys: tuple[str | None, str | None], canaries: Canaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("UPBIT_ACCESS_KEY", "UPBIT_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UPBIT_V5_WARNINGS", "off")
    with pytest.raises(compat_v5.InvalidAPIKeysError) as caught:
        compat_v5.UpbitWebSocketPrivateV5(*keys)
    error: BaseException | None = caught.value
    while error is not None:
        for text in (str(error), repr(error), repr(error.args), repr(vars(error))):
            assert not canaries.found_in(text)
        error = error.__cause__ or error.__context__


async def test_keys_the_exchange_refuses_are_not_repeated(
    exchange: ExchangeEmulator,
    canaries: Canaries,
    logs: Everything,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UPBIT_V5_WARNINGS", "off")
    client = compat_v5.UpbitWebSocketPrivateV5(ACCESS_KEY, f"{SECRET_KEY}x")
    await client.connect()
    with pytest.raises(compat_v5.WebSocketError) as caught:
        await client.subscribe_my_orders(ignore)
    permissions = await client.validate_api_permissions()
    await client.disconnect()
    assert permissions["valid"] is False
    for text in (str(caught.value), repr(vars(caught.value)), repr(permissions), shown(client)):
        assert not canaries.found_in(text)
    assert not canaries.found_in(logs.text)


@pytest.mark.parametrize(
    ("document", "outcome"),
    [
        (f"security:\n  access_key: {ACCESS_KEY}\n  secret_key: {SECRET_KEY}\n", TypeError),
        (f"access_key: {ACCESS_KEY}\nsecret_key: {SECRET_KEY}\n", TypeError),
        (f"security: [{ACCESS_KEY}, {SECRET_KEY}\n", ValueError),
        (f"security:\n  api_key_env_var: *{ACCESS_KEY}\n", ValueError),
        (f"security:\n  api_key_env_var: !{ACCESS_KEY} x\n", ValueError),
        (f"security:\n  jwt_expiration_minutes: {SECRET_KEY}\n", None),
        (
            f"security:\n  api_key_env_var: {ACCESS_KEY}\n  secret_key_env_var: {SECRET_KEY}\n",
            None,
        ),
        (f"event:\n  broker_url: redis://user:{SECRET_KEY}@host\n", None),
    ],
    ids=[
        "in a section",
        "at the top",
        "no YAML",
        "as an alias",
        "as a tag",
        "in the wrong place",
        "instead of a variable's name",
        "as a password",
    ],
)
def test_a_configuration_with_keys_in_it_does_not_repeat_them(
    document: str,
    outcome: type[Exception] | None,
    canaries: Canaries,
    logs: Everything,
    tmp_path: Path,
) -> None:
    """People do write keys there, although no version read them."""
    path = tmp_path / "websocket.yaml"
    path.write_text(document, encoding="utf-8")
    texts = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if outcome is None:
            config = compat_v5.WebSocketConfig.from_yaml(path)
            assert canaries.found_in(repr(config.to_dict())), "it was read"
            texts.append(f"{config!r} {config!s} {config.security!r} {config.event!r}")
        else:
            with pytest.raises(outcome) as refusal:
                compat_v5.WebSocketConfig.from_yaml(path)
            error: BaseException | None = refusal.value
            while error is not None:
                texts.append(f"{error} {error!r} {vars(error)}")
                error = error.__cause__
    texts += [str(one.message) for one in caught]
    for text in (*texts, logs.text):
        assert not canaries.found_in(text), text


# -- reports of the comparison --------------------------------------------------------------------


def report(
    add: Callable[[Any], argparse.ArgumentParser],
    run: Callable[[argparse.Namespace], int],
    arguments: list[str],
) -> int:
    parser = argparse.ArgumentParser()
    add(parser.add_subparsers())
    return run(parser.parse_args(arguments))


CRASHES = """
import os, asyncio
from websocket_v6 import GlobalWebSocketManager, WebSocketClientProxy

async def main():
    access, secret = os.environ["MY_ACCESS"], os.environ["MY_SECRET"]
    manager = await GlobalWebSocketManager.get_instance()
    await manager.initialize(access, secret)
    ws = WebSocketClientProxy("bot")
    await ws.subscribe_my_orders(print)
    print("started with", ws, manager)
    raise RuntimeError(f"cannot go on with {ws} of {manager}")

asyncio.run(main())
"""


@pytest.mark.parametrize("output", [[], ["--json"]], ids=["text", "json"])
def test_reports_of_two_runs_show_no_key(
    output: list[str],
    canaries: Canaries,
    logs: Everything,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("MY", "UPBIT"):
        monkeypatch.setenv(f"{name}_ACCESS" + "_KEY" * (name == "UPBIT"), ACCESS_KEY)
        monkeypatch.setenv(f"{name}_SECRET" + "_KEY" * (name == "UPBIT"), SECRET_KEY)
    for folder in ("before", "after"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "main.py").write_text(CRASHES, encoding="utf-8")
    page, kept = tmp_path / "report.html", tmp_path / "logs"
    arguments = ["prove", f"--before={tmp_path / 'before'}", f"--after={tmp_path / 'after'}"]
    arguments += ["--entry=main.py", "--frames=5", f"--html={page}", f"--logs={kept}", *output]
    assert report(add_prove_parser, run_prove, arguments) == 1
    printed = capfd.readouterr()
    texts = {"out": printed.out, "err": printed.err, "html": page.read_text("utf-8")}
    texts |= {path.name: path.read_text("utf-8") for path in kept.rglob("*") if path.is_file()}
    texts["logs"] = logs.text
    assert "give new keys" in texts["out"], "how the program ended is in the report"
    for name, text in texts.items():
        assert not canaries.found_in(text), name


def test_a_comparison_side_by_side_shows_no_key(
    canaries: Canaries,
    logs: Everything,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UPBIT_ACCESS_KEY", ACCESS_KEY)
    monkeypatch.setenv("UPBIT_SECRET_KEY", SECRET_KEY)
    set_default_hub(None)
    page = tmp_path / "report.html"
    arguments = ["parity", "--private", "--duration=1", f"--html={page}", "--json"]
    assert report(add_parity_parser, run_parity, arguments) in (0, 1)
    set_default_hub(None)
    printed = capfd.readouterr()
    for text in (printed.out, printed.err, page.read_text("utf-8"), logs.text):
        assert not canaries.found_in(text)
