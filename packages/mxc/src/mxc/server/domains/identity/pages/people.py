"""/users: the people of the whole installation."""

from mxc.server.domains.identity.user import User
from mxc.server.hosting.display import Display

# What a person changes of themselves is on their own profile.
display = Display(
    User, title="Users", icon="person", order=10, without=frozenset({"rename", "set_password"}),
    hint="Everybody whom the installation knows, whatever organisations they belong to.",
)  # fmt: skip
