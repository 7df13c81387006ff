"""What the exceptions say."""

from __future__ import annotations

import pytest

from websocket_v6 import TwoInstallations


@pytest.mark.parametrize(
    ("first", "second"),
    [("websocket_v6", "shop.vendor.websocket_v6"), ("shop.vendor.websocket_v6", "websocket_v6")],
)
def test_two_installations_name_the_copy_to_bind_to(first: str, second: str) -> None:
    assert "compat_v5.install(v6='shop.vendor.websocket_v6')" in str(
        TwoInstallations(first, second)
    )
