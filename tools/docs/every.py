"""Every generated page: its path from the root, and its text."""

from tools.docs import settings


def pages() -> dict[str, str]:
    return {settings.PATH: settings.page()}
