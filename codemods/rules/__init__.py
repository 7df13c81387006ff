"""The rules, one per module; each module describes itself in ``RULE``."""
