"""/profile: oneself: name, password, the browsers one is signed in with, one's tokens."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from nicegui import context, ui
from pydantic import BaseModel, ConfigDict, Field

from mxc.server.domains.identity.api_token import ApiToken
from mxc.server.domains.identity.own_sessions import end_own_session, own_sessions
from mxc.server.domains.identity.pages.tokens import revoke
from mxc.server.domains.identity.password import NewPassword
from mxc.server.domains.identity.people import user_by_id
from mxc.server.domains.identity.places import places_of
from mxc.server.domains.identity.user import User
from mxc.server.hosting.design.confirm import confirm
from mxc.server.hosting.design.form import ModelForm
from mxc.server.hosting.design.frame import page_head, trail_link
from mxc.server.hosting.design.inputs import model_inputs
from mxc.server.hosting.design.markup import box, button, link, text, with_attributes
from mxc.server.hosting.design.panel import fact_list, panel
from mxc.server.hosting.design.region import Region
from mxc.server.hosting.design.times import moment
from mxc.server.hosting.design.toast import toast, toast_error
from mxc.server.hosting.identity import COOKIE
from mxc.server.hosting.page import Visit, page
from mxc.server.kernel.errors import Forbidden, Invalid, MxcError
from mxc.server.kernel.resource.fields import Look, Name

LONGEST_BROWSER = 60


class Naming(BaseModel):
    """What others see beside the e-mail."""

    model_config = ConfigDict(extra="forbid")
    display_name: Name | None = Field(None, description="what others see beside your e-mail")


class PasswordChange(BaseModel):
    """The password there is, and the one there is to be."""

    model_config = ConfigDict(extra="forbid")
    current: Annotated[str, Field(min_length=1, max_length=1024), Look("password")]
    password: Annotated[NewPassword, Look("password")] = Field(description="12 characters or more")


@page("/profile", "Profile")
async def profile(visit: Visit) -> None:
    """Draws it."""
    user = await user_by_id(visit.core, UUID(visit.actor.id)) if visit.actor.kind == "user" else None
    if user is None:
        raise Forbidden("this page is for people", hint="Sign in with a browser.")
    with page_head("Profile"):
        pass
    with box("m-columns"):
        with box("m-stack"):
            with panel("You"):
                await _draw_person(visit, user)
            with panel("Signed in with", flush=True):
                await _Sessions(visit).show()
            with panel("Your tokens", flush=True, side=lambda: trail_link("New token", "/tokens/new")):
                await _Tokens(visit).show()
        with panel("Password"):
            _Password(visit)


async def _draw_person(visit: Visit, user: User) -> None:
    places = await places_of(visit.core, user.id)
    fact_list(
        {
            "E-mail": user.email,
            "Proved": lambda: moment(user.confirmed_at) if user.confirmed_at else text("not yet", "m-quiet"),
            "Organisations": ", ".join(f"{each.tenant.name} ({each.membership.role})" for each in places),
            "Installation": "you administer it" if user.is_super_admin else "",
        }
    )
    inputs = model_inputs(Naming, None, {"display_name": user.display_name})
    with box("m-form-foot"):
        form = ModelForm(Naming, inputs, on_change=_nothing)

        async def save() -> None:
            try:
                name = form.values().get("display_name")
                await visit.perform(User.rename, user.id, display_name=name)
            except Invalid as error:
                form.show(error.fields)
            except MxcError as error:
                toast_error(error)
            else:
                form.show({})
                toast("your name is kept")

        with box("m-row m-form-foot"):
            button("Save", save, "m-primary", sign="check")


async def _nothing() -> None:
    """A form that only its button reads."""


class _Password:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._form = ModelForm(PasswordChange, model_inputs(PasswordChange, None, {}), on_change=self._judge)
        self._form.element.classes("m-narrow")
        text("Every browser is signed out, this one too.", "m-hint")
        self._alert = with_attributes(text("", "m-complaint"), role="alert")
        with box("m-row m-form-foot"):
            button("Change password", self._change, "m-primary")

    async def _judge(self) -> None:
        try:
            self._form.values()
        except Invalid as error:
            self._form.show(error.fields, all_fields=False)
        else:
            self._form.show({})

    async def _change(self) -> None:
        visit = self._visit
        try:
            given = self._form.values()
            actor = await visit.present()
            await visit.core.identity.change_password(visit.core, actor, given["current"], given["password"])
        except Invalid as error:
            self._form.show(error.fields)
        except MxcError as error:
            self._alert.text = str(error)
        else:
            ui.navigate.to("/login")


class _Sessions:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._cookie = context.client.request.cookies.get(COOKIE, "")
        self._region: Region[Any] = Region(self._draw)

    async def show(self) -> None:
        """Draws those that are not over."""
        visit = self._visit
        here = await visit.core.identity.session_id(visit.core, self._cookie)
        rows = await own_sessions(visit.core, await visit.present())
        self._region.show(
            [(str(row.id), row.browser, row.address, row.seen_at, row.id == here) for row in rows]
        )

    def _draw(self, rows: Sequence[tuple[str, str, str, Any, bool]]) -> None:
        with box("m-list", tag="ul"):
            for row_id, browser, address, seen_at, is_here in rows:
                with box("m-list-item", tag="li"):
                    with box("m-grow"):
                        with_attributes(text(_browser(browser), "m-strong m-cut"), title=browser)
                        with box("m-row m-quiet m-small"):
                            text(address, tag="span")
                            moment(seen_at)
                    if is_here:
                        text("this browser", "m-quiet", tag="span")
                    else:
                        label = f"Sign out {_browser(browser)}"
                        button("Sign out", partial(self._end, UUID(row_id)), title=label)

    async def _end(self, row_id: UUID) -> None:
        visit = self._visit
        try:
            await end_own_session(visit.core, await visit.present(), row_id)
        except MxcError as error:
            toast_error(error)
        else:
            toast("signed out there")
        await self.show()


def _browser(name: str) -> str:
    """`Mozilla/5.0 (X11; Linux) … Firefox/140.0` → `Firefox on X11; Linux`, as far as it can be told."""
    _, _, rest = name.partition("(")
    system, _, _ = rest.partition(")")
    kind = next((each for each in ("Edg", "Firefox", "Chrome", "Safari") if f"{each}/" in name), "")
    words = f"{kind or name.split('/')[0] or 'a program'}{f' on {system}' if system else ''}"
    return words if len(words) <= LONGEST_BROWSER else f"{words[:LONGEST_BROWSER]}…"


class _Tokens:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._region: Region[Any] = Region(self._draw)

    async def show(self) -> None:
        """Draws one's own that still work."""
        actor = await self._visit.present()
        own = (ApiToken.user_id == UUID(actor.id), ApiToken.revoked_at.is_(None))
        rows = await self._visit.core.select(actor, ApiToken, *own, order=(ApiToken.name, ApiToken.id))
        self._region.show([(str(row.id), row.name, row.scope.value, row.last_used_at) for row in rows])

    def _draw(self, rows: Sequence[tuple[str, str, str, Any]]) -> None:
        if not rows:
            text("None. A token lets a program sign in as you.", "m-quiet m-pad")
        with box("m-list", tag="ul"):
            for row_id, name, scope, used_at in rows:
                with box("m-list-item", tag="li"):
                    with box("m-grow"):
                        link(name, f"/tokens/{row_id}", "m-strong m-cut")
                        with box("m-row m-quiet m-small"):
                            text(f"{scope}, used", tag="span")
                            moment(used_at) if used_at else text("never", tag="span")
                    revoking = partial(self._revoke, UUID(row_id), name)
                    button("Revoke", revoking, "m-danger", title=f"Revoke {name}")

    async def _revoke(self, row_id: UUID, name: str) -> None:
        said = ["What uses it is refused from now on. It cannot be brought back."]
        if not await confirm(f"Revoke {name}?", said, verb="Revoke"):
            return
        values: Mapping[str, Any] = {}
        try:
            row = await self._visit.core.get(await self._visit.present(), ApiToken, row_id)
            toast((await revoke(self._visit, row, values)).said)
        except MxcError as error:
            toast_error(error)
        await self.show()
