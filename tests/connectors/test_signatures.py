"""Signing and verifying as Standard Webhooks says."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.signatures import is_signed, is_timely, keys_of, sign

SHARED = Path(__file__).resolve().parents[3] / "shared"
VECTORS = SHARED / "contracts" / "other" / "signature_and_id_vectors.json"

OLD, NEW = keys_of("an old secret") + keys_of("a new secret")


@pytest.mark.skipif(not VECTORS.exists(), reason="the folder of contracts is not here")
def test_the_reference_librarys_signature_is_ours() -> None:
    """A vector that agrees with the standardwebhooks library."""
    vectors: list[dict[str, Any]] = json.loads(VECTORS.read_text())["vectors"]
    vector = next(v for v in vectors if v["vendor"] == "standard-webhooks")
    delivery, timestamp, body = vector["webhook-id"], vector["webhook-timestamp"], vector["body"].encode()
    keys = keys_of(vector["secret"])

    assert sign(keys[0], delivery, timestamp, body) == vector["expected"]
    assert is_signed(keys, delivery, timestamp, body, vector["expected"])


@given(body=st.binary(), delivery=st.text("abc_123", min_size=1), at=st.integers(0, 10**10))
def test_what_is_signed_is_verified_and_nothing_else(body: bytes, delivery: str, at: int) -> None:
    """Body, id and time are each under the signature."""
    signature = sign(NEW, delivery, str(at), body)

    assert is_signed([NEW], delivery, str(at), body, signature)
    assert not is_signed([NEW], delivery, str(at), body + b" ", signature)
    assert not is_signed([NEW], delivery + "x", str(at), body, signature)
    assert not is_signed([NEW], delivery, str(at + 1), body, signature)
    assert not is_signed([OLD], delivery, str(at), body, signature)


def test_any_of_several_signatures_passes() -> None:
    """A sender that rotates its key signs with both; schemes that are not ours are passed over."""
    entries = [sign(OLD, "m", "1", b"{}"), "v1a,AAAA", "nonsense", sign(NEW, "m", "1", b"{}")]

    assert is_signed([NEW], "m", "1", b"{}", " ".join(entries))
    assert not is_signed([NEW], "m", "1", b"{}", " ".join(entries[:3]))


def test_any_of_several_secrets_passes() -> None:
    """A receiver that rotates its key takes both for a while."""
    secrets = [f"whsec_{base64.b64encode(bytes([n]) * 24).decode()}" for n in (1, 2)]
    keys = keys_of(" ".join(secrets))

    assert keys == (bytes([1]) * 24, bytes([2]) * 24)
    assert all(is_signed(keys, "m", "1", b"", sign(key, "m", "1", b"")) for key in keys)


def test_a_plain_text_is_a_secret_as_it_stands() -> None:
    """Not every sender makes its secrets as the specification says."""
    assert keys_of("correct horse battery staple") == (b"correct horse battery staple",)


def test_a_bare_base64_key_is_tried_both_ways() -> None:
    """The reference libraries decode it, `whsec_` or not."""
    bare = base64.b64encode(bytes(24)).decode()

    assert keys_of(bare) == (bare.encode(), bytes(24))


@pytest.mark.parametrize("secret", ["whsec_", "whsec_?half a secret?", "whsec_AAA"])
def test_a_broken_secret_is_told_without_showing_it(secret: str) -> None:
    """What is behind the prefix may be most of a good secret."""
    with pytest.raises(ValueError, match="base64") as caught:
        keys_of(secret)

    hidden = secret.removeprefix("whsec_")
    assert not hidden or hidden not in str(caught.value)


@pytest.mark.parametrize(
    ("timestamp", "timely"),
    [("1000", True), ("700", True), ("699", False), ("1300", True), ("1301", False)]
    + [(text, False) for text in ("", "1e3", "-1", "nan", "１０００", "1000.0", "9" * 400)],
)
def test_a_signature_is_good_for_five_minutes_either_way(timestamp: str, timely: bool) -> None:
    """Older is a replay; a clock may also be ahead."""
    assert is_timely(timestamp, now=1000, tolerance=300) is timely
