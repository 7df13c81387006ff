"""A finished run as text, JSON, SARIF or HTML."""
