"""The fixtures of all tests."""

pytest_plugins = ["server_fixtures"]
