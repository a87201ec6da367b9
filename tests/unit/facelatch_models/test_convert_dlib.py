"""dlib's network becomes an ONNX file that answers as dlib does; what is no such network is refused in words."""

from __future__ import annotations

import hashlib
import importlib.util
import math
import re
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from numpy.typing import NDArray

from facelatch_models.build import read_recipe
from facelatch_models.convert import Conversion, ConvertError, convert, dlibfile
from facelatch_models.convert.dlib import convert_dlib
from facelatch_models.convert.dlibfile import MEAN, SIDE
from facelatch_models.pack import Role

PACKAGE = "face_recognition_models"
WEIGHTS = "models/dlib_face_recognition_resnet_model_v1.dat"

CLOSE = 5e-6
"""Between dlib and ONNX Runtime, which add in another order: 3e-7 was seen on faces, 2e-6 on noise."""

Numbers = NDArray[np.float32]


def run(network: bytes, planes: Numbers) -> Numbers:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"input": planes})[0], np.float32)


def planes_of(chip: NDArray[np.uint8]) -> Numbers:
    """What a chip, red first, is fed as."""
    values = (chip.astype(np.float32) - np.array(MEAN, np.float32)) / 256
    return np.ascontiguousarray(values.transpose(2, 0, 1)[np.newaxis])


# --- a small network as dlib would write it ---------------------------------------------------------------------------


def whole(value: int) -> bytes:
    digits = abs(value).to_bytes(max(1, (abs(value).bit_length() + 7) // 8), "little")
    return bytes([len(digits) | (0x80 if value < 0 else 0)]) + digits


def fraction(value: float) -> bytes:
    mantissa, exponent = math.frexp(value)
    return whole(int(mantissa * 2**24)) + whole(exponent - 24)


def name(text: str) -> bytes:
    return whole(len(text)) + text.encode("latin-1")


def lengths(*values: int) -> bytes:
    return b"".join(map(whole, (*values, *(1,) * (4 - len(values)))))


def tensor(values: Numbers) -> bytes:
    return whole(2) + lengths(values.size) + values.astype("<f4").tobytes()


def shape(*values: int) -> bytes:
    return whole(1) + lengths(*values)


RATES = fraction(1) * 3 + whole(0) * 2
NOTHING = (whole(2) + lengths(0, 0, 0, 0)) * 3
ASIDE = b"110" + NOTHING
RANDOM = np.random.default_rng(5)


def drawn(*size: int) -> Numbers:
    return RANDOM.normal(0, 0.4, size).astype(np.float32)


def convolution(filters: Numbers, biases: Numbers, step: int, margin: int) -> bytes:
    window = b"".join(map(whole, (len(filters), *filters.shape[2:], step, step, margin, margin)))
    both = np.concatenate((filters.ravel(), biases))
    return name("con_4") + tensor(both) + window + shape(*filters.shape) + shape(1, len(filters)) + RATES


def affine(factors: Numbers, offsets: Numbers) -> bytes:
    part = shape(1, len(factors))
    return name("affine_") + tensor(np.concatenate((factors, offsets))) + part + part + whole(0)


def pool(kind: str, side: int, step: int) -> bytes:
    return name(f"{kind}_pool_2") + b"".join(map(whole, (side, side, step, step, 0, 0)))


def full(matrix: Numbers) -> bytes:
    inputs, outputs = matrix.shape
    empty = whole(1) + lengths(0, 0, 0, 0)
    return (
        name("fc_2")
        + whole(outputs)
        + whole(inputs)
        + tensor(matrix)
        + shape(inputs, outputs)
        + empty
        + whole(1)
        + RATES
    )


RELU, ADD = name("relu_"), name("add_prev_")
KEEP: tuple[bytes, ...] = (b"",)
"""A mark holds nothing but its version."""

C1, B1, F1, O1 = drawn(4, 3, 7, 7), drawn(4), drawn(4), drawn(4)
C2, B2, F2, O2 = drawn(4, 4, 3, 3), drawn(4), drawn(4), drawn(4)
C3, B3, F3, O3 = drawn(4, 4, 3, 3), drawn(4), drawn(4), drawn(4)
C4, B4, F4, O4 = drawn(6, 4, 3, 3), drawn(6), drawn(6), drawn(6)
C5, B5, F5, O5 = drawn(6, 6, 3, 3), drawn(6), drawn(6), drawn(6)
MATRIX = drawn(6, 2)

STEM = [convolution(C1, B1, 7, 0), affine(F1, O1), RELU, pool("max", 3, 2)]
PLAIN = [*KEEP, convolution(C2, B2, 1, 1), affine(F2, O2), RELU, convolution(C3, B3, 1, 1), affine(F3, O3), ADD, RELU]
HALVED = [convolution(C4, B4, 2, 0), affine(F4, O4), RELU, convolution(C5, B5, 1, 1), affine(F5, O5)]
HALVING = [*KEEP, *HALVED, *KEEP, *KEEP, pool("avg", 2, 2), ADD, RELU]
HEAD = [pool("avg", 0, 1), full(MATRIX)]


def written(
    steps: list[bytes], loss: str = "loss_metric_2", mean: tuple[float, ...] = MEAN, side: int = SIDE, samples: int = 1
) -> bytes:
    """Return the file of a network: the versions of the wrappers from the outside in, then the layers' contents."""
    versions = [1 if step == b"" else 2 for step in steps]
    versions[0] = 3
    head = whole(1) + name(loss) + fraction(0.04) + fraction(0.6) + b"".join(map(whole, reversed(versions)))
    head += name("input_rgb_image_sized") + b"".join(map(fraction, mean)) + whole(side) * 2
    contents = [step + ASIDE if step else b"" for step in steps]
    contents[0] += whole(samples)
    return head + b"".join(contents)


SMALL = written([*STEM, *PLAIN, *HALVING, *HEAD])


def filtered(planes: Numbers, filters: Numbers, biases: Numbers, step: int, margin: int) -> NDArray[Any]:
    wide = np.pad(planes, ((0, 0), (margin, margin), (margin, margin)))
    windows = np.lib.stride_tricks.sliding_window_view(wide, filters.shape[2:], (1, 2))[:, ::step, ::step]
    return np.einsum("iyxab,oiab->oyx", windows, filters) + biases[:, None, None]


def scaled(planes: NDArray[Any], factors: Numbers, offsets: Numbers) -> NDArray[Any]:
    return planes * factors[:, None, None] + offsets[:, None, None]


def windows_of(planes: NDArray[Any], side: int) -> NDArray[Any]:
    return np.lib.stride_tricks.sliding_window_view(planes, (side, side), (1, 2))[:, ::2, ::2]


def worked_out(planes: Numbers) -> NDArray[Any]:
    """What the small network makes of a picture, layer by layer."""
    flow = np.maximum(scaled(filtered(planes, C1, B1, 7, 0), F1, O1), 0)
    flow = windows_of(flow, 3).max((3, 4))
    way = np.maximum(scaled(filtered(flow, C2, B2, 1, 1), F2, O2), 0)
    flow = np.maximum(flow + scaled(filtered(way, C3, B3, 1, 1), F3, O3), 0)
    assert flow.shape == (4, 10, 10)
    way = np.maximum(scaled(filtered(flow, C4, B4, 2, 0), F4, O4), 0)
    way = scaled(filtered(way, C5, B5, 1, 1), F5, O5)
    short = windows_of(flow, 2).mean((3, 4))
    assert (way.shape, short.shape) == ((6, 4, 4), (4, 5, 5))
    flow = np.maximum(np.pad(way, ((0, 0), (0, 1), (0, 1))) + np.pad(short, ((0, 2), (0, 0), (0, 0))), 0)
    return np.asarray(flow.mean((1, 2)) @ MATRIX)


def test_a_small_network_computes_what_its_layers_say_for_any_number_of_pictures() -> None:
    chips = np.random.default_rng(1).integers(0, 256, (3, SIDE, SIDE, 3), np.uint8)
    planes = np.concatenate(list(map(planes_of, chips)))
    found = run(convert(Conversion.DLIB, [SMALL]), planes)
    np.testing.assert_allclose(found, np.stack(list(map(worked_out, planes))), rtol=1e-4, atol=1e-5)


def cut(steps: list[bytes], place: int, *others: bytes) -> bytes:
    """Return a network with one step taken out and others put in its place."""
    return written([*steps[:place], *others, *steps[place + 1 :]])


WHOLE = [*STEM, *PLAIN, *HALVING, *HEAD]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "at byte 0: expected 1 bytes from 0 on, but the file ends at 0"),
        (b"PK\x03\x04 an archive", "at byte 0: the version of the loss: expected a whole number of 1 to 8 bytes"),
        (SMALL[:100], "the file ends at 100"),
        (SMALL[:-1], f"the file ends at {len(SMALL) - 1}"),
        (SMALL + b"!", f"at byte {len(SMALL)}: 1 bytes follow the last layer"),
        (written(WHOLE, loss="loss_mmod_"), "expected loss_metric_2, found 'loss_mmod_'"),
        (written(WHOLE, mean=(127.5, 127.5, 127.5)), "found 150x150 less (127.5, 127.5, 127.5)"),
        (written(WHOLE, side=96), "found 96x96 less"),
        (written(WHOLE, samples=2), "expected one picture made of one"),
        (written([*STEM, *KEEP * 3, *HEAD]), "found 3 marks in a row"),
        (written([STEM[0], *[b""] * 2000]), "at most 1024 layers"),
        (cut(WHOLE, 2, name("prelu_")), "found 'prelu_'"),
        (cut(WHOLE, 2, name("x" * 65)), "the length of a name: expected 1 to 64, found 65"),
        (cut(WHOLE, 2, name("\x1b[2J\xff")), "found '\\x1b[2J\\\\xff'"),
        (cut(WHOLE, 1), "expected filters, and behind them their factors and offsets"),
        (cut(WHOLE, 0), "expected filters, and behind them their factors and offsets"),
        (cut(WHOLE, 1, affine(F5, O5)), "filters of (4, 3, 7, 7) with 6 factors do not fit"),
        (cut(WHOLE, 5, convolution(C5, B5, 1, 1)), "filters of (6, 6, 3, 3) with 4 factors do not fit"),
        (cut(WHOLE, 3, pool("max", 22, 1)), "at a map of (4, 21, 21): a window of (22, 22) does not fit"),
        (cut(WHOLE, 3, pool("max", 0, 1)), "the maximum of a whole map is not known"),
        (cut(WHOLE, 3, pool("max", 3, 0)), "cannot be moved"),
        (cut(WHOLE, 3, name("max_pool_2") + whole(3) * 2 + whole(2) * 2 + whole(1) * 2), "a pool without margins"),
        (cut(WHOLE, 0, convolution(C1, B1, 7, 7)), "margins of (7, 7) cannot be moved"),
        (cut(WHOLE, 0, convolution(C1 * np.nan, B1, 7, 0)), "a weight is not a finite number"),
        (written([convolution(C1 * 100, B1, 7, 0), affine(F1 * 1e38, O1), *HEAD]), "a weight becomes too large"),
        (cut(WHOLE, 1, affine(F1, O1)[:-2] + whole(1)), "found those of single numbers"),
        (
            cut(WHOLE, 0, convolution(C1, B1[:3], 7, 0)),
            "expected 592 weights for (4, 3, 7, 7), (1, 4, 1, 1), found 591",
        ),
        (written([*STEM, *HEAD[:1]]), "ends without a vector"),
        (written([*STEM, *KEEP, HEAD[0], full(MATRIX[:4])]), "ends without a vector, or within a block"),
        (written([*STEM, ADD, *HEAD]), "expected the beginning of one block, found 0"),
        (written([*STEM, *HEAD[1:]]), "a matrix of (6, 2) does not fit"),
        (written([*WHOLE, RELU]), "a layer follows the vector"),
    ],
)
def test_what_is_not_as_expected_is_refused_in_words(content: bytes, says: str) -> None:
    with pytest.raises(ConvertError, match=re.escape(says)):
        convert_dlib(content)


@pytest.mark.parametrize(
    "claim",
    [
        lengths(2**24, 2**24, 2**24, 2**24),
        lengths(2**26, 1, 1, 1),
        lengths(2**62, 1, 1, 1),
        lengths(0, 2**62, 1, 1),
        b"\x08" + b"\xff" * 8 + lengths(1, 1, 1)[:6],
        b"\x0f" + b"\xff" * 15,
    ],
)
def test_a_count_beyond_the_file_is_refused_before_memory_is_asked_for(claim: bytes) -> None:
    content = cut(WHOLE, 0, name("con_4") + whole(2) + claim)
    tracemalloc.start()
    with pytest.raises(ConvertError, match=r"at byte \d+: (a length|expected \d+ bytes)"):
        convert_dlib(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def test_a_file_that_is_far_too_large_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dlibfile, "LARGEST_FILE", len(SMALL) - 1)
    with pytest.raises(ConvertError, match=rf"has {len(SMALL)} bytes, at most {len(SMALL) - 1}"):
        convert_dlib(SMALL)


@settings(max_examples=300, deadline=None)
@given(end=some.integers(0, len(SMALL) - 1))
def test_a_file_that_was_cut_off_is_refused_wherever_it_ends(end: int) -> None:
    with pytest.raises(ConvertError, match=r"the file ends at \d+$"):
        convert_dlib(SMALL[:end])


PLACES = [place for place in range(len(SMALL)) if SMALL[place : place + 4].count(0) > 1 or place < 400]


@settings(max_examples=500, deadline=None)
@given(data=some.data())
def test_no_change_of_a_file_makes_the_reader_fall(data: some.DataObject) -> None:
    place = data.draw(some.sampled_from(PLACES) | some.integers(0, len(SMALL) - 1))
    removed = data.draw(some.integers(0, 9))
    try:
        convert_dlib(SMALL[:place] + data.draw(some.binary(max_size=9)) + SMALL[place + removed :])
    except ConvertError:
        return


@settings(max_examples=200, deadline=None)
@given(steps=some.lists(some.sampled_from([*STEM, *PLAIN, *HALVING, *HEAD]), min_size=1, max_size=12))
def test_no_order_of_layers_makes_the_builder_fall(steps: list[bytes]) -> None:
    try:
        convert_dlib(written([STEM[0], *steps]))
    except ConvertError:
        return


# --- the network itself -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def weights() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        pytest.skip(f"the Python package {PACKAGE} is not installed (extra classic)")
    return Path(spec.submodule_search_locations[0], WEIGHTS)


@pytest.fixture(scope="module")
def network(weights: Path) -> bytes:
    return convert(Conversion.DLIB, [weights.read_bytes()])


@pytest.fixture(scope="module")
def reference(weights: Path) -> Any:
    """The network in dlib's own hands."""
    if importlib.util.find_spec("dlib") is None:
        pytest.skip("dlib is not installed (pip install dlib-bin)")
    import dlib

    return dlib.face_recognition_model_v1(str(weights))


def apart(network: bytes, reference: Any, chip: NDArray[np.uint8]) -> float:
    """Return the largest difference of two numbers of a chip's vectors, which are about 1.4 long."""
    return float(np.abs(run(network, planes_of(chip))[0] - np.array(reference.compute_face_descriptor(chip))).max())


def test_the_network_answers_as_dlib_does_on_noise_and_on_plain_chips(network: bytes, reference: Any) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (4, SIDE, SIDE, 3), np.uint8)
    plain = [np.full((SIDE, SIDE, 3), value, np.uint8) for value in (0, 122, 255)]
    assert max(apart(network, reference, chip) for chip in (*noise, *plain)) < CLOSE


@pytest.mark.real
def test_the_network_answers_as_dlib_does_on_faces(network: bytes, reference: Any, shared: Path) -> None:
    pictures = [cv2.imread(str(path)) for path in sorted((shared / "data/lfw/train").glob("*/*_0001.jpg"))[:240:10]]
    assert len(pictures) == 24
    for picture in pictures:
        chip = np.ascontiguousarray(picture[50:200, 50:200, ::-1])
        assert apart(network, reference, chip) < CLOSE


def test_the_network_s_bytes_stay_or_everybody_would_have_to_enrol_anew(network: bytes) -> None:
    """The templates' space is named after these bytes; a converter that changes them costs every user an enrolment."""
    assert hashlib.sha256(network).hexdigest() == "ea344801431060fb7d46f90f21a024af9ced90f60ba01c30ee250066450e35c8"


def test_the_recipe_feeds_the_network_as_its_file_says() -> None:
    (part,) = (part for part in read_recipe("classic").part if part.role is Role.EMBEDDER)
    assert (part.input.order, part.input.width, part.input.height) == ("rgb", SIDE, SIDE)
    assert part.input.mean == MEAN
    assert part.input.scale == (1 / 256,) * 3


def test_half_a_file_is_refused_by_the_byte_where_it_ends(weights: Path) -> None:
    content = weights.read_bytes()
    with pytest.raises(ConvertError, match=rf"the file ends at {len(content) // 2}$"):
        convert_dlib(content[: len(content) // 2])


def test_another_of_dlib_s_files_is_refused_by_its_first_word(weights: Path) -> None:
    other = weights.with_name("mmod_human_face_detector.dat").read_bytes()
    with pytest.raises(ConvertError, match="expected loss_metric_2, found 'loss_mmod_'"):
        convert_dlib(other)
    assert struct.unpack("<2B", other[:2]) == (1, 1)
