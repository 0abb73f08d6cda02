"""Every type of column: what it accepts, how it spells it, what it refuses and how it says so."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from mxc.server.kernel.resource import fields
from mxc.server.kernel.resource.columns import look_of
from mxc.server.kernel.resource.document import plain
from mxc.server.kernel.resource.fields import cron
from mxc.server.kernel.resource.schema import type_schema


class Shade(StrEnum):
    RED = "red"
    BLUE = "blue"


NOT_TYPES = {"MAX_INTEGER", "MAX_LABELS", "MAX_TEXT", "Look", "Plain", "Scalar", "column"}
# What is sealed is shown to nobody, so it has no example: see unit/kernel/test_sealing.py.
NOT_TYPES |= {name for name in fields.__all__ if name.startswith("Encrypted")} | {"BlindIndex", "blind_index"}
TYPES: dict[str, Any] = {name: getattr(fields, name) for name in fields.__all__ if name not in NOT_TYPES}
TYPES["Choices"] = fields.Choices[Shade]
EXAMPLES = {name: look_of(each).example for name, each in TYPES.items()} | {"Secret": "x", "Choices": ["red"]}

ACCEPTED: list[tuple[str, Any, Any]] = [
    ("Slug", "north-wing-2", "north-wing-2"),
    ("Email", "  Ada@Example.ORG ", "ada@example.org"),
    ("Email", "o'neil+tag@b.example", "o'neil+tag@b.example"),
    ("Email", "root@localhost", "root@localhost"),
    ("Hostname", "DB1.Example.org", "db1.example.org"),
    ("Hostname", "_dmarc.example.org", "_dmarc.example.org"),
    ("Url", "http://[2001:db8::1]:8080/a?b=c#d", "http://[2001:db8::1]:8080/a?b=c#d"),
    ("Port", 65_535, 65_535),
    ("IpAddress", "2001:0DB8::0001", "2001:db8::1"),
    ("IpAddress", "10.0.0.1", "10.0.0.1"),
    ("IpAddresses", ["10.0.0.1", "::1", "10.0.0.1"], ["10.0.0.1", "::1"]),
    ("Cidr", "10.1.0.0/16", "10.1.0.0/16"),
    ("Cidr", "10.1.2.3", "10.1.2.3/32"),
    ("Cidrs", ["::/0"], ["::/0"]),
    ("Mac", "0200.5E10.0001", "02:00:5e:10:00:01"),
    ("Mac", "02-00-5E-10-00-01", "02:00:5e:10:00:01"),
    ("Cron", "  */5  8-18 * JAN,mar 1-5/2", "*/5 8-18 * jan,mar 1-5/2"),
    ("Cron", "@daily", "0 0 * * *"),
    ("Duration", "1h30m", timedelta(minutes=90)),
    ("Duration", "250ms", timedelta(milliseconds=250)),
    ("Duration", 45, timedelta(seconds=45)),
    ("Duration", "PT45S", timedelta(seconds=45)),
    ("TimeZone", "UTC", "UTC"),
    ("Percentage", 100, 100.0),
    ("Tags", ["b", "a", "b"], ["a", "b"]),
    ("Choices", ["blue", "red", "blue"], [Shade.BLUE, Shade.RED]),
    ("Json", {"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
    ("TextLabels", {"app.example/tier": "web", "empty": ""}, {"app.example/tier": "web", "empty": ""}),
    ("Instant", "2026-03-01T12:00:00+01:00", datetime(2026, 3, 1, 11, tzinfo=UTC)),
]
REFUSED: list[tuple[str, Any, str]] = [
    ("Slug", "North", "pattern"),
    ("Slug", "a--b", "pattern"),
    ("Slug", "a\n", "pattern"),
    ("Slug", "x" * 121, "at most 120"),
    ("Email", "ada at example", "such as ada@example.org"),
    ("Email", "a@b@c", "e-mail address"),
    ("Email", "@example.org", "e-mail address"),
    ("Email", "x" * 65 + "@example.org", "e-mail address"),
    ("Email", 5, "valid string"),
    ("Hostname", "-a.example", "pattern"),
    ("Hostname", "a..b", "pattern"),
    ("Url", "ftp://example.org", "begins with https://"),
    ("Url", "https://", "begins with https://"),
    ("Url", "https://a:99999/", "begins with https://"),
    ("Url", "https://ada:pw@example.org", "user or password"),
    ("Url", "https://example.org/a b", "begins with https://"),
    ("Port", 0, "greater than or equal to 1"),
    ("Port", 65_536, "less than or equal to 65535"),
    ("Port", "80", "valid integer"),
    ("Port", True, "valid integer"),
    ("IpAddress", "10.0.0.256", "IPv4 or IPv6"),
    ("IpAddress", "fe80::1%eth0", "interface"),
    ("IpAddresses", ["10.0.0.1", "x"], "IPv4 or IPv6"),
    ("Cidr", "10.1.2.3/16", "did you mean 10.1.0.0/16?"),
    ("Cidr", "ten", "such as 10.1.0.0/16"),
    ("Mac", "02:00:5e:10:00", "such as 02:00"),
    ("Mac", 5, "valid string"),
    ("Cron", "* * * *", "has 4"),
    ("Cron", "60 * * * *", "minute: '60' is not 0 to 59"),
    ("Cron", "* * 0 * *", "day of the month"),
    ("Cron", "* * * 13 *", "or jan to dec"),
    ("Cron", "* * * * fri-mon", "runs backwards"),
    ("Cron", "*/0 * * * *", "step '0'"),
    ("Cron", "1-2-3 * * * *", "minute: '2-3'"),
    ("Cron", "* * * * ²", "day of the week"),
    ("Duration", "-PT1S", "greater than or equal"),
    ("Duration", "9999999999d", "longer than anything"),
    ("Duration", "soon", "duration"),
    ("Duration", True, "length of time"),
    ("TimeZone", "Mars/Olympus", "such as Europe/Zurich"),
    ("TimeZone", "../etc/passwd", "time zone"),
    ("Percentage", 100.5, "less than or equal to 100"),
    ("Percentage", float("nan"), "finite"),
    ("Number", float("inf"), "finite"),
    ("Whole", 2**53 + 1, "less than or equal"),
    ("Tags", ["a b"], "pattern"),
    ("Tags", [""], "at least 1"),
    ("Tags", [str(n) for n in range(65)], "at most 64"),
    ("Choices", ["green"], "'red' or 'blue'"),
    ("Json", [1], "valid dictionary"),
    ("Json", {"a": float("nan")}, "numbers between"),
    ("Json", {"a": [2**54]}, "numbers between"),
    ("Json", {"a": "x" * 300_000}, "at most"),
    ("TextLabels", {"bad key": "x"}, "pattern"),
    ("TextLabels", {"k": "two words"}, "pattern"),
    ("Instant", "2026-03-01T12:00:00", "timezone"),
]


@pytest.mark.parametrize(("name", "value", "kept"), ACCEPTED)
def test_it_is_accepted_and_spelled_one_way(name: str, value: Any, kept: Any) -> None:
    assert TypeAdapter(TYPES[name]).validate_python(value) == kept


@pytest.mark.parametrize(("name", "value", "complaint"), REFUSED)
def test_it_is_refused_and_told_why(name: str, value: Any, complaint: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(TYPES[name]).validate_python(value)
    assert complaint in str(refused.value)


def test_json_deeper_than_anyone_reads_is_refused() -> None:
    deep: Any = 1
    for _ in range(20):
        deep = {"a": deep}
    with pytest.raises(ValidationError, match="deeper"):
        TypeAdapter(fields.Json).validate_python(deep)


@pytest.mark.parametrize("name", TYPES)
def test_its_example_is_one(name: str) -> None:
    value = TypeAdapter(TYPES[name]).validate_python(EXAMPLES[name])
    assert plain(value) == EXAMPLES[name], "a document would show it as its example says"


@pytest.mark.parametrize("name", TYPES)
def test_it_has_a_schema(name: str) -> None:
    schema = type_schema(TYPES[name], "what it is", "s", EXAMPLES[name])
    assert schema["type"]
    assert (schema["description"], schema["x-unit"], schema["examples"]) == (
        "what it is",
        "s",
        [EXAMPLES[name]],
    )


@pytest.mark.parametrize("name", ["Slug", "Email", "Hostname", "Url", "Cidr", "IpAddress", "Mac", "Cron"])
@given(st.text(max_size=40))
def test_any_text_is_refused_or_stays_as_it_was_kept(name: str, text: str) -> None:
    adapter = TypeAdapter(TYPES[name])
    try:
        kept = adapter.validate_python(text)
    except ValidationError:
        return
    assert adapter.validate_python(kept) == kept


@given(st.timedeltas(timedelta(0), timedelta(days=3660)))
def test_a_length_of_time_survives_its_document(length: timedelta) -> None:
    assert TypeAdapter(fields.Duration).validate_python(plain(length)) == length


def test_what_a_field_of_a_cron_expression_stands_for() -> None:
    weekday = cron.SLOTS[4]
    assert cron.members(weekday, "mon-fri/2,sun") == {0, 1, 3, 5}
    assert cron.members(cron.SLOTS[0], "50/5") == {50, 55}
    assert cron.members(cron.SLOTS[3], "*") == set(range(1, 13))


def test_documents_spell_every_value_as_json_has_it() -> None:
    assert plain([Shade.RED, UUID(int=1)]) == ["red", str(UUID(int=1))]
    assert plain(timedelta(seconds=90)) == "PT1M30S"
