"""An OpenID Connect provider in a process of its own, for tests: it checks what it is sent by the standard,
and says what it is told to say, true or not. It also answers at the addresses of a GitHub server.

    python -m mxc.testing.provider       prints its address; POST /will {…} says how it is to behave
"""

import asyncio
import base64
import hashlib
import json
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID: Final = "mxc"
CLIENT_SECRET: Final = "the provider's own secret & more"  # noqa: S105 (it guards nothing)
ADA: Final = {"sub": "ada-1", "email": "ada@example.org", "email_verified": True, "name": "Ada"}


@dataclass(slots=True)
class Will:
    """How it behaves: `claims` of its ID tokens (None leaves one out), who it lets in, what it breaks."""

    claims: dict[str, Any] = field(default_factory=lambda: dict(ADA))
    userinfo: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, str] = field(default_factory=dict)
    foreign_key: bool = False
    unsigned: bool = False
    new_key: bool = False
    emails: list[dict[str, Any]] = field(default_factory=list)
    asks: bool = False


@dataclass(slots=True)
class ProviderServer:
    """`codes` are good once: each keeps what was asked at the authorization endpoint."""

    issuer: str = ""
    will: Will = field(default_factory=Will)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)

    def application(self) -> web.Application:
        """Its routes."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/.well-known/openid-configuration", self.discovery),
                web.get("/keys", self.keys),
                web.get("/authorize", self.authorize),
                web.post("/authorize", self.consent),
                web.post("/token", self.exchange),
                web.get("/userinfo", self.userinfo),
                web.get("/login/oauth/authorize", self.authorize),
                web.post("/login/oauth/access_token", self.exchange_for_github),
                web.get("/api/v3/user", self.github_user),
                web.get("/api/v3/user/emails", self.github_emails),
                web.post("/will", self.be_told),
            ]
        )
        return app

    async def be_told(self, request: web.Request) -> web.Response:
        self.will = Will(**await request.json())
        if self.will.new_key:
            self.key = RSAKey.generate_key(2048)
        return web.json_response({})

    async def discovery(self, request: web.Request) -> web.Response:
        at = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "keys",
            "userinfo_endpoint": "userinfo",
        }
        document = {name: f"{self.issuer}/{path}" for name, path in at.items()}
        return web.json_response({"issuer": self.issuer, **document})

    async def keys(self, request: web.Request) -> web.Response:
        self.key.ensure_kid()
        return web.json_response({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        expected = {"response_type": "code", "client_id": CLIENT_ID, "code_challenge_method": "S256"}
        wrong = [name for name, value in expected.items() if asked.get(name) != value]
        if wrong or not asked.get("state") or not asked.get("code_challenge"):
            return web.Response(status=400, text=f"wrong: {wrong}")
        if self.will.asks:
            page = '<form method="post"><button>I am Ada</button></form>'
            return web.Response(text=page, content_type="text/html")
        return self._sent_back(asked)

    async def consent(self, request: web.Request) -> web.Response:
        return self._sent_back(dict(request.query))

    def _sent_back(self, asked: dict[str, str]) -> web.Response:
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], **self.will.answer}
        return web.HTTPFound(f"{asked['redirect_uri']}?{urlencode(answer)}")

    async def exchange(self, request: web.Request) -> web.Response:
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        name, _, secret = base64.b64decode(credentials).decode().partition(":")
        if scheme != "Basic" or (unquote(name), unquote(secret)) != (CLIENT_ID, CLIENT_SECRET):
            return web.json_response({"error": "invalid_client"}, status=401)
        return await self._exchanged(dict(await request.post()))

    async def exchange_for_github(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return web.json_response({"error": "incorrect_client_credentials"})
        return await self._exchanged(form)

    async def _exchanged(self, form: dict[str, Any]) -> web.Response:
        asked = self.codes.pop(str(form.get("code")), None)
        digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge:
            return web.json_response({"error": "invalid_grant"}, status=400)
        if form.get("redirect_uri") != asked["redirect_uri"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        token = secrets.token_urlsafe(16)
        self.tokens.add(token)
        answer = {"access_token": token, "token_type": "Bearer"}
        if "openid" in asked["scope"]:
            answer["id_token"] = self._id_token(asked)
        return web.json_response(answer)

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 60, "nonce": asked["nonce"]}
        claims = {k: v for k, v in {**usual, **self.will.claims}.items() if v is not None}
        if self.will.unsigned:
            parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        key = RSAKey.generate_key(2048) if self.will.foreign_key else self.key
        self.key.ensure_kid()
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, key)

    async def userinfo(self, request: web.Request) -> web.Response:
        if not self._is_ours(request):
            return web.Response(status=401)
        return web.json_response({"sub": self.will.claims["sub"], **self.will.userinfo})

    async def github_user(self, request: web.Request) -> web.Response:
        if not self._is_ours(request):
            return web.Response(status=401)
        return web.json_response({"id": 583231, "login": "ada", "name": "Ada"})

    async def github_emails(self, request: web.Request) -> web.Response:
        if not self._is_ours(request):
            return web.Response(status=401)
        return web.json_response(self.will.emails)

    def _is_ours(self, request: web.Request) -> bool:
        return request.headers.get("Authorization", "").removeprefix("Bearer ") in self.tokens


@dataclass(frozen=True, slots=True)
class RunningProvider:
    """A provider in a process of its own."""

    issuer: str

    def be(self, **will: Any) -> None:
        """Says how it is to behave; what is not said is as usual. `claims` add to Ada's."""
        will["claims"] = {**ADA, **will.get("claims", {})}
        content = json.dumps(will).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.issuer}/will", content, headers)
        urllib.request.urlopen(request).close()


@contextmanager
def running_provider() -> Iterator[RunningProvider]:
    """One on a free port of this machine."""
    command = [sys.executable, "-m", "mxc.testing.provider"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield RunningProvider(process.stdout.readline().strip())
        finally:
            process.terminate()


async def _serve() -> None:
    server = ProviderServer()
    runner = web.AppRunner(server.application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.issuer = f"http://{host}:{port}"
    sys.stdout.write(server.issuer + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
