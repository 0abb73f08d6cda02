"""Columns of addresses. Python, documents and rules see the canonical text; PostgreSQL its own types."""

import re
from ipaddress import ip_address, ip_network
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field
from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql import CIDR, INET, JSONB, MACADDR
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator

from mxc.server.kernel.resource.fields.look import Check, Look

MAX_ADDRESSES: Final = 1000
_MAC: Final = re.compile(r"[0-9a-f]{12}")


class InetText(TypeDecorator[str]):
    """`inet`, as the text of one address."""

    impl = INET
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """The driver's address object as text."""
        return None if value is None else str(value)


class CidrText(TypeDecorator[str]):
    """`cidr`, as the text of one network."""

    impl = CIDR
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """The driver's network object as text."""
        return None if value is None else str(value)


def _address(value: str) -> str:
    try:
        found = ip_address(value.strip())
    except ValueError:
        raise ValueError("must be an IPv4 or IPv6 address") from None
    if "%" in str(found):
        raise ValueError("must not name an interface (the part after %)")
    return str(found)


def _network(value: str) -> str:
    try:
        return str(ip_network(value.strip()))
    except ValueError:
        pass
    try:
        meant = ip_network(value.strip(), strict=False)
    except ValueError:
        raise ValueError("must be a network, such as 10.1.0.0/16") from None
    raise ValueError(f"has bits set behind its mask: did you mean {meant}?")


def _mac(value: object) -> object:
    if not isinstance(value, str):
        return value
    digits = re.sub(r"[:.\-\s]", "", value.lower())
    if not _MAC.fullmatch(digits):
        raise ValueError("must be a MAC address, such as 02:00:5e:10:00:01")
    return ":".join(re.findall("..", digits))


def _each_once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


_Address = Annotated[str, AfterValidator(_address)]
_Network = Annotated[str, AfterValidator(_network)]
IpAddress = Annotated[
    str,
    mapped_column(InetText),
    Field(max_length=45, json_schema_extra={"format": "ip"}),
    AfterValidator(_address),
    Check("masklen({}) = case family({}) when 4 then 32 else 128 end"),
    Look("ip", example="10.1.2.3"),
]
Cidr = Annotated[
    str,
    mapped_column(CidrText),
    Field(max_length=49, json_schema_extra={"format": "cidr"}),
    AfterValidator(_network),
    Look("cidr", example="10.1.0.0/16"),
]
Mac = Annotated[
    str,
    mapped_column(MACADDR),
    Field(json_schema_extra={"format": "mac"}),
    BeforeValidator(_mac),
    Look("mac", example="02:00:5e:10:00:01"),
]
IpAddresses = Annotated[
    list[_Address],
    mapped_column(JSONB),
    Field(max_length=MAX_ADDRESSES),
    AfterValidator(_each_once),
    Check("jsonb_typeof({}) = 'array'"),
    Look("strings", example=["10.1.0.53", "2001:db8::53"]),
]
Cidrs = Annotated[
    list[_Network],
    mapped_column(JSONB),
    Field(max_length=MAX_ADDRESSES),
    AfterValidator(_each_once),
    Check("jsonb_typeof({}) = 'array'"),
    Look("strings", example=["10.1.0.0/16", "192.168.7.0/24"]),
]
