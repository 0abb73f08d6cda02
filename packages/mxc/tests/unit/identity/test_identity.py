"""Tokens, session cookies, attempts and passwords by themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxc.server.domains.identity.attempts import MOST, WINDOW_S, Attempts, TooManyAttempts
from mxc.server.domains.identity.password import hashed, is_password
from mxc.server.domains.identity.token import digest_of, kept_of, mint, tenant_of


@given(st.uuids())
def test_a_token_says_its_tenant_and_shows_little_of_itself(tenant: object) -> None:
    minted = mint(tenant)  # type: ignore[arg-type]
    assert tenant_of(minted.text) == tenant
    assert minted.digest == digest_of(minted.text)
    assert minted.text.startswith(minted.prefix) and len(minted.text) - len(minted.prefix) > 30


@given(st.text())
def test_any_text_is_a_token_or_none(text: str) -> None:
    tenant_of(text)
    tenant_of(f"mxc_{text}")
    digest_of(text)


@given(st.text(), st.text())
def test_what_is_kept_of_a_secret_needs_the_installations_own(secret: str, pepper: str) -> None:
    kept = kept_of(pepper, secret)
    assert kept == kept_of(pepper, secret) and len(kept) == 64
    assert kept != kept_of(pepper + "x", secret)


def test_attempts_are_slowed_for_a_minute_and_forgotten_on_success() -> None:
    attempts = Attempts()
    for second in range(MOST):
        attempts.check(float(second), "a")
        attempts.failed(float(second), "a")
    with pytest.raises(TooManyAttempts) as refused:
        attempts.check(float(MOST), "b", "a")
    assert refused.value.details["retry_after_s"] == WINDOW_S - MOST + 1
    attempts.check(WINDOW_S, "a")
    attempts.check(float(MOST), "b")
    attempts.failed(float(MOST), "a")
    attempts.succeeded("a")
    attempts.check(float(MOST), "a")


async def test_a_password_is_only_its_own() -> None:
    kept = await hashed("right")
    assert kept.startswith("$argon2id$")
    assert await is_password("right", kept)
    assert not await is_password("wrong", kept)
    assert not await is_password("right", None)
    assert not await is_password("x" * 2000, kept)
