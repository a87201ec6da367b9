"""The authors' files become ONNX files that answer the same; what is no such file is refused in words."""

from __future__ import annotations

import hashlib
import os
import pickle
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from numpy.typing import NDArray

from facelatch_models.convert import Conversion, ConvertError, convert
from facelatch_models.convert.facemesh import convert_face_mesh
from facelatch_models.convert.graph import Graph
from facelatch_models.convert.minifasnet import BLOCK
from facelatch_models.convert.openvino import convert_openvino
from facelatch_models.convert.size import free_size
from facelatch_models.convert.torchfile import MAGIC, VERSION, read_tensors

CLOSE = 1e-4


def run(network: bytes, picture: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    return list(session.run(None, {session.get_inputs()[0].name: picture}))


def noise(height: int, width: int, seed: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(seed).integers(0, 256, (1, 3, height, width)).astype(np.float32)


def crops(shared: Path, side: int, count: int = 4) -> list[NDArray[np.float32]]:
    """Real faces in a square, one from each of a few people."""
    paths = sorted((shared / "data").rglob("*.jpg"))[:: max(1, len(list((shared / "data").rglob("*.jpg"))) // count)]
    pictures = [cv2.imread(str(path)) for path in paths[:count]]
    return [
        np.ascontiguousarray(cv2.resize(picture, (side, side)).transpose(2, 0, 1)[np.newaxis].astype(np.float32))
        for picture in pictures
        if picture is not None
    ]


# --- OpenVINO ---------------------------------------------------------------------------------------------------------


def ir(models: Path) -> tuple[bytes, bytes]:
    stem = models / "upstream" / "face-reidentification-retail-0095"
    return stem.with_suffix(".xml").read_bytes(), stem.with_suffix(".bin").read_bytes()


@pytest.mark.real
def test_the_embedder_answers_as_its_onnx_file_does_on_noise_and_on_faces(shared: Path, shared_models: Path) -> None:
    made = convert(Conversion.OPENVINO, ir(shared_models))
    reference = (shared_models / "face-reidentification-retail-0095_fp16w.onnx").read_bytes()
    pictures = [noise(128, 128), *crops(shared, 128)]
    assert len(pictures) > 2
    for picture in pictures:
        assert np.abs(run(made, picture)[0] - run(reference, picture)[0]).max() < CLOSE
    assert len(made) < 0.6 * len(reference)


@pytest.mark.real
def test_the_embedder_s_bytes_stay_or_everybody_would_have_to_enrol_anew(shared_models: Path) -> None:
    """The templates' space is named after these bytes; a converter that changes them costs every user an enrolment."""
    made = hashlib.sha256(convert(Conversion.OPENVINO, ir(shared_models))).hexdigest()
    assert made == "203ba2315d97523438c7896cf336e49c498ab2a96f8d74b5e86fae65dae30219"


NET = """<?xml version="1.0"?>
<net name="small" version="5"><layers>
<layer id="0" name="in" precision="FP32" type="Input">
 <output><port id="0"><dim>1</dim><dim>3</dim><dim>4</dim><dim>4</dim></port></output></layer>
<layer id="1" name="scale" precision="FP32" type="ScaleShift">
 <input><port id="0"><dim>1</dim><dim>3</dim><dim>4</dim><dim>4</dim></port></input>
 <output><port id="1"><dim>1</dim><dim>3</dim><dim>4</dim><dim>4</dim></port></output>
 <blobs><weights offset="0" size="12"/><biases offset="12" size="12"/></blobs></layer>
<layer id="2" name="prelu" precision="FP32" type="PReLU"><data channel_shared="0"/>
 <input><port id="0"><dim>1</dim><dim>3</dim><dim>4</dim><dim>4</dim></port></input>
 <output><port id="1"><dim>1</dim><dim>3</dim><dim>4</dim><dim>4</dim></port></output>
 <blobs><weights offset="24" size="12"/></blobs></layer>
<layer id="3" name="pool" precision="FP32" type="Pooling">
 <data exclude-pad="true" kernel="2,2" pads_begin="0,0" pads_end="0,0"
  pool-method="max" rounding_type="floor" strides="2,2"/>
 <input><port id="0"><dim>1</dim><dim>3</dim><dim>4</dim><dim>4</dim></port></input>
 <output><port id="1"><dim>1</dim><dim>3</dim><dim>2</dim><dim>2</dim></port></output></layer>
</layers><edges>
<edge from-layer="0" from-port="0" to-layer="1" to-port="0"/>
<edge from-layer="1" from-port="1" to-layer="2" to-port="0"/>
<edge from-layer="2" from-port="1" to-layer="3" to-port="0"/>
</edges></net>"""
NO_INPUTS = """<layer id="4" name="pool" precision="FP32" type="Pooling">
 <data exclude-pad="true" kernel="2,2" pads_begin="0,0" pads_end="0,0" pool-method="max" strides="2,2"/>
 <output><port id="1"><dim>1</dim><dim>3</dim><dim>2</dim><dim>2</dim></port></output></layer>"""
NUMBERS = np.array([2, 3, 4, -20, 0, 20, 0.5, 0.25, -1], "<f4").tobytes()


def test_a_small_network_computes_what_its_layers_say() -> None:
    picture = noise(4, 4) / 10
    scaled = picture * np.array([2, 3, 4]).reshape(1, 3, 1, 1) + np.array([-20, 0, 20]).reshape(1, 3, 1, 1)
    bent = np.where(scaled > 0, scaled, scaled * np.array([0.5, 0.25, -1]).reshape(1, 3, 1, 1))
    expected = bent.reshape(1, 3, 2, 2, 2, 2).max(axis=(3, 5))
    np.testing.assert_allclose(run(convert_openvino(NET.encode(), NUMBERS), picture)[0], expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('version="5"', 'version="10"', "IR version '10'"),
        ("<net ", "<nut ", "is not XML"),
        ('type="PReLU"', 'type="Softmax"', "layer 'prelu (id 2)' (Softmax): a layer of this type is not known"),
        ('offset="24"', 'offset="28"', "wants bytes 28 to 40 of 36"),
        ('offset="24"', 'offset="-4"', "layer prelu (id 2): weights: offset is '-4'"),
        ('offset="24"', f'offset="{"9" * 5000}"', "layer prelu (id 2): weights: offset is '999"),
        ('to-layer="2" to-port="0"', f'to-layer="2" to-port="{"9" * 5000}"', "from layer '1' to '2': to-port is '999"),
        ("<dim>3</dim>", f"<dim>{'9' * 5000}</dim>", "layer in (id 0): a dimension is '999"),
        ('strides="2,2"', f'strides="2,{"9" * 5000}"', "layer 'pool (id 3)' (Pooling): strides = '2,999"),
        ('strides="2,2"', 'strides="2,99999999999999999999"', "at most 65536"),
        ('<layer id="3" name="pool"', '<layer id="2" name="pool"', "layer 'pool': has the id '2', which layer 'prelu'"),
        ('<layer id="3" name="pool"', '<layer name="pool"', "layer pool (id None): its inputs have other shapes"),
        ('<edge from-layer="2" from-port="1" to-layer="3" to-port="0"/>', "", "other shapes"),
        ("<dim>2</dim><dim>2</dim>", "<dim>4</dim>", "layer pool (id 3): a port of shape (1, 3, 4)"),
        ('<?xml version="1.0"?>', '<?xml version="1.0" encoding="none"?>', "is not XML: unknown encoding"),
        ('<?xml version="1.0"?>', '<?xml version="1.0" encoding="big5"?>', "is not XML: multi-byte"),
        ('<weights offset="24" size="12"/>', '<weights offset="24" size="8"/>', "found 2 numbers"),
        ('precision="FP32" type="PReLU"', 'precision="I8" type="PReLU"', "expected precision FP16 or FP32"),
        ('from-layer="1"', 'from-layer="3"', "expected inputs from earlier layers"),
        ('from-layer="1"', 'from-layer="9"', "expected inputs from earlier layers"),
        ("<dim>2</dim><dim>2</dim>", "<dim>3</dim><dim>3</dim>", "gives (2, 2), the file says (3, 3)"),
        ('strides="2,2"', 'strides="0,0"', "at least 1"),
        ('strides="2,2"', 'strides="two"', "expected two whole numbers"),
        ('pool-method="max"', 'pool-method="median"', "'median' is not known"),
        ('rounding_type="floor"', 'rounding_type="ceil"', "rounding_type floor"),
        ("<dim>3</dim>", "<dim>99999999999</dim>", "lengths of 1 to 65536"),
        ('<?xml version="1.0"?>', '<!DOCTYPE net [<!ENTITY a "aaaa">]>', "document type"),
        ('type="Input"', 'type="ScaleShift"', "comes before the input"),
    ],
)
def test_an_ir_that_is_not_as_expected_is_refused_in_words(old: str, new: str, says: str) -> None:
    assert old in NET
    with pytest.raises(ConvertError, match=re.escape(says)):
        convert_openvino(NET.replace(old, new).encode(), NUMBERS)


def test_a_layer_without_inputs_is_refused_in_words() -> None:
    with pytest.raises(ConvertError, match=re.escape("layer 'pool (id 4)' (Pooling): expected inputs: 1, found 0")):
        convert_openvino(NET.replace("</layers>", NO_INPUTS + "</layers>").encode(), NUMBERS)


def test_a_weight_that_is_no_number_is_refused() -> None:
    with pytest.raises(ConvertError, match="not a finite number"):
        convert_openvino(NET.encode(), np.array([np.nan] * 9, "<f4").tobytes())


@settings(max_examples=150, deadline=None)
@given(position=some.integers(0, len(NET) - 1), text=some.binary(max_size=3))
def test_no_change_of_an_ir_makes_the_reader_fall(position: int, text: bytes) -> None:
    xml = NET.encode()
    try:
        convert_openvino(xml[:position] + text + xml[position + 1 :], NUMBERS)
    except ConvertError:
        return


# --- PyTorch ----------------------------------------------------------------------------------------------------------


@pytest.mark.real
@pytest.mark.parametrize("name", ["2.7_80x80_MiniFASNetV2", "4_0_0_80x80_MiniFASNetV1SE"])
def test_the_liveness_networks_answer_as_their_onnx_files_do(shared: Path, shared_models: Path, name: str) -> None:
    made = convert(Conversion.MINIFASNET, [(shared_models / "upstream" / f"{name}.pth").read_bytes()])
    reference = (shared_models / f"{name}.onnx").read_bytes()
    for picture in [noise(80, 80), *crops(shared, 80)]:
        assert np.abs(run(made, picture)[0] - run(reference, picture)[0]).max() < CLOSE
    assert len(made) < len(reference)


@pytest.mark.real
@pytest.mark.parametrize("name", ["2.7_80x80_MiniFASNetV2", "4_0_0_80x80_MiniFASNetV1SE"])
def test_a_liveness_network_is_made_of_whole_blocks_and_of_operators_that_are_fast(
    shared_models: Path, name: str
) -> None:
    graph = onnx.load_from_string(
        convert(Conversion.MINIFASNET, [(shared_models / "upstream" / f"{name}.pth").read_bytes()])
    ).graph
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    kernels = [shapes[node.input[1]] for node in graph.node if node.op_type == "Conv" and node.input[1] in shapes]
    assert len(kernels) > 40
    assert all(kernel[0] % BLOCK == 0 for kernel in kernels)
    assert not [node for node in graph.node if node.op_type == "PRelu"]


def legacy_file(tensors: dict[str, NDArray[np.float32]], last: bytes = b"") -> bytes:
    """Write what `torch.save` wrote before 1.6, operation by operation."""
    body = b"\x80\x02ccollections\nOrderedDict\n)R("
    numbers = b""
    for index, (name, values) in enumerate(tensors.items()):
        steps = tuple(step // 4 for step in values.strides)
        storage = b"((X\x07\x00\x00\x00storagectorch\nFloatStorage\n" + text(str(index)) + text("cpu")
        storage += integer(values.size) + b"NtQ"
        shape = b"(" + b"".join(map(integer, values.shape)) + b"t(" + b"".join(map(integer, steps)) + b"t"
        body += text(name) + b"ctorch._utils\n_rebuild_tensor_v2\n" + storage + integer(0) + shape
        body += b"\x89ccollections\nOrderedDict\n)RtR"
        numbers += struct.pack("<q", values.size) + values.astype("<f4").tobytes()
    keys = pickle.dumps([str(index) for index in range(len(tensors))], 2)
    system = {"protocol_version": VERSION, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    head = pickle.dumps(MAGIC, 2) + pickle.dumps(VERSION, 2) + pickle.dumps(system, 2)
    return head + body + b"u" + last + b"." + keys + numbers


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def integer(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


SMALL = {"one": np.arange(6, dtype=np.float32).reshape(2, 3), "two": np.full((1,), 7, np.float32)}


def test_tensors_come_out_as_they_were_put_in() -> None:
    found = read_tensors(legacy_file(SMALL))
    assert found.keys() == SMALL.keys()
    for name, values in SMALL.items():
        np.testing.assert_array_equal(found[name], values)


def shell(command: str) -> bytes:
    return b"cposix\nsystem\n(" + text(command) + b"tR0"


@pytest.mark.parametrize(
    "program",
    [
        lambda mark: shell(f"touch {mark}"),
        lambda mark: b"c__builtin__\neval\n(" + text(f"open({str(mark)!r}, 'w')") + b"tR0",
        lambda mark: b"(" + text(f"touch {mark}") + b"iposix\nsystem\n0",
        lambda mark: text("posix") + text("system") + b"\x93(" + text(f"touch {mark}") + b"tR0",
        lambda mark: b"ccollections\nOrderedDict\n(" + text(f"touch {mark}") + b"tR0",
        lambda mark: b"cnumpy\nload\n(" + text(str(mark)) + b"tR0",
        lambda mark: b"\x82\x010",
    ],
)
def test_a_file_that_wants_to_run_something_is_refused_and_runs_nothing(
    tmp_path: Path, program: Callable[[Path], bytes]
) -> None:
    mark = tmp_path / "ran"
    with pytest.raises(ConvertError, match="no state dictionary needs"):
        read_tensors(legacy_file(SMALL, last=program(mark)))
    assert not mark.exists()


def test_what_python_s_own_pickle_would_run_is_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (os.system, (f"touch {mark}",))

    for content in (pickle.dumps(Trap(), protocol) for protocol in range(2, 6)):
        with pytest.raises(ConvertError):
            read_tensors(content)
    assert not mark.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 a file of PyTorch 1.6",
        pickle.dumps(MAGIC, 2),
        pickle.dumps(7, 2),
        b"\x80\x02X\xff\xff\xff\xff",
    ],
)
def test_what_is_no_such_file_is_refused(content: bytes) -> None:
    with pytest.raises(ConvertError):
        read_tensors(content)


@pytest.mark.parametrize("values", [np.zeros((2, 2), np.float32)])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (integer(2) + b"t(", integer(3) + b"t("),  # more rows than there are
        (b"NtQ" + integer(0), b"NtQ" + integer(1)),  # begins too late
        (b"NtQ" + integer(0), b"NtQ" + integer(-1)),
        (b"t(" + integer(2), b"t(" + integer(-2)),
        (integer(4) + b"NtQ", integer(5) + b"NtQ"),  # says another size than the storage
        (b"NtQ" + integer(0), b"NtQ" + text("0")),
    ],
)
def test_a_tensor_that_reaches_beyond_its_numbers_is_refused(
    values: NDArray[np.float32], old: bytes, new: bytes
) -> None:
    content = legacy_file({"one": values})
    assert old in content
    with pytest.raises(ConvertError):
        read_tensors(content.replace(old, new, 1))


def test_a_file_that_ends_early_or_goes_on_is_refused() -> None:
    with pytest.raises(ConvertError, match="ends within storage"):
        read_tensors(legacy_file(SMALL)[:-1])
    with pytest.raises(ConvertError, match="goes on"):
        read_tensors(legacy_file(SMALL) + b"!")


@pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")
@settings(max_examples=300, deadline=None)
@given(position=some.integers(0, 700), value=some.binary(max_size=4))
def test_no_change_of_a_torch_file_makes_the_reader_fall(position: int, value: bytes) -> None:
    content = legacy_file(SMALL)
    try:
        read_tensors(content[:position] + value + content[position + 1 :])
    except ConvertError:
        return


def test_a_state_dictionary_of_another_network_is_refused_by_the_weight_it_lacks() -> None:
    with pytest.raises(ConvertError, match=r"is no MiniFASNet: expected conv1\.conv\.weight"):
        convert(Conversion.MINIFASNET, [legacy_file(SMALL)])


@pytest.mark.real
def test_a_liveness_network_with_a_weight_too_many_is_refused(
    shared_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tensors = read_tensors((shared_models / "upstream" / "2.7_80x80_MiniFASNetV2.pth").read_bytes())
    tensors["module.extra.weight"] = np.zeros(1, np.float32)
    monkeypatch.setattr("facelatch_models.convert.minifasnet.read_tensors", lambda content: tensors)
    with pytest.raises(ConvertError, match=r"1 unknown weights, first extra\.weight"):
        convert(Conversion.MINIFASNET, [b""])


# --- the face mesh ----------------------------------------------------------------------------------------------------


@pytest.mark.real
def test_the_face_mesh_answers_as_its_file_of_half_precision_does(shared: Path, shared_models: Path) -> None:
    file = (shared_models / "mediapipe_face_landmarks_478_256_fp16.onnx").read_bytes()
    made = convert(Conversion.FACE_MESH, [file])
    pictures = [picture / 255 for picture in (noise(256, 256), *crops(shared, 256))]
    assert len(pictures) > 2
    for picture in pictures:
        (mesh,) = run(made, picture)
        assert mesh.shape == (1, 1434)
        assert np.abs(mesh.ravel() - run(file, picture.astype(np.float16))[0].ravel()).max() < 0.25  # pixels
    assert len(made) < len(file)
    assert made == convert(Conversion.FACE_MESH, [file])


floats, half = onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16


def small_mesh(*, pads: list[int] | None = None, operator: str = "PRelu", slopes: str = "slopes") -> bytes:
    """Write a mesh of 4 channels, bent, made wider and added up, and one chance of a face."""
    node = onnx.helper.make_node
    generator = np.random.default_rng(4)
    weights = {
        "kernel": generator.normal(0, 0.1, (4, 3, 64, 64)),
        "bias": generator.normal(0, 1, 4),
        "slopes": np.array([0.5, 0.0, -2.0, 3.0]).reshape(1, 4, 1, 1),
        "wide": generator.normal(0, 1, (6, 4, 1, 1)),
        "mesh": generator.normal(0, 1, (1434, 6, 4, 4)),
        "chance": generator.normal(0, 1, (1, 6, 4, 4)),
    }
    constants = [onnx.numpy_helper.from_array(values.astype(np.float16), name) for name, values in weights.items()]
    constants.append(onnx.numpy_helper.from_array(np.array([1, 1, 1, 1434], np.int64), "shape"))
    constants.append(onnx.numpy_helper.from_array(np.array(pads or [0, 0, 0, 0, 0, 2, 0, 0], np.int64), "room"))
    nodes = [
        node("Conv", ["in", "kernel", "bias"], ["first"], strides=[64, 64]),
        node(operator, ["first", slopes][: 2 if operator == "PRelu" else 1], ["bent"]),
        node("Conv", ["bent", "wide"], ["wider"]),
        node("Pad", ["bent", "room"], ["padded"]),
        node("Add", ["wider", "padded"], ["sum"]),
        node("Conv", ["sum", "mesh"], ["points"]),
        node("Reshape", ["points", "shape"], ["row"]),
        node("Conv", ["sum", "chance"], ["likely"]),
        node("Sigmoid", ["likely"], ["face"]),
    ]
    graph = onnx.helper.make_graph(
        nodes,
        "mesh",
        [onnx.helper.make_tensor_value_info("in", half, [1, 3, 256, 256])],
        [
            onnx.helper.make_tensor_value_info("row", half, [1, 1, 1, 1434]),
            onnx.helper.make_tensor_value_info("face", half, [1, 1, 1, 1]),
        ],
        constants,
    )
    return bytes(
        onnx.helper.make_model(
            graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=7
        ).SerializeToString()
    )


def test_a_small_mesh_answers_as_its_file_does_and_tells_nothing_else() -> None:
    picture = noise(256, 256) / 255
    (mesh,) = run(convert_face_mesh(small_mesh()), picture)
    expected = run(small_mesh(), picture.astype(np.float16))[0].ravel()
    np.testing.assert_allclose(mesh.ravel(), expected, rtol=2e-3, atol=0.2)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"no network", "not an ONNX file"),
        (small_mesh(operator="Elu"), "it has the operator Elu"),
        (small_mesh(pads=[0, 0, 0, 0, 0, 0, 1, 1]), "pads something else than channels"),
        (small_mesh(pads=[0, 2, 0, 0, 0, 0, 0, 0]), "pads something else than channels"),
        (small_mesh(slopes="first"), "first is no constant"),
        (small_mesh(pads=[0, 0, 0, 0, 0, 3, 0, 0]), "do not fit together"),
    ],
)
def test_what_is_no_face_mesh_is_refused_in_words(content: bytes, says: str) -> None:
    with pytest.raises(ConvertError, match=says):
        convert_face_mesh(content)


@pytest.mark.real
def test_another_network_is_no_face_mesh(shared_models: Path) -> None:
    with pytest.raises(ConvertError, match="expected one output of 1434 numbers"):
        convert(Conversion.FACE_MESH, [(shared_models / "2.7_80x80_MiniFASNetV2.onnx").read_bytes()])


@settings(deadline=None, max_examples=30)
@given(
    slopes=some.lists(some.floats(-6, 20, width=32), min_size=1, max_size=20),
    seed=some.integers(0, 1000),
)
def test_prelu_bends_every_channel_by_its_own_slope(slopes: list[float], seed: int) -> None:
    factors = np.array(slopes, np.float32)
    graph = Graph("bent", 5, 4)
    eye = np.random.default_rng(seed).normal(0, 1, (len(slopes), 3, 1, 1)).astype(np.float32)
    flow = graph.node("Conv", ["input", graph.weight(eye)])
    made = graph.finished(graph.prelu(flow, factors), [len(slopes), 5, 4])
    picture = noise(5, 4, seed) / 128 - 1
    plain = np.einsum("oi,nihw->nohw", eye[:, :, 0, 0], picture)
    expected = np.where(plain > 0, plain, plain * factors.reshape(1, -1, 1, 1))
    np.testing.assert_allclose(run(made, picture)[0], expected, atol=1e-4)


# --- one size to any --------------------------------------------------------------------------------------------------


@pytest.mark.real
def test_the_freed_detector_answers_the_same_at_its_own_size_and_as_opencv_at_another(shared_models: Path) -> None:
    path = shared_models / "face_detection_yunet_2023mar.onnx"
    made = convert(Conversion.ANY_SIZE, [path.read_bytes()])
    picture = noise(640, 640)
    for found, expected in zip(run(made, picture), run(path.read_bytes(), picture), strict=True):
        np.testing.assert_array_equal(found, expected)
    picture = noise(256, 320)
    network = cv2.dnn.readNetFromONNX(str(path))
    network.setInput(picture)
    names = [f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in (8, 16, 32)]
    for found, expected in zip(run(made, picture), network.forward(names), strict=True):
        np.testing.assert_allclose(found.ravel(), np.asarray(expected).ravel(), atol=CLOSE)


def fixed_network(*nodes: Any, shape: list[int]) -> bytes:
    helper = onnx.helper
    floats = onnx.TensorProto.FLOAT
    constants = [onnx.numpy_helper.from_array(np.array(shape, np.int64), "shape")]
    graph = helper.make_graph(
        list(nodes),
        "fixed",
        [helper.make_tensor_value_info("in", floats, [1, 3, 4, 4])],
        [helper.make_tensor_value_info("out", floats, [1, 16, 3])],
        constants,
    )
    return bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6).SerializeToString()
    )


def test_a_network_that_holds_its_size_is_not_said_to_be_free() -> None:
    reshape = onnx.helper.make_node("Reshape", ["in", "shape"], ["out"])
    assert run(free_size(fixed_network(reshape, shape=[1, -1, 3])), noise(8, 8))[0].shape == (1, 64, 3)
    with pytest.raises(ConvertError, match="holds a size"):
        free_size(fixed_network(reshape, shape=[1, 16, 3]))


def test_a_network_whose_output_has_one_axis_cannot_be_freed_and_is_told_so() -> None:
    model = onnx.load_from_string(fixed_network(onnx.helper.make_node("Relu", ["in"], ["out"]), shape=[1]))
    del model.graph.output[0].type.tensor_type.shape.dim[1:]
    with pytest.raises(ConvertError, match="output out has no axis of cells"):
        free_size(model.SerializeToString())


def test_a_reshape_of_the_first_operator_sets_holds_its_size_and_is_told_so() -> None:
    model = onnx.load_from_string(
        fixed_network(onnx.helper.make_node("Reshape", ["in"], ["out"], shape=[1, 16, 3]), shape=[1])
    )
    model.opset_import[0].version = 1
    with pytest.raises(ConvertError, match="operator Reshape holds a size"):
        free_size(model.SerializeToString())


@pytest.mark.parametrize("content", [b"", b"no network", b"\xff" * 100])
def test_what_is_no_onnx_file_cannot_be_freed(content: bytes) -> None:
    with pytest.raises(ConvertError):
        free_size(content)


# --- without the package ----------------------------------------------------------------------------------------------


def test_ready_made_files_need_no_onnx_package_and_others_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    assert convert(Conversion.NONE, [b"as it is"]) == b"as it is"
    for conversion in set(Conversion) - {Conversion.NONE}:
        with pytest.raises(ConvertError, match=r"facelatch\[convert\]"):
            convert(conversion, [b""])
