"""A sealed template opens with what it was sealed for, and with nothing else."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import assume, given
from hypothesis import strategies as some
from numpy.typing import NDArray

from facelatchd.store import SealBroken, User, VectorRefused
from facelatchd.store.keyring import KeyRing, Purpose
from facelatchd.store.sealing import Binding, seal, unseal

from .conftest import KEY, KEYS, unit

BINDING = Binding(User("alice", 1000), "f" * 32, "7" * 32, "open", "0123456789abcdef", "usb-1:1.0")

texts = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
users = some.builds(User, some.text("ab1", min_size=1, max_size=3), some.integers(0, 20))
bindings = some.builds(Binding, users, texts, texts, texts, texts, texts, texts)
vectors = some.builds(unit, some.integers(0, 2**32), some.integers(1, 600))


@given(vectors, bindings)
def test_what_was_sealed_opens_unchanged(vector: NDArray[np.float32], binding: Binding) -> None:
    opened = unseal(KEYS, seal(KEYS, vector, binding), binding)
    assert opened.dtype == np.float32
    assert np.array_equal(opened, vector)


@given(bindings, bindings)
def test_no_other_binding_opens_it(binding: Binding, other: Binding) -> None:
    assume(binding != other)
    with pytest.raises(SealBroken, match="does not open"):
        unseal(KEYS, seal(KEYS, unit(1, 4), binding), other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"pack": "ab", "space": "c"}, {"pack": "a", "space": "bc"}),
        ({"user": User("alice1", 1)}, {"user": User("alice", 11)}),
        ({"camera": "x", "space": ""}, {"camera": "", "space": "x"}),
        ({"camera": "x", "infrared": ""}, {"camera": "", "infrared": "x"}),
    ],
)
def test_text_shifted_from_one_field_to_the_next_does_not_open(
    one: dict[str, object], other: dict[str, object]
) -> None:
    sealed = seal(KEYS, unit(1), msgspec.structs.replace(BINDING, **one))
    with pytest.raises(SealBroken, match="does not open"):
        unseal(KEYS, sealed, msgspec.structs.replace(BINDING, **other))


@given(some.data())
def test_a_flipped_bit_anywhere_in_a_sealed_template_is_noticed(data: some.DataObject) -> None:
    sealed = bytearray(seal(KEYS, data.draw(vectors), BINDING))
    bit = data.draw(some.integers(0, 8 * len(sealed) - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        unseal(KEYS, bytes(sealed), BINDING)


@given(some.data())
def test_a_template_cut_off_or_lengthened_is_noticed(data: some.DataObject) -> None:
    sealed = seal(KEYS, data.draw(vectors), BINDING)
    length = data.draw(some.integers(0, len(sealed) - 1))
    for broken in (sealed[:length], sealed + sealed[: length + 1]):
        with pytest.raises(SealBroken):
            unseal(KEYS, broken, BINDING)


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(SealBroken, match="another key"):
        unseal(KeyRing(KEY[::-1]), seal(KEYS, unit(1), BINDING), BINDING)


def test_the_same_vector_is_sealed_differently_each_time() -> None:
    assert seal(KEYS, unit(1), BINDING) != seal(KEYS, unit(1), BINDING)


def test_an_unknown_version_is_named() -> None:
    sealed = seal(KEYS, unit(1), BINDING)
    with pytest.raises(SealBroken, match="version 3, this program opens version 2"):
        unseal(KEYS, b"\3" + sealed[1:], BINDING)


def test_an_opened_vector_cannot_be_written_to() -> None:
    opened = unseal(KEYS, seal(KEYS, unit(1), BINDING), BINDING)
    with pytest.raises(ValueError, match="read-only"):
        opened[0] = 0


@pytest.mark.parametrize(
    "vector",
    [
        unit(1) * np.float32(1.01),
        np.zeros(128, np.float32),
        np.full(128, np.nan, np.float32),
        np.full(128, np.inf, np.float32),
        np.zeros(0, np.float32),
        unit(1).reshape(2, 64),
        unit(1, 4097),
    ],
    ids=["long", "zero", "nan", "inf", "empty", "matrix", "huge"],
)
def test_what_is_no_unit_vector_is_not_sealed(vector: NDArray[np.float32]) -> None:
    with pytest.raises(VectorRefused, match="expected 1"):
        seal(KEYS, vector, BINDING)


@pytest.mark.parametrize(
    ("plain", "fault"), [(np.array([1.0, 1.0], "<f4").tobytes(), r"length 1\.41"), (b"\0\0\x80\x3f\0", "5 bytes")]
)
def test_what_is_sealed_with_the_right_key_and_no_unit_vector_does_not_open(plain: bytes, fault: str) -> None:
    sealed = KEYS.seal(Purpose.TEMPLATE, plain, (*BINDING.texts(), BINDING.infrared))
    with pytest.raises(SealBroken, match=fault):
        unseal(KEYS, sealed, BINDING)


# --- the first version ------------------------------------------------------------------------------------------------


def first_version(key: bytes = KEY) -> bytes:
    """A template as the first version of the store wrote it."""
    header = b"\1\0\2"
    fields = [b"facelatch template", header, b"alice", b"1000", b"f" * 32, b"7" * 32, b"open"]
    fields += [b"0123456789abcdef", b"usb-1:1.0"]
    associated = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    return header + bytes(12) + AESGCM(key).encrypt(bytes(12), b"\0\0\x80\x3f\0\0\0\0", associated)


def test_a_template_of_the_first_version_opens_with_any_key_of_the_ring() -> None:
    for keys in (KEYS, KeyRing(KEY[::-1] + KEY)):
        assert unseal(keys, first_version(), BINDING).tolist() == [1.0, 0.0]
    with pytest.raises(SealBroken, match="another key"):
        unseal(KeyRing(KEY[::-1]), first_version(), BINDING)


def test_a_template_of_the_first_version_belongs_to_no_infrared_camera() -> None:
    with pytest.raises(SealBroken, match="does not open"):
        unseal(KEYS, first_version(), msgspec.structs.replace(BINDING, infrared="usb-2:1.0"))


@given(some.data())
def test_a_template_of_the_first_version_that_was_altered_is_noticed(data: some.DataObject) -> None:
    sealed = bytearray(first_version())
    bit = data.draw(some.integers(0, 8 * len(sealed) - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    for broken in (bytes(sealed), first_version()[: bit // 8], first_version() + b"\0"):
        with pytest.raises(SealBroken):
            unseal(KEYS, broken, BINDING)


# --- the form on disk -------------------------------------------------------------------------------------------------


def test_the_form_on_disk_is_what_earlier_copies_of_this_version_wrote() -> None:
    derived = HKDF(SHA256(), 32, None, b"facelatch template").derive(KEY)
    head = b"\2" + HKDF(SHA256(), 4, None, b"facelatch fingerprint").derive(KEY)
    fields = [b"facelatch template", head, b"alice", b"1000", b"f" * 32, b"7" * 32, b"open"]
    fields += [b"0123456789abcdef", b"usb-1:1.0", b"usb-2:1.0"]
    associated = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    binding = msgspec.structs.replace(BINDING, infrared="usb-2:1.0")
    plain = b"\0\0\x80\x3f\0\0\0\0"
    written = head + bytes(12) + AESGCM(derived).encrypt(bytes(12), plain, associated)
    assert unseal(KEYS, written, binding).tolist() == [1.0, 0.0]
    sealed = seal(KEYS, np.array([1.0, 0.0], np.float32), binding)
    assert sealed[:5] == head
    assert AESGCM(derived).decrypt(sealed[5:17], sealed[17:], associated) == plain
