"""Settings: every one is read from its variable, and a bad one is refused with what would be allowed."""

from pathlib import Path

import pytest

from mxc.server.domains.workloads.defaults import RULE_SETTINGS
from mxc.server.kernel.errors import Invalid
from mxc.server.settings.process import Mode
from mxc.server.settings.scheduling import Strategy
from mxc.server.settings.settings import SECTIONS, Settings, read, secret_variables, unknown

# variable → (what it is set to, where it arrives, what arrives): one row for every variable there is.
EFFECTS: dict[str, tuple[str, str, object]] = {
    "MXC_MODE": ("coordinator", "process.mode", Mode.COORDINATOR),
    "MXC_HOME": ("elsewhere", "process.home", Path("elsewhere")),
    "MXC_CLUSTER_STRATEGY": ("postgres", "process.cluster_strategy", "postgres"),
    "MXC_HOST": ("0.0.0.0", "web.host", "0.0.0.0"),
    "PORT": ("4001", "web.port", 4001),
    "MXC_UI_ENABLED": ("false", "web.has_pages", False),
    "MXC_DEVELOPMENT": ("1", "web.is_development", True),
    "MXC_TRUSTED_PROXIES": ("10.0.0.0/8", "web.trusted_proxies", "10.0.0.0/8"),
    "SECRET_KEY_BASE": ("k" * 32, "web.secret_key", "k" * 32),
    "DATABASE_URL": ("postgres://a@b/c", "database.dsn", "postgresql://a@b/c"),
    "DATABASE_HOST": ("db", "database.dsn", "postgresql://mxc@db:5432/mxc"),
    "DATABASE_PORT": ("5433", "database.port", 5433),
    "DATABASE_USER": ("ann", "database.user", "ann"),
    "DATABASE_PASSWORD": ("p@ss", "database.password", "p@ss"),
    "DATABASE_NAME": ("other", "database.name", "other"),
    "POOL_SIZE": ("20", "database.pool_size", 20),
    "MXC_ENCRYPTION_KEYS": ("A" * 43 + "=", "encryption.keys", "A" * 43 + "="),
    "NATS_URL": ("nats://bus:4222", "bus.url", "nats://bus:4222"),
    "NATS_PORT": ("4222", "bus.port", 4222),
    "MXC_NATS_KEYS": ("keys", "bus.keys", Path("keys")),
    "MXC_SCHEDULER_STRATEGY": ("pack", "scheduling.strategy", Strategy.PACK),
    "MXC_HEARTBEAT_S": ("1", "scheduling.heartbeat_s", 1.0),
    "MXC_NODE_SUSPECT_S": ("20", "scheduling.suspect_s", 20.0),
    "MXC_NODE_UNAVAILABLE_S": ("40", "scheduling.unavailable_s", 40.0),
    "MXC_START_DEADLINE_S": ("90", "scheduling.start_deadline_s", 90.0),
    "MXC_EVICTION_HOLD_S": ("0", "scheduling.eviction_hold_s", 0.0),
    "MXC_AGENT_CPU": ("2.5", "agent.cpu", 2.5),
    "MXC_AGENT_MEMORY": ("512", "agent.memory", 512),
    "MXC_AGENT_CAPABILITIES": ("zone=eu,gpu=2", "agent.capabilities", "zone=eu,gpu=2"),
    "MXC_HYPERVISOR": ("qemu", "agent.hypervisor", "qemu"),
    "MXC_AGENT_STOPS_WORKLOADS": ("yes", "agent.stops_workloads", True),
    "MXC_COORDINATOR": ("http://core:4000", "agent.coordinator", "http://core:4000"),
    "MXC_API_TOKEN": ("mxc_x", "agent.token", "mxc_x"),
    "MXC_REGISTRATION": ("open", "people.registration", "open"),
    "MXC_GOOGLE_CLIENT_ID": ("id", "sign_in.google_id", "id"),
    "MXC_GOOGLE_CLIENT_SECRET": ("hidden", "sign_in.google_secret", "hidden"),
    "MXC_GITHUB_CLIENT_ID": ("id", "sign_in.github_id", "id"),
    "MXC_GITHUB_CLIENT_SECRET": ("hidden", "sign_in.github_secret", "hidden"),
    "MXC_GITHUB_URL": ("https://git.x.org", "sign_in.github_url", "https://git.x.org"),
    "MXC_OIDC_ISSUER": ("https://id.x.org", "sign_in.oidc_issuer", "https://id.x.org"),
    "MXC_OIDC_CLIENT_ID": ("id", "sign_in.oidc_id", "id"),
    "MXC_OIDC_CLIENT_SECRET": ("hidden", "sign_in.oidc_secret", "hidden"),
    "MXC_OIDC_NAME": ("Corp", "sign_in.oidc_name", "Corp"),
    "MXC_SIGN_IN_DOMAINS": ("X.org, y.org", "sign_in.domains", "x.org,y.org"),
    "MXC_SIGN_IN_NEWCOMERS": ("viewer", "sign_in.newcomers", "viewer"),
    "MXC_PROVIDERS_INSIDE": ("true", "sign_in.is_inside_allowed", True),
    "MXC_SMTP_URL": ("smtp://mail:25", "mail.url", "smtp://mail:25"),
    "MXC_MAIL_FROM": ("mxc@x.org", "mail.sender", "mxc@x.org"),
    "MXC_PUBLIC_URL": ("https://mxc.x.org", "mail.public_url", "https://mxc.x.org"),
}

# What is refused unless the rest of it is there, too.
TOGETHER = {
    f"MXC_{name}_": {f"MXC_{name}_CLIENT_ID": "mxc", f"MXC_{name}_CLIENT_SECRET": "word", **more}
    for name, more in (
        ("GOOGLE", {}),
        ("GITHUB", {}),
        ("OIDC", {"MXC_OIDC_ISSUER": "https://id.example.org"}),
    )
}


def at(settings: Settings, place: str) -> object:
    section, field = place.split(".")
    return getattr(getattr(settings, section), field)


def test_every_setting_has_a_row() -> None:
    declared = {field.alias for section in SECTIONS.values() for field in section.model_fields.values()}
    assert declared == set(EFFECTS)


@pytest.mark.parametrize("variable", EFFECTS)
def test_a_variable_arrives_as_a_value(variable: str) -> None:
    text, place, expected = EFFECTS[variable]
    beside = next((pairs for prefix, pairs in TOGETHER.items() if variable.startswith(prefix)), {})
    assert at(read({**beside, variable: text}), place) == expected
    assert at(read({}), place) != expected or variable == "MXC_CLUSTER_STRATEGY"


@pytest.mark.parametrize(
    ("variable", "text", "told"),
    [
        ("MXC_MODE", "both", "'standalone', 'coordinator' or 'agent'"),
        ("MXC_SCHEDULER_STRATEGY", "best", "'spread', 'pack' or 'random'"),
        ("MXC_CLUSTER_STRATEGY", "gossip", "'postgres'"),
        ("MXC_HYPERVISOR", "xen", "'none', 'qemu', 'cloud-hypervisor' or 'vfkit'"),
        ("PORT", "http", "valid integer"),
        ("PORT", "70000", "less than or equal to 65535"),
        ("MXC_UI_ENABLED", "perhaps", "valid boolean"),
        ("DATABASE_URL", "mysql://u:hush@h/d", "must begin with postgresql://"),
        ("MXC_GITHUB_CLIENT_ID", "mxc", "go together"),
        ("MXC_OIDC_ISSUER", "https://id.x.org", "go together"),
        ("MXC_SIGN_IN_NEWCOMERS", "owner", "'none', 'viewer', 'operator' or 'admin'"),
        ("NATS_URL", "http://h", "should match pattern"),
        ("POOL_SIZE", "0", "greater than or equal to 2"),
        ("MXC_AGENT_CPU", "-1", "greater than or equal to 0"),
        ("MXC_AGENT_CAPABILITIES", "zone:eu", "should match pattern"),
        ("MXC_TRUSTED_PROXIES", "127.0.0.1, the proxy", "'the proxy' does not appear"),
        ("SECRET_KEY_BASE", "hush", "at least 32 characters"),
        ("MXC_ENCRYPTION_KEYS", "hush", "has 32 bytes"),
        ("MXC_NODE_SUSPECT_S", "31", "MXC_NODE_SUSPECT_S <= MXC_NODE_UNAVAILABLE_S"),
    ],
)
def test_a_bad_value_is_refused_with_what_is_allowed(variable: str, text: str, told: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read({variable: text})
    assert told in refusal.value.message
    assert refusal.value.code == "settings"
    assert "hush" not in str(refusal.value)


def test_every_bad_value_is_named_at_once() -> None:
    with pytest.raises(Invalid) as refusal:
        read({"PORT": "x", "POOL_SIZE": "y", "MXC_MODE": "z"})
    assert set(refusal.value.fields) == {"PORT", "POOL_SIZE", "MXC_MODE"}


def test_an_empty_variable_counts_as_unset() -> None:
    assert read({"PORT": "", "DATABASE_URL": ""}) == read({})


def test_secrets_are_in_no_repr() -> None:
    settings = read(
        {"DATABASE_URL": "postgresql://u:hush@h/d", "MXC_API_TOKEN": "hush", "DATABASE_PASSWORD": "hush"}
    )
    assert "hush" not in repr(settings)


def test_a_misspelled_setting_is_pointed_out() -> None:
    assert list(unknown({"MXC_SCHEDULAR_STRATEGY": "pack", "HOME": "/"})) == [
        "MXC_SCHEDULAR_STRATEGY is no setting of ours; did you mean MXC_SCHEDULER_STRATEGY?"
    ]


def test_a_password_is_quoted_into_the_dsn() -> None:
    settings = read({"DATABASE_HOST": "db", "DATABASE_PASSWORD": "p@s/s", "DATABASE_PORT": "6000"})
    assert settings.database.dsn == "postgresql://mxc:p%40s%2Fs@db:6000/mxc"


def test_the_rules_know_every_scheduling_setting_they_are_given() -> None:
    assert set(read({}).scheduling.facts) <= set(RULE_SETTINGS)
    assert read({"MXC_SCHEDULER_STRATEGY": "pack"}).scheduling.facts["scheduler_strategy"] == "pack"


def test_what_holds_a_secret_is_known_as_such() -> None:
    found = secret_variables()
    assert {"MXC_ENCRYPTION_KEYS", "DATABASE_URL", "DATABASE_PASSWORD", "SECRET_KEY_BASE"} <= found
    assert {"MXC_SMTP_URL", "MXC_API_TOKEN", "MXC_OIDC_CLIENT_SECRET"} <= found
    assert not {"MXC_HOME", "PORT", "MXC_MODE"} & found
