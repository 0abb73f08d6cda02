"""Requests to providers. Their addresses come from people, so where they lead is checked first."""

from ipaddress import ip_address
from socket import AF_INET, AddressFamily
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult

from mxc.server.kernel.errors import Unavailable

PATIENCE_S: Final = 10.0
LONGEST: Final = 256 * 1024


class Outside:
    """`is_inside_allowed`: also addresses of private networks, and http on this machine."""

    def __init__(self, *, is_inside_allowed: bool = False) -> None:
        self.is_inside_allowed = is_inside_allowed

    async def get(self, url: str, token: str = "") -> Any:
        """The JSON at an address. Raises Unavailable for an answer that is none."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self._ask("GET", url, headers=headers)

    async def post(self, url: str, form: dict[str, str], login: tuple[str, str] | None = None) -> Any:
        """The JSON answer to a form, also of a refusal; `login` is sent as HTTP Basic."""
        headers = {"Authorization": aiohttp.encode_basic_auth(*login)} if login else {}
        return await self._ask("POST", url, data=form, headers=headers, is_refusal_read=True)

    def check(self, url: str) -> str:
        """The address, if we may go there. Raises Unavailable saying why not."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https" and not (
            parts.scheme == "http" and self.is_inside_allowed and _is_this_machine(host)
        ):
            raise refused_address(url, "it must begin with https://")
        if _is_literal(host) and not self._is_allowed(host):
            raise refused_address(url, "it leads into a private network")
        return url

    async def _ask(self, method: str, url: str, *, is_refusal_read: bool = False, **options: Any) -> Any:
        self.check(url)
        headers = {"Accept": "application/json", "User-Agent": "mxc", **options.pop("headers", {})}
        connector = aiohttp.TCPConnector(resolver=_Resolver(self))
        timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
                session.request(method, url, headers=headers, allow_redirects=False, **options) as answer,
            ):
                content = await _whole(answer)
                is_good = answer.status == 200 or (is_refusal_read and answer.status in (400, 401))
                if not is_good:
                    raise Unavailable(
                        f"{urlsplit(url).hostname} answered with status {answer.status}", code="provider"
                    )
                return msgspec.json.decode(content)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise Unavailable(
                f"the provider at {urlsplit(url).hostname} cannot be used: {type(error).__name__}",
                code="provider",
                hint=str(error)[:200],
            ) from None

    def _is_allowed(self, address: str) -> bool:
        return self.is_inside_allowed or ip_address(address).is_global


class _Resolver(AbstractResolver):
    """Names are looked up once, and the very address that was checked is the one connected to."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_INET) -> list[ResolveResult]:
        """The addresses of a name that we may go to. Raises OSError when there is none."""
        found = await self._inner.resolve(host, port, family)
        allowed = [each for each in found if self._outside._is_allowed(each["host"])]
        if not allowed:
            raise OSError(f"{host} is inside a private network")
        return allowed

    async def close(self) -> None:
        """Nothing is kept."""
        await self._inner.close()


def refused_address(url: str, reason: str) -> Unavailable:
    """The refusal of an address that a provider's settings or its own words lead to."""
    return Unavailable(
        f"{url[:200]} is no address of a sign-in provider: {reason}",
        code="provider-address",
        hint="who runs this installation may set MXC_PROVIDERS_INSIDE for providers of your own network",
    )


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    content = await answer.content.read(LONGEST + 1)
    while len(content) <= LONGEST and (more := await answer.content.read(LONGEST + 1)):
        content += more
    if len(content) > LONGEST:
        raise ValueError(f"the answer is longer than {LONGEST // 1024} KiB")
    return content


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_this_machine(host: str) -> bool:
    return host == "localhost" or (_is_literal(host) and ip_address(host).is_loopback)
