"""Fixtures for the tests of an application that uses the exchange; opt-in, silent when unused."""

from __future__ import annotations
