"""The minted token says what the principal may read, and for how long."""

from __future__ import annotations

from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from records.access import Reader, Role
from records.opensearch.token import LIFETIME_SECONDS, NOBODY, TokenMint
from tests.factories import principal


@pytest.fixture
def key(tmp_path: Path) -> tuple[ECKey, TokenMint]:
    made = ECKey.generate_key("P-256")
    path = tmp_path / "key.pem"
    path.write_bytes(made.as_pem(private=True))
    return made, TokenMint(path)


def claims(key: tuple[ECKey, TokenMint], token: str) -> dict[str, object]:
    return jwt.decode(token, key[0], algorithms=["ES256"]).claims


def test_token_opens_one_tenant_for_less_than_half_a_minute(key: tuple[ECKey, TokenMint]) -> None:
    found = claims(key, key[1].mint(principal("erbach", "bauamt")))
    assert found["roles"] == ["tenant_erbach", "partner"]
    assert found["o"] == ["erbach"]
    assert found["n"] == found["iat"]
    assert int(str(found["exp"])) - int(str(found["iat"])) == LIFETIME_SECONDS <= 30
    assert found["r"] == found["s"] == [Reader("erbach", "bauamt").short_id]
    assert found["a"] == found["t"] == [Reader("erbach", "alle").short_id]
    assert found["m"] == [False]


def test_acting_software_is_the_second_party(key: tuple[ECKey, TokenMint]) -> None:
    manager = principal("erbach", "bauamt", roles=(Role.RECORDS_MANAGER,), software=())
    found = claims(key, key[1].mint(manager))
    assert found["s"] == [NOBODY]
    assert found["m"] == [False], "software does not inherit what a records manager sees"


def test_five_hundred_groups_fit_into_a_header(key: tuple[ECKey, TokenMint]) -> None:
    many = principal("erbach", *(f"{'gruppe' * 9}-{n}" for n in range(499)))
    assert len(key[1].mint(many)) < 30_000
