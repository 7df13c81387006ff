"""The command ``upbit-migrate``: one module per command, each with ``add_parser`` and ``run``."""
