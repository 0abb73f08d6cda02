"""Stories of single parts: status, buttons, header, facts, form, editor, log, empty state, dialog, toast."""

from collections.abc import Sequence

from mxc.server.hosting.design.choice import Choice, choices
from mxc.server.hosting.design.confirm import confirm
from mxc.server.hosting.design.entity import entity_header
from mxc.server.hosting.design.log_view import LogView
from mxc.server.hosting.design.markup import box, button
from mxc.server.hosting.design.panel import empty_state, fact_list, identifier, panel
from mxc.server.hosting.design.rule_editor import Diagnostic, RuleEditor
from mxc.server.hosting.design.status import Tone, badge, status_of
from mxc.server.hosting.design.toast import toast
from mxc.server.surfaces.web.stories.lists import EPOCH

WORDS = ("running", "starting", "pending", "failed", "stopped", "thawing", "draining", "unavailable")
AN_ID = "7b1f20c4-58f2-4a55-9d6c-0f3f6f6b8e11"


def parts() -> None:
    """Draws them."""
    with panel("Status language"), box("m-row"):
        for word in WORDS:
            badge(status_of(word))
        badge(status_of("pending", "for room: needs 64 cores"))
    with panel("Entity header"):
        facts = {"on": "node-a.example.org", "generation": "3", "cores": "2", "memory": "512 MB"}
        trail = [("Workloads", "/workloads")]
        with entity_header(
            "python3 -m http.server", status_of("running"), identity=AN_ID, facts=facts, trail=trail
        ):
            button("Restart", lambda: toast("asked to restart"), sign="restart_alt")
            button("Stop", _ask, "m-danger", sign="stop")
    with box("m-pair"):
        with panel("Facts"):
            fact_list({"Id": lambda: identifier(AN_ID), "Command": "sleep 3600", "Node": "", "Exit code": 0})
        with panel("Buttons and toasts"), box("m-row"):
            button("Deploy", lambda: toast("deployed"), "m-primary", sign="add")
            button("Refuse", lambda: toast("that cannot be\nfrom pending it can: stop", Tone.BAD), "m-danger")
            button("Plain", lambda: toast("nothing happened", Tone.WAITING), "m-plain")
            button("Off", lambda: None).props("disabled")
    with panel("One of a few"):
        several = (
            Choice("draft", "Checked, nothing else.", _ask),
            Choice("shadow", "Watched.", _ask),
            Choice("enforce", "Not for you.", None),
        )
        choices("Mode", several, "shadow")
    with panel("Rule editor", flush=True):
        RuleEditor("constraint_violated(W, N) :-\n    count(V, workload_placement(V, N), C), C >= 5", _check,
                   on_verdict=lambda refused: None)  # fmt: skip
    with panel("Log view", flush=True):
        log = LogView("Output")
        lines = "".join(f"{EPOCH:%H:%M}:{second:02} GET /health 200 \u001b[0m<b>\n" for second in range(30))
        log.append(
            [("stdout", lines), ("stderr", "warning: disk nearly full\n"), ("note", "exited with code 1\n")]
        )
    with panel("Empty state"):
        hint = "A node is a machine whose agent runs workloads for you."
        empty_state("dns", "No nodes yet", hint, try_this="mxc agent --coordinator http://127.0.0.1:4000")


def _check(words: str) -> Sequence[Diagnostic]:
    if words.rstrip().endswith("."):
        return []
    lines = words.split("\n")
    place = {"line": len(lines), "column": max(1, len(lines[-1])), "severity": "error"}
    return [{"message": "a rule ends with a full stop", "hint": "add `.` here", **place}]


async def _ask() -> None:
    consequences = [
        "The process is asked to end (SIGTERM).",
        "After 10 s it is killed.",
        "It is not started again.",
    ]
    if await confirm("Stop python3 -m http.server?", consequences, verb="Stop"):
        toast("asked to stop", Tone.BUSY)
