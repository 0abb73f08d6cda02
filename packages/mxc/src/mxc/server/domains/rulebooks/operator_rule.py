"""How a scheduling rule reaches the engine."""

from mxc.server.domains.rulebooks.scheduling_rule import Mode, SchedulingRule
from mxc.server.kernel.facts.engines import RuleSource
from mxc.server.kernel.facts.rulebook import OperatorRule


def operator_rules() -> RuleSource:
    """Where operators' rules come from."""
    return RuleSource(SchedulingRule.__tablename__, in_force)


def in_force(rule: SchedulingRule) -> OperatorRule | None:
    """What the engine loads of a row; None for a disabled rule, a draft, or one that only watches."""
    if not rule.is_enabled or rule.mode is not Mode.ENFORCE:
        return None
    return OperatorRule(rule.name, rule.version, rule.rule_text)
