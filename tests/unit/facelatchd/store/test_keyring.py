"""A ring seals with its newest key and opens with any, for one purpose and one place only."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from facelatchd.store import KeyRefused, SealBroken
from facelatchd.store.keyring import KEY_BYTES, MOST_KEYS, KeyRing, Purpose

from .conftest import KEY, KEYS

OTHER = KEY[::-1]
purposes = some.sampled_from(Purpose)
bounds = some.lists(some.text(some.characters(exclude_categories=["Cs"]), max_size=4), max_size=3)


@given(some.binary(max_size=100), purposes, bounds)
def test_what_was_sealed_opens(plain: bytes, purpose: Purpose, bound: list[str]) -> None:
    assert KEYS.unseal(purpose, KEYS.seal(purpose, plain, bound), bound) == plain


@given(purposes, bounds, purposes, bounds)
def test_nothing_opens_for_another_purpose_or_in_another_place(
    purpose: Purpose, bound: list[str], other: Purpose, elsewhere: list[str]
) -> None:
    assume((purpose, bound) != (other, elsewhere))
    with pytest.raises(SealBroken, match="does not open"):
        KEYS.unseal(other, KEYS.seal(purpose, b"plain", bound), elsewhere)


@given(some.data())
def test_a_bit_that_is_flipped_is_noticed(data: some.DataObject) -> None:
    sealed = bytearray(KEYS.seal(Purpose.STANDING, b"plain", ["alice"]))
    bit = data.draw(some.integers(0, 8 * len(sealed) - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    for broken in (bytes(sealed), bytes(sealed)[: bit // 8]):
        with pytest.raises(SealBroken):
            KEYS.unseal(Purpose.STANDING, broken, ["alice"])


def test_a_ring_seals_with_its_newest_key_and_opens_with_any() -> None:
    before, after, finished = KeyRing(KEY), KeyRing(OTHER + KEY), KeyRing(OTHER)
    old = before.seal(Purpose.STANDING, b"old", [])
    new = after.seal(Purpose.STANDING, b"new", [])
    assert (after.unseal(Purpose.STANDING, old, []), finished.unseal(Purpose.STANDING, new, [])) == (b"old", b"new")
    assert (old.startswith(after.head), new.startswith(after.head)) == (False, True)
    for ring, sealed in ((before, new), (finished, old)):
        with pytest.raises(SealBroken, match="another key"):
            ring.unseal(Purpose.STANDING, sealed, [])


@pytest.mark.parametrize("size", [0, 1, KEY_BYTES - 1, KEY_BYTES + 1, (MOST_KEYS + 1) * KEY_BYTES])
def test_anything_but_one_to_four_whole_keys_is_refused(size: int) -> None:
    with pytest.raises(KeyRefused, match=f"{size} bytes"):
        KeyRing(bytes(number % 251 for number in range(size)))


def test_the_same_key_twice_is_refused() -> None:
    with pytest.raises(KeyRefused, match="twice"):
        KeyRing(KEY + OTHER + KEY)


def test_the_key_that_was_handed_over_is_zeroed_and_so_is_the_rings_at_its_end() -> None:
    handed = bytearray(KEY)
    ring = KeyRing(handed)
    own = ring._keys[0]
    assert (bytes(handed), bytes(own)) == (bytes(32), KEY)
    ring.wipe()
    assert bytes(own) == bytes(32)
    with pytest.raises(KeyRefused, match="wiped"):
        ring.seal(Purpose.INDEX, b"", [])
    with pytest.raises(KeyRefused, match="wiped"):
        ring.derived(Purpose.INDEX, b"salt")


def test_each_purpose_and_salt_has_a_key_of_its_own_and_none_is_the_rings() -> None:
    derived = {KEYS.derived(purpose, salt) for purpose in Purpose for salt in (b"1", b"2")}
    assert len(derived | {KEY}) == 2 * len(Purpose) + 1
