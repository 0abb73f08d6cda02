"""Every generated page: its path from the root, and its text."""

from tools.docs import command_line, errors, permissions, resources, settings


def pages() -> dict[str, str]:
    single = {settings.PATH: settings.page(), permissions.PATH: permissions.page()}
    return single | resources.pages() | errors.pages() | command_line.pages()
