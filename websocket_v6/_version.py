"""The version of the distribution, in one place."""

__version__ = "6.0.0"
