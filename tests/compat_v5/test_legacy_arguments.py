"""Constructor arguments of every generation."""

from __future__ import annotations

import pytest

from compat_v5.legacy_arguments import LegacyArguments, read_arguments

CURRENT = (None, True, None)


def test_nothing_given():
    assert read_arguments("C", CURRENT, (), {}) == LegacyArguments()


def test_the_last_generation():
    config = object()
    assert read_arguments("C", (60, False, config), (), {}) == LegacyArguments(
        cleanup_interval=60, use_dynamic_limiter=False, dynamic_config=config
    )


def test_pools_by_position():
    arguments = read_arguments("C", (3, 2, False), ("SIMPLE",), {})
    assert arguments == LegacyArguments(
        public_pool_size=3,
        private_pool_size=2,
        enable_compression=False,
        format_preference="simple",
    )


def test_the_private_clients_pool_by_position():
    assert read_arguments("C", (2, True, "auto"), (), {}) == LegacyArguments(
        private_pool_size=2, enable_compression=True, format_preference="auto"
    )


def test_older_keywords():
    keywords = {"max_tickets": 5, "format_preference": "AUTO", "persistent_connection": True}
    assert read_arguments("C", CURRENT, (), keywords) == LegacyArguments(
        max_tickets=5, format_preference="auto"
    )


def test_an_unknown_keyword_is_named_with_the_nearest_known():
    with pytest.raises(TypeError, match=r"C\(\) has no argument 'max_ticket'.*'max_tickets'"):
        read_arguments("C", CURRENT, (), {"max_ticket": 5})


def test_more_positionals_than_anyone_had():
    with pytest.raises(TypeError, match="has no slot"):
        read_arguments("C", (3, 2, True), ("auto", "more"), {})
