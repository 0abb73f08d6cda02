"""The pages: hosts what domains declare with @page, with login, frame, live updates and a strict policy."""

from mxc.server.surfaces.web.install import install

__all__ = ["install"]
