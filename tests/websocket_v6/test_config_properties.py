"""Any settings make a configuration that keeps its own rules, or an error that names the setting."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.config import Config
from websocket_v6.exceptions import ConfigError

NAMES = [spec.name for spec in dataclasses.fields(Config)]
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30)
numbers = st.integers(-(10**6), 10**6) | st.floats() | st.just(10**400)
words = st.sampled_from(
    ["true", "no", "0", "1e3", "-1", "nan", "inf", "DEFAULT", "simple", "kr", "ws://127.0.0.1:1/x"]
)
arguments = st.dictionaries(
    st.sampled_from(NAMES), st.none() | st.booleans() | numbers | texts | words, max_size=4
)
variables = st.dictionaries(
    st.sampled_from([f"UPBIT_WS_{name.upper()}" for name in NAMES]), texts | words, max_size=4
)


def load(given_arguments: Mapping[str, Any], environ: Mapping[str, str]) -> Config | None:
    try:
        return Config.load(given_arguments, environ=environ)
    except ConfigError as error:
        named = error.key.removeprefix("UPBIT_WS_").lower()
        assert named in NAMES
        assert len(str(error)) < 600  # noqa: PT017 - any of them may come
        return None


@given(arguments, variables)
def test_settings_are_sound_or_refused_by_name(
    given_arguments: dict[str, Any], environ: dict[str, str]
) -> None:
    config = load(given_arguments, environ)
    if config is None:
        return
    assert config.url.startswith(("wss://", "ws://"))
    assert config.private_url.startswith(("wss://", "ws://"))
    assert config.messages_per_second >= 1
    assert config.silence_suspicion_max >= config.silence_suspicion
    for spec in dataclasses.fields(Config):
        value = getattr(config, spec.name)
        if isinstance(value, float):
            assert math.isfinite(value)
            assert value >= 0


@given(arguments, variables)
def test_a_configuration_given_again_is_itself(
    given_arguments: dict[str, Any], environ: dict[str, str]
) -> None:
    config = load(given_arguments, environ)
    if config is not None:
        again = Config.load(dataclasses.asdict(config), environ={})
        assert again == config


@given(arguments, variables)
def test_an_argument_wins_over_the_environment(
    given_arguments: dict[str, Any], environ: dict[str, str]
) -> None:
    alone, both = load(given_arguments, {}), load(given_arguments, environ)
    if alone is not None and both is not None:
        for name, value in given_arguments.items():
            if value is not None and name != "private_url":
                assert getattr(both, name) == getattr(alone, name)
