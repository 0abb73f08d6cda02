"""Signing in by a provider that runs in a process of its own, and says what tests want it to say."""

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from sqlalchemy import text

from mxc.server.domains.identity.federation.federation import Federation, key_of
from mxc.server.domains.identity.federation.outside import Outside
from mxc.server.domains.identity.federation.provider import Provider
from mxc.server.domains.identity.issue import new_user
from mxc.server.domains.identity.membership import Membership, Role
from mxc.server.domains.identity.organisations import found_tenant
from mxc.server.domains.identity.sign_in import Doorkeeper
from mxc.server.domains.identity.sign_in_provider import ProviderKind, SignInProvider
from mxc.server.domains.identity.user import User
from mxc.server.domains.tenants.tenant import Plan
from mxc.server.hosting.core import Core
from mxc.server.hosting.identity import Visitor
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Conflict, Forbidden, MxcError, NotFound, Unauthenticated, Unavailable
from mxc.testing.provider import CLIENT_ID, CLIENT_SECRET, RunningProvider, running_provider
from mxc.testing.served import PASSWORD, SECRET, SYSTEM, Served

HERE = Visitor("here")
BASE = "https://mxc.example.org"
ADA = "ada@example.org"


@pytest.fixture(scope="module")
def process() -> Iterator[RunningProvider]:
    with running_provider() as running:
        yield running


@pytest.fixture
def provider(process: RunningProvider) -> RunningProvider:
    process.be()
    return process


@dataclass
class Browser:
    """What a browser does between us and a provider."""

    core: Core
    door: Doorkeeper
    key: str = "oidc"
    departures: list[Any] = field(default_factory=list)

    async def answer(self, session: str = "") -> dict[str, str]:
        """What the provider has the browser bring back."""
        departure = await self.door.set_out(self.core, self.key, BASE, "/rules", session)
        self.departures.append(departure)
        async with httpx.AsyncClient() as http:
            sent = await http.get(departure.url)
        assert sent.status_code == 302, sent.text
        return dict(parse_qsl(urlsplit(sent.headers["location"]).query))

    async def come_back(self, answer: dict[str, str], session: str = "", cookie: str = "") -> Any:
        cookie = cookie or self.departures[-1].cookie
        return await self.door.come_back(self.core, self.key, BASE, cookie, session, answer, HERE)

    async def sign_in(self, session: str = "") -> Any:
        return await self.come_back(await self.answer(session), session)

    async def actor(self, session: str) -> Actor | None:
        return await self.door.actor_from_cookie(self.core, session)


@pytest.fixture
def installed(provider: RunningProvider) -> Provider:
    return Provider("oidc", "Example", ProviderKind.OIDC, provider.issuer, CLIENT_ID, CLIENT_SECRET)


@pytest.fixture
async def browser(core: Core, installed: Provider) -> AsyncIterator[Browser]:
    door = Doorkeeper(SECRET, federation=Federation(SECRET, [installed], is_inside_allowed=True))
    yield Browser(core, door)


async def refusals(core: Core) -> list[dict[str, Any]]:
    async with core.store.session(SYSTEM.tenant_id) as session:
        query = "select args from audit where action = 'sign_in_refused' order by at"
        return list((await session.execute(text(query))).scalars())


async def test_a_verified_address_lets_in_who_was_invited_and_is_kept_as_an_identity(
    browser: Browser, provider: RunningProvider
) -> None:
    await new_user(browser.core, SYSTEM, ADA, PASSWORD, Role.OPERATOR)
    back = await browser.sign_in()
    assert back.target == "/rules"
    actor = await browser.actor(back.session)
    assert actor is not None and (actor.name, actor.role) == (ADA, "operator")
    provider.be(claims={"email": "renamed@example.org"})
    again = await browser.sign_in()
    assert (await browser.actor(again.session)) == actor, "known by its subject, whatever the address is now"


async def test_an_answer_is_good_once_for_the_browser_that_set_out(browser: Browser) -> None:
    await new_user(browser.core, SYSTEM, ADA, PASSWORD, Role.OPERATOR)
    first, second = await browser.answer(), await browser.answer()
    mine, other = browser.departures
    crossed = [(first, other.cookie), (second, mine.cookie), (first, ""), (first, "forged")]
    crossed += [(first | {"state": state}, mine.cookie) for state in ("", "é")]
    for answer, cookie in crossed:
        with pytest.raises(Unauthenticated, match="proves nothing"):
            await browser.door.come_back(browser.core, "oidc", BASE, cookie, "", answer, HERE)
    assert await browser.come_back(first, cookie=mine.cookie)
    with pytest.raises(Unauthenticated, match="invalid_grant"):
        await browser.come_back(first, cookie=mine.cookie)
    with pytest.raises(Unauthenticated, match="invalid_grant"):
        await browser.come_back(second | {"code": "stolen"}, cookie=other.cookie)
    assert len(await refusals(browser.core)) == 8


@pytest.mark.parametrize(
    ("will", "words"),
    [
        ({"claims": {"nonce": "another"}}, "nonce"),
        ({"claims": {"nonce": None}}, "nonce"),
        ({"claims": {"aud": "somebody else"}}, "aud"),
        ({"claims": {"aud": ["mxc", "another"]}}, "for whom"),
        ({"claims": {"azp": "another"}}, "another party"),
        ({"claims": {"iss": "https://accounts.google.com"}}, "iss"),
        ({"claims": {"exp": 1_000_000_000}}, "exp"),
        ({"claims": {"exp": None}}, "exp"),
        ({"claims": {"iat": int(time.time()) + 3600}}, "future"),
        ({"claims": {"sub": ""}}, "sub"),
        ({"foreign_key": True}, "[Ss]ignature"),
        ({"unsigned": True}, "none|lgorithm"),
        ({"answer": {"iss": "https://evil.example"}}, "another provider"),
        ({"answer": {"error": "access_denied"}}, "access_denied"),
    ],
)
async def test_what_does_not_prove_who_came_lets_nobody_in(
    browser: Browser, provider: RunningProvider, will: dict[str, Any], words: str
) -> None:
    await new_user(browser.core, SYSTEM, ADA, PASSWORD, Role.OPERATOR)
    provider.be(**will)
    with pytest.raises(Unauthenticated, match=words):
        await browser.sign_in()
    [refused] = await refusals(browser.core)
    assert refused["address"] == "here"


async def test_a_key_that_is_new_is_looked_for(browser: Browser, provider: RunningProvider) -> None:
    await new_user(browser.core, SYSTEM, ADA, PASSWORD, Role.OPERATOR)
    assert (await browser.sign_in()).session
    provider.be(new_key=True)
    assert (await browser.sign_in()).session


async def test_an_errand_is_over_after_ten_minutes(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    await new_user(browser.core, SYSTEM, ADA, PASSWORD, Role.OPERATOR)
    answer = await browser.answer()
    real = browser.core.clock.unix
    monkeypatch.setattr(type(browser.core.clock), "unix", lambda self: real() + 601)
    with pytest.raises(Unauthenticated, match="ten minutes"):
        await browser.come_back(answer)


@pytest.mark.parametrize("verified", [False, None, "yes"])
async def test_an_address_that_was_not_verified_links_nothing(
    browser: Browser, provider: RunningProvider, verified: Any
) -> None:
    await new_user(browser.core, SYSTEM, ADA, PASSWORD, Role.OPERATOR)
    provider.be(claims={"email_verified": verified})
    with pytest.raises(Forbidden, match="not verified"):
        await browser.sign_in()
    assert (await refusals(browser.core))[0]["reason"] == "email-unverified"


async def test_the_address_may_be_told_by_userinfo(browser: Browser, provider: RunningProvider) -> None:
    await new_user(browser.core, SYSTEM, ADA, PASSWORD, Role.OPERATOR)
    provider.be(claims={"email": None}, userinfo={"email": ADA, "email_verified": True})
    assert (await browser.sign_in()).session
    provider.be(claims={"email": None, "sub": "2"}, userinfo={"email": ADA, "sub": "another"})
    with pytest.raises(Unauthenticated, match="somebody else"):
        await browser.sign_in()


async def test_newcomers_are_let_in_only_with_a_role_and_from_a_domain(
    browser: Browser, installed: Provider
) -> None:
    with pytest.raises(Forbidden, match="nobody here"):
        await browser.sign_in()

    def only(**settings: Any) -> Browser:
        door = Doorkeeper(SECRET, federation=Federation(SECRET, [replace(installed, **settings)]))
        return Browser(browser.core, door)

    with pytest.raises(Forbidden, match="may not speak"):
        await only(newcomers=Role.VIEWER, domains=("example.com",)).sign_in()
    back = await only(newcomers=Role.VIEWER, domains=("example.org",)).sign_in()
    actor = await browser.actor(back.session)
    assert actor is not None and (actor.name, actor.role) == (ADA, "viewer")


async def test_who_waits_inside_with_somebodys_address_is_put_out(browser: Browser) -> None:
    """Somebody registers with Ada's address and a password; then Ada comes with proof that it is hers."""
    await new_user(browser.core, SYSTEM, ADA, PASSWORD, Role.OWNER)
    waiting = await browser.door.sign_in(browser.core, ADA, PASSWORD, HERE)
    assert (await browser.sign_in()).session
    assert await browser.actor(waiting) is None
    with pytest.raises(Unauthenticated):
        await browser.door.sign_in(browser.core, ADA, PASSWORD, HERE)


async def test_linking_needs_the_person_who_began_it_and_takes_nobody_elses_account(
    browser: Browser, provider: RunningProvider
) -> None:
    core, door = browser.core, browser.door
    for email in ("ada@work.example", "bob@work.example"):
        await new_user(core, SYSTEM, email, PASSWORD, Role.OPERATOR)
    ada = await door.sign_in(core, "ada@work.example", PASSWORD, HERE)
    bob = await door.sign_in(core, "bob@work.example", PASSWORD, HERE)
    answer = await browser.answer(ada)
    for wrong in ("", bob):
        with pytest.raises(Unauthenticated):
            await browser.come_back(answer, wrong)
        answer = await browser.answer(ada)
    assert (await browser.come_back(answer, ada)).session == "", "linked; the session stays as it is"
    actor = await browser.actor((await browser.sign_in()).session)
    assert actor is not None and actor.name == "ada@work.example"
    with pytest.raises(Conflict, match="somebody else"):
        await browser.sign_in(bob)


async def github(core: Core, issuer: str) -> Browser:
    known = Provider("github", "GitHub", ProviderKind.GITHUB, issuer, CLIENT_ID, CLIENT_SECRET)
    return Browser(core, Doorkeeper(SECRET, federation=Federation(SECRET, [known])), "github")


@pytest.mark.parametrize("is_verified", [True, False])
async def test_github_vouches_with_a_verified_primary_address(
    core: Core, provider: RunningProvider, is_verified: bool
) -> None:
    await new_user(core, SYSTEM, ADA, PASSWORD, Role.OPERATOR)
    other = {"email": ADA, "primary": False, "verified": True}
    provider.be(emails=[other, {"email": ADA, "primary": True, "verified": is_verified}])
    browser = await github(core, provider.issuer)
    if not is_verified:
        with pytest.raises(Forbidden, match="not verified"):
            await browser.sign_in()
        return
    actor = await browser.actor((await browser.sign_in()).session)
    assert actor is not None and actor.name == ADA


@dataclass
class Organisation:
    actor: Actor
    browser: Browser
    row: SignInProvider


@pytest.fixture
async def organisation(browser: Browser, provider: RunningProvider) -> Organisation:
    """Another organisation, whose owners had their own provider vouch for its people."""
    tenant = await found_tenant(browser.core, SYSTEM, "Elsewhere", "", Plan.PRO)
    owner = Actor("user", str(tenant.id), "owner@elsewhere.example", tenant.id, "owner")
    row = await browser.core.perform(
        owner, SignInProvider.create, name="Elsewhere", kind="oidc", issuer=provider.issuer,
        client_id=CLIENT_ID, client_secret=CLIENT_SECRET, role_for_newcomers="operator",
    )  # fmt: skip
    return Organisation(owner, Browser(browser.core, browser.door, key_of(row)), row)


async def test_an_organisations_provider_opens_that_organisation_alone(
    browser: Browser, organisation: Organisation
) -> None:
    core, there = browser.core, organisation.browser
    await new_user(core, SYSTEM, ADA, PASSWORD, Role.OWNER)
    offers = await browser.door.offered(core, "elsewhere")
    assert [each.label for each in offers] == ["Example", "Elsewhere"]
    assert [each.label for each in await browser.door.offered(core, "")] == ["Example"]
    session = (await there.sign_in()).session
    actor = await browser.actor(session)
    assert actor is not None and (actor.tenant_id, actor.role) == (organisation.actor.tenant_id, "operator")
    with pytest.raises(NotFound):
        await browser.door.move(core, session, SYSTEM.tenant_id)
    with pytest.raises(Forbidden, match="opens the organisation"):
        await browser.answer(session)
    assert await browser.door.sign_in(core, ADA, PASSWORD, HERE), "her password is hers"


async def test_an_organisations_provider_never_speaks_for_who_runs_the_installation(
    browser: Browser, organisation: Organisation
) -> None:
    core = browser.core
    user = await new_user(core, SYSTEM, ADA, PASSWORD, Role.OWNER)
    await core.perform(SYSTEM, User.make_super_admin, user.user_id, is_super_admin=True)
    with pytest.raises(Forbidden, match="runs the installation"):
        await organisation.browser.sign_in()
    joined = await core.select(Actor.system(organisation.actor.tenant_id), Membership)
    assert joined == []


async def test_an_organisations_provider_is_closed_when_it_or_its_organisation_is(
    browser: Browser, organisation: Organisation
) -> None:
    core, owner = browser.core, organisation.actor
    answer = await organisation.browser.answer()
    await core.perform(owner, SignInProvider.update, organisation.row.id, enabled=False)
    with pytest.raises(NotFound):
        await organisation.browser.come_back(answer)
    with pytest.raises(NotFound):
        await organisation.browser.answer()
    for key in (
        "nonsense",
        "google",
        str(SYSTEM.tenant_id),
        f"{SYSTEM.tenant_id.hex}.{organisation.row.id.hex}",
    ):
        with pytest.raises(NotFound):
            await browser.door.set_out(core, key, BASE, "/")


async def test_only_owners_decide_about_providers(served: Served) -> None:
    body = {"name": "Corp", "kind": "oidc", "issuer": "https://id.example.org", "client_id": "mxc",
            "client_secret": "very secret", "email_domains": ["example.org"]}  # fmt: skip
    assert (await served.http.post("/sign-in-providers", json=body)).status_code == 403
    owner = await served.token_of(Role.OWNER)
    made = await served.call("POST", "/sign-in-providers", json=body, headers=owner)
    assert "very secret" not in str(made)
    for wrong, place in (({"kind": "google"}, "issuer"), ({"issuer": None}, "issuer"),
                         ({"kind": "github", "issuer": None, "email_domains": [],
                           "role_for_newcomers": "viewer"}, "email_domains"),
                         ({"role_for_newcomers": "owner"}, "role_for_newcomers")):  # fmt: skip
        answer = await served.http.post(
            "/sign-in-providers", json=body | {"name": "Another"} | wrong, headers=owner
        )
        assert answer.status_code == 422 and place in answer.json()["error"], answer.text
    path = f"/sign-in-providers/{made['id']}"
    answer = await served.http.patch(path, json={"issuer": "https://evil.example"}, headers=owner)
    assert answer.status_code == 422
    async with served.core.store.session(SYSTEM.tenant_id) as session:
        found = list((await session.execute(text("select audit::text from audit"))).scalars())
        found += (
            await session.execute(text("select sign_in_providers::text from sign_in_providers"))
        ).scalars()
    assert not any("very secret" in row for row in found)


@pytest.mark.parametrize(
    "url",
    ["http://id.example.org/", "https://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/", "file:///etc/passwd",
     "https://169.254.169.254/latest", "http://localhost/", "https://localhost:1/", "https://0.0.0.0/"],
)  # fmt: skip
async def test_no_address_leads_inside_the_network(url: str) -> None:
    with pytest.raises(Unavailable, match=r"no address|cannot be used"):
        await Outside().get(url)


async def test_what_is_published_for_another_issuer_is_not_taken(core: Core, installed: Provider) -> None:
    lying = replace(installed, issuer=installed.issuer.replace("127.0.0.1", "localhost"))
    door = Doorkeeper(SECRET, federation=Federation(SECRET, [lying]))
    with pytest.raises(MxcError, match="another issuer"):
        await door.set_out(core, "oidc", BASE, "/")
