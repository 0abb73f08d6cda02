"""Notices are raised and cleared by rules; people read them."""

from mxc.server.domains.workloads.notice import Notice
from mxc.server.hosting.exposure import Exposure

exposure = Exposure(Notice, without=frozenset({"create", "update", "delete"}))
