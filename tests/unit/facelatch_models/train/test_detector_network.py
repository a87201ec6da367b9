"""The detector that learns: its file is the same network, and says what the loss wanted it to say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from facelatch_models.detect import YuNet  # noqa: E402
from facelatch_models.evaluation.detection import distances, overlap  # noqa: E402
from facelatch_models.face import Picture  # noqa: E402
from facelatch_models.pack import InputSpec, Kind, PackFile, Role  # noqa: E402
from facelatch_models.runtime import Network, planes  # noqa: E402
from facelatch_models.train.detector.export import NAMES, SPEC, exported, largest_difference  # noqa: E402
from facelatch_models.train.detector.loss import SIZES, WEIGHTS, Cells, losses, wanted  # noqa: E402
from facelatch_models.train.detector.network import ANSWER, STRIDES, Finder, fed  # noqa: E402
from facelatch_models.train.detector.search import detector_of, face_of, pack_part  # noqa: E402
from facelatch_models.train.detector.settle import settled, turning  # noqa: E402
from facelatch_models.train.detector.stock import mirrored  # noqa: E402
from facelatch_models.train.export import ExportError  # noqa: E402
from facelatch_models.train.student import parameters_of  # noqa: E402
from tests.unit.facelatch_models.real import constant_network  # noqa: E402

SIDE = 256


def finder(seed: int = 1) -> Finder:
    """Return a network whose norms are not those of a new one."""
    torch.manual_seed(seed)
    made = Finder()
    for module in made.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.1)
    for head in made.heads:
        head.weight.data *= 30  # a new network's answers hang on little but their biases
    return made


def noise(*shape: int) -> Picture:
    return np.random.default_rng(3).integers(0, 256, (*shape, 3), np.uint8)


def row(x: float, y: float, size: float, kind: float = 1.0) -> list[float]:
    """Return a face as a scene has it."""
    points = np.array([(-0.2, -0.1), (0.2, -0.1), (0, 0.1), (-0.15, 0.3), (0.15, 0.3)]) * size + (x, y)
    return [x, y, size * 0.8, size * 1.25, *points.ravel().tolist(), kind]


def table(*rows: list[float]) -> torch.Tensor:
    return torch.tensor([[*rows, [-1.0] * 15]])


def blank() -> list[torch.Tensor]:
    """Return answers in which nobody is."""
    answers = [torch.zeros(1, sum(ANSWER), SIDE // stride, SIDE // stride) for stride in STRIDES]
    for answer in answers:
        answer[:, :2] = -20
    return answers


def perfect(faces: torch.Tensor) -> list[torch.Tensor]:
    """Return the answers that faces want."""
    answers = blank()
    cells = Cells.of(answers)
    want = wanted(faces, cells)
    said = torch.cat([answer.flatten(2).transpose(1, 2) for answer in answers], dim=1)
    for cell in want.own[0].nonzero()[:, 0].tolist():
        face, corner, stride = faces[0, want.face[0, cell]], cells.corners[cell], cells.strides[cell]
        said[0, cell, :2] = 20
        said[0, cell, 2:4] = face[:2] / stride - corner
        said[0, cell, 4:6] = (face[2:4] / stride).log()
        said[0, cell, 6:] = (face[4:14].reshape(5, 2) / stride - corner).flatten()
    sizes = [answer[0, 0].numel() for answer in answers]
    return [
        part.transpose(1, 2).unflatten(2, answer.shape[2:])
        for part, answer in zip(said.split(sizes, dim=1), answers, strict=True)
    ]


def test_the_network_is_as_small_as_it_must_be() -> None:
    made = finder()
    assert parameters_of(made) <= 150_000
    assert len(exported(made)) <= 600_000


@pytest.mark.parametrize("shape", [(256, 320), (64, 96)])
def test_the_file_answers_what_the_network_answers(shape: tuple[int, int]) -> None:
    made = finder()
    assert largest_difference(made, exported(made), [noise(*shape)]) < 0.05


def test_a_mirrored_picture_gets_the_mirrored_answer() -> None:
    network = Network(exported(finder()), "finder.onnx", threads=1)
    picture = noise(64, 96)
    one, other = (network.run(planes(each, SPEC)) for each in (picture, np.ascontiguousarray(picture[:, ::-1])))
    for stride in STRIDES:
        rows, columns = 64 // stride, 96 // stride
        box, turned_box = (each[f"bbox_{stride}"].reshape(rows, columns, 4) for each in (one, other))
        points, turned = (each[f"kps_{stride}"].reshape(rows, columns, 5, 2) for each in (one, other))
        back = turned[:, ::-1][:, :, [1, 0, 2, 4, 3]]
        assert back[..., 1] == pytest.approx(points[..., 1], abs=1e-3)
        assert 1 - back[..., 0] == pytest.approx(points[..., 0], abs=1e-3)
        assert 1 - turned_box[:, ::-1, 0] == pytest.approx(box[..., 0], abs=1e-3)
        assert turned_box[:, ::-1, 1:] == pytest.approx(box[..., 1:], abs=1e-3)


def test_a_cell_that_is_surer_outvotes_its_neighbours_about_where_the_points_are() -> None:
    answers = [torch.zeros(1, sum(ANSWER), 4, 4)]
    answers[0][:, :2] = -4
    answers[0][0, :2, 1, 2] = 4  # sure, and its points are at its own corner; the others put theirs elsewhere
    answers[0][0, 6:] = 3
    answers[0][0, 6:, 1, 2] = 0

    class Same(torch.nn.Module):
        def forward(self, pictures: torch.Tensor) -> list[torch.Tensor]:
            if not pictures[0, 0, 0, 0]:
                return answers
            matrix, offset = (torch.from_numpy(part) for part in turning())
            turned = torch.einsum("oi,nihw->nohw", matrix, answers[0] - offset[:, None, None])
            return [turned.flip(3)]

    picture = torch.zeros(1, 3, 4, 4)
    picture[..., -1] = 1
    (settled_answer,) = settled(Same(), picture)
    points = settled_answer[0, 6:].unflatten(0, (5, 2))
    assert points[:, :, 1, 2].abs().max() < 0.01
    assert points[:, :, 1, 1] == pytest.approx(torch.tensor([1.0, 0.0]).expand(5, 2), abs=0.01)
    assert points[:, :, 2, 2] == pytest.approx(torch.tensor([0.0, -1.0]).expand(5, 2), abs=0.01)
    assert points[:, :, 3, 0] == pytest.approx(torch.tensor([3.0, 3.0]).expand(5, 2), abs=0.6)


def test_the_same_weights_make_the_same_file() -> None:
    assert exported(finder()) == exported(finder())


def test_a_file_of_other_weights_is_found_out() -> None:
    with pytest.raises(ExportError, match="differ"):
        largest_difference(finder(1), exported(finder(2)), [noise(64, 64)])


def test_a_weight_that_is_no_number_is_never_exported() -> None:
    made = finder()
    made.heads[1].weight.data[0] = float("nan")
    with pytest.raises(ExportError, match="no number"):
        exported(made)


def test_the_decoder_of_packs_reads_the_file() -> None:
    made = finder()
    for head in made.heads:
        head.bias.data[:2] = -20
    detector = detector_of(made)
    assert isinstance(detector, YuNet)
    assert detector.detect(noise(100, 130)) == []
    part = pack_part(exported(made))
    assert (part.role, part.kind, part.bytes) == (Role.DETECTOR, Kind.YUNET, len(exported(made)))


@pytest.mark.parametrize("size", [18.0, 45.0, 90.0, 140.0, 210.0])
def test_what_the_loss_wants_is_what_the_decoder_finds(tmp_path: Path, size: float) -> None:
    face = row(120.3, 131.7, size)
    outputs = {}
    for stride, answer in zip(STRIDES, perfect(table(face)), strict=True):
        cells = answer[0].flatten(1).T.numpy().copy()
        cells[:, :2] = 1 / (1 + np.exp(-cells[:, :2]))
        for name, part in zip(NAMES, np.split(cells, np.cumsum(ANSWER)[:-1], axis=1), strict=True):
            outputs[f"{name}_{stride}"] = part[np.newaxis]
    content = constant_network(tmp_path / "perfect.onnx", SIDE, **outputs).read_bytes()
    spec = InputSpec(width=SIDE, height=SIDE)
    part = PackFile(
        role=Role.DETECTOR, kind=Kind.YUNET, name="perfect.onnx", sha256="0" * 64, bytes=len(content),
        licence="none", source="none", input=spec,
    )  # fmt: skip
    (found,) = YuNet(Network(content, "perfect.onnx", threads=1), part).detect(noise(SIDE, SIDE))
    wished = face_of(np.array(face, np.float32))
    assert overlap(found, wished) > 0.99
    assert distances(found, wished.points) == pytest.approx([0] * 5, abs=1e-3)


def test_answers_that_are_right_cost_nothing_in_place() -> None:
    faces = table(row(60, 70, 30), row(160, 150, 100))
    parts = losses(perfect(faces), faces)
    assert parts["box"].item() < 1e-3
    assert parts["points"].item() < 1e-4
    assert parts["face"].item() < 1e-3


def test_points_that_are_off_cost_more_the_farther_they_are() -> None:
    faces = table(row(160, 150, 100))
    costs = []
    for shift in (0.0, 0.1, 0.4):
        answers = perfect(faces)
        for answer in answers:
            answer[:, 6:] += shift
        costs.append(losses(answers, faces)["points"].item())
    assert costs[0] < costs[1] < costs[2]
    assert costs[2] == pytest.approx(WEIGHTS["points"] * (0.4 * 16 / 100 - 0.01), rel=0.01)


def test_a_face_is_wanted_of_the_cells_in_its_middle_and_of_the_strides_for_its_size() -> None:
    cells = Cells.of(blank())
    for size in (20.0, 90.0, 200.0):
        own = wanted(table(row(100, 100, size)), cells).own[0]
        strides = {int(stride) for stride in cells.strides[own, 0].tolist()}
        assert strides == {stride for stride, (low, high) in zip(STRIDES, SIZES, strict=True) if low <= size < high}
        middles = ((cells.corners + 0.5) * cells.strides)[own]
        assert (middles - 100).abs().max().item() <= max(0.2 * size, 0.7 * 32)


def test_of_what_is_perhaps_a_face_nothing_is_said() -> None:
    answers = blank()
    cells = Cells.of(answers)
    want = wanted(table(row(100, 100, 60, kind=0.0)), cells)
    assert not want.own.any()
    silent = ((cells.corners + 0.5) * cells.strides)[~want.counts[0]]
    assert len(silent) > 0
    assert (silent - 100).abs().amax(dim=0).tolist() <= [24, 37.5]
    for answer in answers:
        answer[:, 0] = -20
    for stride, answer in zip(STRIDES, answers, strict=True):
        answer[0, 0, 100 // stride, 100 // stride] = 20
    assert losses(answers, table(row(100, 100, 60, kind=0.0)))["face"].item() < 1e-3
    assert losses(answers, table())["face"].item() > 1


def test_where_two_faces_want_a_cell_the_smaller_one_has_it() -> None:
    cells = Cells.of(blank())
    want = wanted(table(row(100, 100, 60), row(104, 100, 45)), cells)
    assert set(want.face[0][want.own[0] & (cells.strides[:, 0] == 16)].tolist()) == {1}


def test_a_scene_with_nobody_can_be_learnt_from() -> None:
    made = finder()
    parts = losses(made(fed(torch.from_numpy(noise(64, 64)[np.newaxis]))), table())
    total = sum(parts.values())
    total.backward()
    assert torch.isfinite(total)
    assert made.heads[0].weight.grad.abs().sum() > 0


def test_mirroring_twice_changes_nothing_and_once_swaps_sides() -> None:
    faces = np.array([[row(60, 70, 30), row(160, 150, 100)]], np.float32)
    once = mirrored(faces)
    assert once[0, 0, 0] == SIDE - 60
    assert once[0, 0, 4] < once[0, 0, 6]  # the right eye is on the left still
    assert mirrored(once) == pytest.approx(faces)


def test_learning_brings_the_loss_down() -> None:
    torch.manual_seed(1)
    made = Finder()
    pictures = fed(torch.from_numpy(np.stack([noise(SIDE, SIDE), noise(SIDE, SIDE)[::-1].copy()])))
    faces = torch.cat([table(row(100, 100, 80)), table(row(150, 120, 50))])
    steps = torch.optim.AdamW(made.parameters(), lr=3e-3)
    costs = []
    for _ in range(12):
        cost = sum(losses(made(pictures), faces).values())
        steps.zero_grad()
        cost.backward()
        steps.step()
        costs.append(cost.item())
    assert costs[-1] < 0.7 * costs[0]
