from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path

import pytest

from websocket_v6 import WebSocketClientProxy
from websocket_v6.config import REGION_HOSTS, Config, derive_private_url, reference
from websocket_v6.exceptions import ConfigError, InsecureURL

LOCAL = "ws://127.0.0.1:8765/websocket/v1"


def toml(path: Path, text: str) -> Path:
    file = path / "upbit.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_nothing_given_is_the_korean_exchange_with_the_documented_defaults() -> None:
    config = Config.load(environ={})
    assert config == Config()
    assert config.url == "wss://api.upbit.com/websocket/v1"
    assert config.private_url == "wss://api.upbit.com/websocket/v1/private"
    assert (config.wire_format, config.compression) == ("DEFAULT", False)
    assert (config.ping_interval, config.linger, config.trace) == (15.0, 5.0, None)


def test_the_object_is_frozen_and_travels() -> None:
    config = Config(url=LOCAL)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.url = "x"  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(config)) == config
    assert hash(config) == hash(Config(url=LOCAL))


def test_the_stronger_source_wins(tmp_path: Path) -> None:
    file = toml(tmp_path, "[upbit-ws]\nlinger = 1\nping_interval = 2\npong_timeout = 3.5\n")
    config = Config.load(
        {"linger": 9, "compression": None},
        environ={"UPBIT_WS_LINGER": "8", "UPBIT_WS_PING_INTERVAL": "7"},
        file=file,
    )
    assert (config.linger, config.ping_interval, config.pong_timeout) == (9.0, 7.0, 3.5)
    assert config.compression is False


def test_the_environment_names_the_file_and_an_argument_wins_over_it(tmp_path: Path) -> None:
    file = toml(tmp_path, "[upbit-ws]\nlinger = 1\n")
    environ = {"UPBIT_WS_CONFIG": str(file)}
    assert Config.load(environ=environ).linger == 1.0
    other = tmp_path / "other.toml"
    other.write_text("[upbit-ws]\nlinger = 2\n", encoding="utf-8")
    assert Config.load(environ=environ, file=other).linger == 2.0


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPBIT_WS_URL", LOCAL)
    assert Config.load().url == LOCAL


def test_empty_variables_and_foreign_ones_count_as_not_set() -> None:
    environ = {"UPBIT_WS_LINGER": " ", "UPBIT_ACCESS_KEY": "x", "UPBIT_V5_WARNINGS": "off"}
    assert Config.load(environ=environ) == Config()


@pytest.mark.parametrize("text", ["1", "true", "YES", "on"])
def test_switches_are_written_in_words(text: str) -> None:
    assert Config.load(environ={"UPBIT_WS_COMPRESSION": text}).compression is True


@pytest.mark.parametrize("region", REGION_HOSTS)
def test_a_region_chooses_the_host(region: str) -> None:
    config = Config(region=region)
    assert config.url == f"wss://{REGION_HOSTS[region]}/websocket/v1"
    assert config.private_url == config.url + "/private"
    assert Config(region=region, url=LOCAL).url == LOCAL


def test_an_url_moves_the_private_endpoint_with_it(tmp_path: Path) -> None:
    assert Config(url=LOCAL).private_url == LOCAL + "/private"
    own = "wss://example.org/own"
    assert Config(url=LOCAL, private_url=own).private_url == own
    assert Config(url="wss://example.org/v1", private_url=own).for_url(LOCAL).private_url == (
        LOCAL + "/private"
    )


def test_a_weaker_source_does_not_keep_the_private_endpoint(tmp_path: Path) -> None:
    file = toml(tmp_path, '[upbit-ws]\nprivate_url = "wss://api.upbit.com/websocket/v1/private"\n')
    config = Config.load(environ={"UPBIT_WS_URL": LOCAL}, file=file)
    assert config.private_url == LOCAL + "/private"


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("wss://host/websocket/v1", "wss://host/websocket/v1/private"),
        ("wss://host/websocket/v1/", "wss://host/websocket/v1/private"),
        ("wss://host/websocket/v1/private", "wss://host/websocket/v1/private"),
        ("ws://127.0.0.1:9/v1?x=1", "ws://127.0.0.1:9/v1/private?x=1"),
    ],
)
def test_the_private_endpoint_of_a_public_one(url: str, private: str) -> None:
    assert derive_private_url(url) == private


@pytest.mark.parametrize(
    "url", [LOCAL, "ws://localhost:1/v1", "ws://[::1]:1/v1", "ws://127.9.9.9/v1", "wss://h/v1"]
)
def test_plain_connections_to_this_machine_and_encrypted_ones_are_fine(url: str) -> None:
    assert Config(url=url).url == url


@pytest.mark.parametrize(
    "url", ["ws://api.upbit.com/v1", "ws://10.0.0.1/v1", "ws://localhost.evil.example/v1"]
)
def test_plain_connections_to_other_machines_need_a_word(url: str) -> None:
    for make in (lambda: Config(url=url), lambda: Config(url=LOCAL, private_url=url)):
        with pytest.raises(InsecureURL, match="in the clear"):
            make()
    assert Config(url=url, allow_insecure=True).url == url
    with pytest.raises(InsecureURL) as caught:
        Config.load(environ={"UPBIT_WS_URL": url})
    assert caught.value.key == "UPBIT_WS_URL"


@pytest.mark.parametrize(
    "url", ["api.upbit.com", "https://api.upbit.com", "wss://", "wss://h:x/v1", "wss://h/v1#f"]
)
def test_a_text_that_is_no_websocket_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        Config(url=url)


def test_an_empty_url_does_not_lead_to_the_exchange(tmp_path: Path) -> None:
    """A test suite writes ``url=os.environ.get("TEST_WS", "")``, and the variable is missing."""
    for make in (
        lambda: Config.load({"url": ""}, environ={}),
        lambda: Config.load(environ={}, file=toml(tmp_path, '[upbit-ws]\nurl = ""\n')),
        lambda: WebSocketClientProxy("chart", endpoint=""),
    ):
        with pytest.raises(ConfigError, match="'' is not a wss:// or ws:// URL"):
            make()
    assert Config.load(environ={"UPBIT_WS_URL": ""}).url == Config().url
    assert Config.load({"url": None}, environ={}).url == Config().url


def test_a_password_in_an_url_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        Config(url="wss://user:hunter2@host/v1")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "text", "words"),
    [
        ("UPBIT_WS_PING_INTERVAL", "soon", "'soon' is not a number in s, above 0"),
        ("UPBIT_WS_PING_INTERVAL", "0", "above 0"),
        ("UPBIT_WS_LINGER", "-1", "not negative"),
        ("UPBIT_WS_LINGER", "nan", "a number"),
        ("UPBIT_WS_RECONNECT_MAX_DELAY", "inf", "a number"),
        ("UPBIT_WS_MESSAGES_PER_SECOND", "4.5", "a whole number"),
        ("UPBIT_WS_COMPRESSION", "maybe", "true or false"),
        ("UPBIT_WS_REGION", "us", "one of kr, sg, id, th"),
        ("UPBIT_WS_WIRE_FORMAT", "simple", "one of DEFAULT, SIMPLE, JSON_LIST, SIMPLE_LIST"),
        ("UPBIT_WS_PING_INTERVALL", "5", "did you mean UPBIT_WS_PING_INTERVAL"),
        ("UPBIT_WS_XYZ", "5", "unknown setting"),
    ],
)
def test_a_bad_variable_is_named_with_what_is_allowed(variable: str, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        Config.load(environ={variable: text})
    assert caught.value.key == variable


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('ping_interval = "5"', "is not a number"),
        ("ping_interval = true", "is not a number"),
        ("messages_per_second = 5.0", "a whole number"),
        ('compression = "yes"', "true or false"),
        ("ping_intervall = 5", "did you mean ping_interval"),
        ("url = 5", "a text"),
    ],
)
def test_a_bad_line_of_the_file_is_named_with_the_file(
    tmp_path: Path, line: str, words: str
) -> None:
    file = toml(tmp_path, f"[upbit-ws]\n{line}\n")
    with pytest.raises(ConfigError, match=words) as caught:
        Config.load(environ={}, file=file)
    assert caught.value.key == f"{line.split()[0]} (in {file})"


def test_a_file_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read") as caught:
        Config.load(environ={"UPBIT_WS_CONFIG": str(tmp_path / "absent.toml")})
    assert caught.value.key == "UPBIT_WS_CONFIG"
    with pytest.raises(ConfigError, match="not valid TOML"):
        Config.load(environ={}, file=toml(tmp_path, "[upbit-ws\n"))
    with pytest.raises(ConfigError, match=r"no table \[upbit-ws\]"):
        Config.load(environ={}, file=toml(tmp_path, "linger = 1\n"))


def test_unknown_and_bad_arguments_are_named() -> None:
    with pytest.raises(ConfigError, match="lingers: unknown setting; did you mean linger"):
        Config.load({"lingers": 1}, environ={})
    with pytest.raises(ConfigError, match="linger: '5' is not a number"):
        Config(linger="5")  # type: ignore[arg-type]


def test_a_rule_about_two_settings_names_the_one_that_was_written() -> None:
    with pytest.raises(ConfigError, match="below silence_suspicion") as caught:
        Config.load(environ={"UPBIT_WS_SILENCE_SUSPICION_MAX": "10"})
    assert caught.value.key == "UPBIT_WS_SILENCE_SUSPICION_MAX"


def test_the_documentation_holds_the_generated_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "configuration.md"
    assert reference() in page.read_text(encoding="utf-8")


def test_the_reference_names_every_setting_and_its_variable() -> None:
    for setting in dataclasses.fields(Config):
        assert f"| `{setting.name}` | `UPBIT_WS_{setting.name.upper()}` |" in reference()
