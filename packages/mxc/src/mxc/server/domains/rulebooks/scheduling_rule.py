"""A scheduling rule: Datalog an operator adds to ours."""

from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from mxc.server.kernel.resource import Listing, Policy, Resource, action, identity
from mxc.server.kernel.resource.fields import Count, Flag, Name, Text


class Mode(StrEnum):
    DRAFT = "draft"
    SHADOW = "shadow"
    ENFORCE = "enforce"


class SchedulingRule(Resource):
    """Rules loaded beside ours into this tenant's engine session when enabled; checked beforehand."""

    __tablename__ = "scheduling_rules"

    name: Mapped[Name]
    description: Mapped[Text] = mapped_column(default="")
    rule_text: Mapped[Text]
    is_enabled: Mapped[Flag] = mapped_column(default=True)
    priority: Mapped[Count] = mapped_column(default=0)
    mode: Mapped[Mode] = mapped_column(default=Mode.ENFORCE)
    version: Mapped[Count] = mapped_column(default=1)

    identities = identity("by_name", "name")
    called = "name"
    writable = ("name", "description", "rule_text", "is_enabled", "priority", "mode")
    policy = Policy(write="admin")
    listing = Listing(("name", "mode", "is_enabled", "priority", "description"))

    @action
    def update(
        self,
        name: Name | None = None,
        description: Text | None = None,
        rule_text: Text | None = None,
        is_enabled: Flag | None = None,
        priority: Count | None = None,
        mode: Mode | None = None,
    ) -> None:
        """Change what is given; another text is another version."""
        self.version += rule_text is not None and rule_text != self.rule_text
        given = {
            "name": name,
            "description": description,
            "rule_text": rule_text,
            "is_enabled": is_enabled,
            "priority": priority,
            "mode": mode,
        }
        for column, value in given.items():
            if value is not None:
                setattr(self, column, value)

    @action
    def enable(self) -> None:
        """Load this rule into the engine."""
        self.is_enabled = True

    @action
    def disable(self) -> None:
        """Take this rule out of the engine; what it derived vanishes."""
        self.is_enabled = False
