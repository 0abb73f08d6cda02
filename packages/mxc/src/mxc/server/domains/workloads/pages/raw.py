"""The raw side of a thing: its document, its facts, and how to do the same on a command line."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mxc.server.hosting.design.markup import box, text, with_attributes
from mxc.server.hosting.design.panel import command, panel


def raw_panel(document: Mapping[str, Any], commands: Sequence[str]) -> None:
    """Draws both."""
    with panel("Raw", flush=True):
        with box("m-commands m-pad"):
            for each in commands:
                command(each)
        shown = json.dumps(document, indent=2, ensure_ascii=False)
        with_attributes(text(shown, "m-code m-raw", tag="pre"), tabindex="0", aria_label="JSON document")
