"""`mxc version`: which mxc this is."""

import platform

import typer


def ours() -> str:
    """The version that is installed here."""
    from importlib.metadata import version as installed  # 30 ms that no other command needs

    return installed("mxc")


def version() -> None:
    """The version of this command line, and of the Python that runs it."""
    typer.echo(f"mxc {ours()} (Python {platform.python_version()}, {platform.machine()})")
