"""Every generated page: its path from the root, and its text."""

from tools.docs import command_line, errors, resources, settings


def pages() -> dict[str, str]:
    return {settings.PATH: settings.page()} | resources.pages() | errors.pages() | command_line.pages()
