"""Derived facts become actions: `@when` reactions, `@on` inboxes, the decision ledger."""

from mxc.server.kernel.reactor.hands import Hands
from mxc.server.kernel.reactor.inbox import Arrival, Inbox, inboxes_in, on
from mxc.server.kernel.reactor.post import Desk, Post
from mxc.server.kernel.reactor.reactor import Fault, Reactor, faults_of
from mxc.server.kernel.reactor.situation import Act, Situation
from mxc.server.kernel.reactor.when import Reaction, reactions_in, when

__all__ = [
    "Act",
    "Arrival",
    "Desk",
    "Fault",
    "Hands",
    "Inbox",
    "Post",
    "Reaction",
    "Reactor",
    "Situation",
    "faults_of",
    "inboxes_in",
    "on",
    "reactions_in",
    "when",
]
