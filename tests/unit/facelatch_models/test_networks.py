"""Loading a pack's networks: what does not fit is named, nothing is guessed."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from onnx import TensorProto, helper

from facelatch_models import runtime
from facelatch_models.detect import YuNet
from facelatch_models.networks import load_networks
from facelatch_models.pack import InputSpec, Kind, Pack, PackDamaged, Role
from facelatch_models.runtime import Network, NetworkFailed, planes
from tests.unit.facelatch_models.real import (
    FACE_MESH,
    MINIFASNET,
    RETAIL_0095,
    YUNET,
    YUNET_640,
    changed,
    constant_network,
    pack_of,
)
from tests.unit.facelatch_models.samples import POINTS

DETECTOR = ("detector.onnx", Role.DETECTOR, Kind.YUNET, InputSpec(width=64, height=64), 0.5, 0)
EMBEDDER = ("embedder.onnx", Role.EMBEDDER, Kind.VECTOR, InputSpec(width=32, height=32, points=POINTS), 0.5, 4)


def yunet_answers(size: int = 64) -> dict[str, np.ndarray]:
    """Return the outputs of a YuNet that sees nothing."""
    return {
        f"{part}_{stride}": np.zeros((1, (size // stride) ** 2, columns))
        for part, columns in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10))
        for stride in (8, 16, 32)
    }


def small_pack(folder: Path, **changes: np.ndarray) -> Pack:
    """Return a pack of made-up networks; `changes` replaces outputs of the detector."""
    constant_network(folder / "detector.onnx", 64, **{**yunet_answers(), **changes})
    constant_network(folder / "embedder.onnx", 32, vector=np.array([[3.0, 0, 4, 0]]))
    constant_network(folder / "liveness.onnx", 32, logits=np.array([[0.0, 1, 0]]))
    return pack_of(
        folder,
        DETECTOR,
        EMBEDDER,
        ("liveness.onnx", Role.LIVENESS, Kind.MINIFASNET, InputSpec(width=32, height=32, enlarge=2.0), 0.5, 0),
    )


def replaced(pack: Pack, name: str, content: bytes) -> Pack:
    """Return the pack with another file of the same name, and a manifest that agrees with it."""
    (pack.folder / name).write_bytes(content)
    role = next(part.role for part in pack.manifest.file if part.name == name)
    return changed(pack, role, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def test_onnx_runtime_is_told_to_report_to_nobody_before_it_is_loaded() -> None:
    code = (
        "import os, sys\n"
        "class Watch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'onnxruntime':\n"
        "            print(os.environ.get('ORT_DISABLE_TELEMETRY'))\n"
        "sys.meta_path.insert(0, Watch())\n"
        "import facelatch_models.runtime\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


def test_onnx_runtime_is_imported_in_one_place() -> None:
    models = Path(runtime.__file__).parent
    files = [*models.rglob("*.py"), *models.parents[1].glob("daemon/**/*.py")]
    pattern = re.compile(r"^\s*(import|from) onnxruntime\b", re.MULTILINE)
    assert [file for file in files if pattern.search(file.read_text("utf-8"))] == [models / "runtime.py"]


@pytest.mark.real
def test_the_open_networks_load_and_find_and_embed(shared_models: Path) -> None:
    networks = load_networks(pack_of(shared_models, YUNET, RETAIL_0095, MINIFASNET), threads=1)
    assert networks.embedder.dimension == 256
    assert networks.liveness is not None
    assert networks.detector.detect(np.full((120, 160, 3), 90, np.uint8)) == []


def test_a_pack_without_liveness_has_none(tmp_path: Path) -> None:
    pack = small_pack(tmp_path)
    assert load_networks(pack_of(tmp_path, DETECTOR, EMBEDDER)).liveness is None
    assert load_networks(pack).liveness is not None


def test_a_pack_of_half_precision_is_fed_what_it_wants(tmp_path: Path) -> None:
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("ReduceMean", ["input"], ["mean"], axes=[2, 3], keepdims=0)],
        "half",
        [value("input", TensorProto.FLOAT16, [1, 3, 4, 4])],
        [value("mean", TensorProto.FLOAT16, [1, 3])],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), tmp_path / "h.onnx")
    network = Network((tmp_path / "h.onnx").read_bytes(), "h.onnx", threads=1)
    answer = network.run(np.full((1, 3, 4, 4), 0.25, np.float32))["mean"]
    assert answer.dtype == np.float32
    assert answer.tolist() == [[0.25, 0.25, 0.25]]


@pytest.mark.real
def test_a_pack_with_a_network_of_the_eyes_has_one(shared_models: Path) -> None:
    assert load_networks(pack_of(shared_models, YUNET, RETAIL_0095), threads=1).eyes is None
    eyes = load_networks(pack_of(shared_models, YUNET, RETAIL_0095, FACE_MESH), threads=1).eyes
    assert eyes is not None
    assert eyes.threshold == 0.043


@pytest.mark.parametrize("name", ["detector.onnx", "embedder.onnx", "liveness.onnx"])
@pytest.mark.parametrize("content", [b"", b"no network", bytes(1000)])
def test_a_file_that_is_no_network_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    pack = replaced(small_pack(tmp_path), name, content)
    with pytest.raises(PackDamaged, match=name):
        load_networks(pack)


def test_a_network_whose_bytes_were_changed_is_never_loaded(tmp_path: Path) -> None:
    pack = small_pack(tmp_path)
    content = (tmp_path / "embedder.onnx").read_bytes()
    (tmp_path / "embedder.onnx").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(PackDamaged, match=r"embedder\.onnx: SHA-256"):
        load_networks(pack)


def test_a_detector_without_all_its_outputs_is_refused(tmp_path: Path) -> None:
    pack = small_pack(tmp_path)
    answers = yunet_answers()
    del answers["kps_16"]
    content = constant_network(tmp_path / "other.onnx", 64, **answers).read_bytes()
    with pytest.raises(PackDamaged, match=r"detector\.onnx: is no YuNet, it lacks kps_16"):
        load_networks(replaced(pack, "detector.onnx", content))


def test_a_detector_whose_outputs_have_other_sizes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackDamaged, match="cls_8"):
        load_networks(small_pack(tmp_path, cls_8=np.zeros((1, 65, 1))))


def test_a_detector_that_cannot_take_the_size_in_the_pack_is_refused(tmp_path: Path) -> None:
    pack = changed(small_pack(tmp_path), Role.DETECTOR, input=InputSpec(width=96, height=96))
    with pytest.raises(PackDamaged, match="96x96"):
        load_networks(pack)


def test_an_embedder_of_another_dimension_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackDamaged, match=r"embedder\.onnx: makes vectors of 4 numbers, pack\.toml says 5"):
        load_networks(changed(small_pack(tmp_path), Role.EMBEDDER, dimension=5))


def test_a_liveness_network_without_three_classes_is_refused(tmp_path: Path) -> None:
    pack = small_pack(tmp_path)
    content = constant_network(tmp_path / "other.onnx", 32, logits=np.zeros((1, 2))).read_bytes()
    with pytest.raises(PackDamaged, match=r"liveness\.onnx: is no MiniFASNet"):
        load_networks(replaced(pack, "liveness.onnx", content))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_network_that_answers_no_number_is_refused_when_loaded(tmp_path: Path, value: float) -> None:
    pack = small_pack(tmp_path)
    content = constant_network(tmp_path / "other.onnx", 32, vector=np.array([[1, value, 0, 0]])).read_bytes()
    with pytest.raises(PackDamaged, match=r"embedder\.onnx: output vector is not finite"):
        load_networks(replaced(pack, "embedder.onnx", content))


def test_a_network_whose_weights_lie_in_another_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_pack(tmp_path)
    model = onnx.load(tmp_path / "embedder.onnx")
    weights = onnx.numpy_helper.from_array(np.ones((1, 500), np.float32), "weights")
    model.graph.initializer.append(weights)
    onnx.save(model, tmp_path / "split.onnx", save_as_external_data=True, location="weights.bin", size_threshold=10)
    monkeypatch.chdir(tmp_path)  # where ONNX Runtime would find it
    content = (tmp_path / "split.onnx").read_bytes()
    longer = content.replace(b"\x0a\x08location", b"\x0a\x88\x00location")  # the same length, written longer
    assert longer != content
    for network in (content, longer):
        with pytest.raises(PackDamaged, match=r"split\.onnx: keeps its weights in another file"):
            Network(network, "split.onnx", threads=1)


@pytest.mark.parametrize("name", ["allocation", "location/3", "a.location", "locations"])
def test_a_word_that_only_holds_location_names_no_other_file(tmp_path: Path, name: str) -> None:
    content = constant_network(tmp_path / "a.onnx", 32, **{name: np.zeros((1, 4))}).read_bytes()
    assert Network(content, "a.onnx", threads=1).outputs == (name,)


def test_a_loaded_network_does_not_keep_the_bytes_of_its_file(tmp_path: Path) -> None:
    content = constant_network(tmp_path / "a.onnx", 32, vector=np.zeros((1, 4))).read_bytes()
    held = sys.getrefcount(content)
    network = Network(content, "a.onnx", threads=1)
    assert sys.getrefcount(content) == held
    assert network.run(np.zeros((1, 3, 32, 32), np.float32))["vector"].tolist() == [[0, 0, 0, 0]]


def test_a_network_that_cannot_be_run_says_which(tmp_path: Path) -> None:
    content = constant_network(tmp_path / "a.onnx", 32, vector=np.zeros((1, 4))).read_bytes()
    network = Network(content, "a.onnx", threads=1)
    with pytest.raises(NetworkFailed, match=r"a\.onnx: cannot be run"):
        network.run(np.zeros((1, 3, 16, 16), np.float32))


def test_planes_follow_the_pack() -> None:
    picture = np.zeros((2, 2, 3), np.uint8)
    picture[..., 0], picture[..., 1], picture[..., 2] = 10, 20, 30
    spec = InputSpec(width=2, height=2, order="rgb", mean=(1.0, 2.0, 3.0), scale=(0.5, 1.0, 2.0))
    assert planes(picture, spec)[0, :, 0, 0].tolist() == [14.5, 18.0, 14.0]
    assert planes(picture, InputSpec(width=2, height=2))[0, :, 1, 1].tolist() == [10, 20, 30]


@given(
    picture=arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))),
    order=st.sampled_from(["bgr", "rgb"]),
    mean=st.tuples(*[st.sampled_from([0.0, 127.5, 104.0, 0.1])] * 3),
    scale=st.tuples(*[st.sampled_from([1.0, 1 / 255, 1 / 128, 0.017])] * 3),
    turned=st.booleans(),
)
def test_planes_are_what_the_formula_says_to_the_bit(
    picture: np.ndarray, order: str, mean: tuple[float, ...], scale: tuple[float, ...], turned: bool
) -> None:
    picture = picture[:, ::-1] if turned else picture
    spec = InputSpec(width=1, height=1, order=order, mean=mean, scale=scale)
    pixels = picture[..., ::-1] if order == "rgb" else picture
    expected = ((pixels.astype(np.float32) - np.float32(mean)) * np.float32(scale)).transpose(2, 0, 1)[np.newaxis]
    fed = planes(picture, spec)
    assert (fed.dtype, fed.flags.c_contiguous) == (np.float32, True)
    np.testing.assert_array_equal(fed, expected)


@pytest.mark.real
def test_a_detector_of_a_fixed_size_takes_pictures_of_any(shared_models: Path) -> None:
    detector = load_networks(pack_of(shared_models, YUNET_640, RETAIL_0095), threads=1).detector
    assert isinstance(detector, YuNet)
    for shape in ((1, 1), (1, 3000), (3000, 1), (31, 33), (720, 1280)):
        assert detector.detect(np.zeros((*shape, 3), np.uint8)) == []
