"""The student, what it is driven by, and the file that it becomes; skipped where PyTorch is not installed."""

from __future__ import annotations

import math

import numpy as np
import onnx
import pytest

torch = pytest.importorskip("torch")

from facelatch_models.runtime import Network, planes  # noqa: E402
from facelatch_models.train.data import DataError  # noqa: E402
from facelatch_models.train.descent import Descent, orthogonal  # noqa: E402
from facelatch_models.train.export import ExportError, exported, least_cosine  # noqa: E402
from facelatch_models.train.losses import (  # noqa: E402
    ArcFace,
    MapLoss,
    batch_hard_triplet_loss,
    cosine_loss,
    relation_loss,
)
from facelatch_models.train.pool import for_student  # noqa: E402
from facelatch_models.train.recipe import Metric  # noqa: E402
from facelatch_models.train.student import DIMENSION, SPEC, Seen, Student, both_ways, fed, parameters_of  # noqa: E402
from facelatch_models.train.team import Team  # noqa: E402
from facelatch_models.train.watch import Watched  # noqa: E402
from tests.unit.facelatch_models.train.made_up import made_up_faces  # noqa: E402

FACES = np.stack([for_student(face) for face in made_up_faces(4, 2).faces])


def unit(*rows: tuple[float, ...]):
    return torch.nn.functional.normalize(torch.tensor(rows, dtype=torch.float32), dim=1)


def lived_in() -> Student:
    """A student whose batch normalisations have seen something."""
    torch.manual_seed(3)
    student = Student()
    for _ in range(3):
        student(fed(torch.from_numpy(FACES)))
    return student.eval()


def test_the_exported_file_is_the_same_network_and_small_enough() -> None:
    student = lived_in()
    content = exported(student)
    assert least_cosine(student, content, FACES) > 0.9999
    assert len(content) <= 4_000_000
    assert 1.9e6 < parameters_of(student) < 2.0e6


def test_the_same_weights_give_the_same_bytes() -> None:
    assert exported(lived_in()) == exported(lived_in())


def test_the_file_takes_any_number_of_pictures_and_says_its_operator_set() -> None:
    content = exported(lived_in())
    model = onnx.load_from_string(content)
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param
    network = Network(content, "the student", threads=1)
    rows = [planes(face, SPEC) for face in FACES[:3]]
    together, alone = (
        network.run(np.concatenate(rows))["output"],
        np.concatenate([network.run(row)["output"] for row in rows]),
    )
    assert together == pytest.approx(alone, abs=1e-5)
    assert [one.version for one in model.opset_import] == [13]


def test_a_face_and_its_mirror_image_have_one_vector() -> None:
    student, pictures = lived_in(), fed(torch.from_numpy(FACES))
    with torch.no_grad():
        vectors, mirrored = both_ways(student, pictures), both_ways(student, pictures.flip(3))
        alone = torch.nn.functional.normalize(student(pictures).vectors, dim=1)
    assert torch.allclose(vectors, mirrored, atol=1e-5)
    assert not torch.allclose(vectors, alone, atol=1e-3)


def test_another_networks_file_is_not_taken_for_the_student() -> None:
    student = lived_in()
    content = exported(student)
    with torch.no_grad():
        student.vector.weight[:] = student.vector.weight.flip(0)
    with pytest.raises(ExportError, match="differ"):
        least_cosine(student, content, FACES)


def test_a_weight_beyond_float16_is_not_exported() -> None:
    student = lived_in()
    with torch.no_grad():
        student.vector.bias[0] = 1e6
    with pytest.raises(ExportError, match="too large"):
        exported(student)


def test_a_student_is_fed_as_the_pack_says() -> None:
    row = torch.from_numpy(np.array([[[[0, 127, 255]]]], np.uint8))
    wanted = [(value - SPEC.mean[0]) * SPEC.scale[0] for value in (0, 127, 255)]
    assert fed(row).flatten().tolist() == pytest.approx(wanted)


@pytest.mark.parametrize("side", [64, 80])
def test_smaller_pictures_give_vectors_and_maps_of_the_same_sizes(side: int) -> None:
    with torch.no_grad():
        seen = lived_in()(torch.zeros(2, 3, side, side))
    assert tuple(map(tuple, (seen.vectors.shape, seen.coarse.shape, seen.fine.shape))) == (
        (2, DIMENSION),
        (2, 192, 5, 5),
        (2, 128, 10, 10),
    )


def test_vectors_that_agree_lose_nothing() -> None:
    rows = unit((1, 0), (0, 1), (1, 1))
    assert float(cosine_loss(rows, rows)) == pytest.approx(0, abs=1e-6)
    assert float(relation_loss(rows, rows)) == pytest.approx(0, abs=1e-6)
    assert float(cosine_loss(rows, -rows)) == pytest.approx(2, abs=1e-6)


def test_relations_do_not_change_when_everybody_turns() -> None:
    rows = unit((1, 0), (0, 1), (1, 1))
    turned = rows @ torch.tensor([[0.0, 1.0], [-1.0, 0.0]])
    assert float(relation_loss(turned, rows)) == pytest.approx(0, abs=1e-6)
    assert float(relation_loss(rows.flip(0), rows)) > 0.05


def test_maps_that_can_be_read_off_lose_nothing_and_others_do() -> None:
    torch.manual_seed(1)
    coarse, fine = torch.randn(6, 4, 5, 5), torch.randn(6, 3, 10, 10)
    loss = MapLoss(coarse, fine, (4, 3))
    with torch.no_grad():
        for reader, mean, spread in (
            (loss.readers[0], loss.coarse_mean, loss.coarse_spread),
            (loss.readers[1], loss.fine_mean, loss.fine_spread),
        ):
            reader.weight.copy_(torch.diag(1 / spread.flatten())[:, :, None, None])
            reader.bias.copy_((-mean / spread).flatten())
    assert float(loss(Seen(coarse, coarse, fine), coarse, fine)) == pytest.approx(0, abs=1e-5)
    assert float(loss(Seen(coarse, coarse.flip(0), fine), coarse, fine)) > 0.5


def test_triplets_take_the_farthest_own_and_the_nearest_stranger() -> None:
    vectors = unit((1, 0), (1, 0.2), (0, 1), (0.1, 1))
    people = torch.tensor([0, 0, 1, 1])
    assert float(batch_hard_triplet_loss(vectors, people, 0.2)) == 0
    mixed = float(batch_hard_triplet_loss(vectors, torch.tensor([0, 1, 0, 1]), 0.2))
    cosines = (vectors @ vectors.T).numpy()
    wanted = [
        max(0.0, max(cosines[0, 1], cosines[0, 3]) - cosines[0, 2] + 0.2),
        max(0.0, max(cosines[1, 0], cosines[1, 2]) - cosines[1, 3] + 0.2),
        max(0.0, max(cosines[2, 1], cosines[2, 3]) - cosines[2, 0] + 0.2),
        max(0.0, max(cosines[3, 0], cosines[3, 2]) - cosines[3, 1] + 0.2),
    ]
    assert mixed == pytest.approx(np.mean(wanted), abs=1e-5)


def test_triplets_of_strangers_only_lose_nothing_and_can_be_learnt_from() -> None:
    vectors = unit((1, 0), (0, 1)).requires_grad_()
    loss = batch_hard_triplet_loss(vectors, torch.tensor([0, 1]), 0.2)
    loss.backward()
    assert float(loss) == 0
    assert not vectors.grad.any()


def test_arcface_wants_an_angle_to_spare() -> None:
    torch.manual_seed(1)
    with_margin, without = ArcFace(5, Metric(angle=0.4)), ArcFace(5, Metric(angle=0.0))
    without.load_state_dict(with_margin.state_dict())
    vectors = torch.nn.functional.normalize(with_margin.directions.detach() + 2 * torch.randn(5, DIMENSION), dim=1)
    people = torch.arange(5)
    assert float(with_margin(vectors, people)) > float(without(vectors, people))
    cosines = vectors @ torch.nn.functional.normalize(without.directions, dim=1).T
    assert float(without(vectors, people)) == pytest.approx(
        float(torch.nn.functional.cross_entropy(24 * cosines, people)), abs=1e-4
    )


def test_arcface_still_pulls_at_a_vector_that_points_the_other_way() -> None:
    torch.manual_seed(1)
    loss = ArcFace(3, Metric())
    near, far = (
        torch.nn.functional.normalize(-loss.directions.detach()[:1] + turn * torch.randn(1, DIMENSION), dim=1)
        for turn in (0.3, 0.0)
    )
    values = [float(loss(vectors, torch.tensor([0]))) for vectors in (near, far)]
    assert values[1] > values[0]
    assert math.isfinite(values[1])


def test_orthogonal_makes_all_directions_about_as_strong() -> None:
    torch.manual_seed(2)
    for shape in ((20, 60), (60, 20)):
        values = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
        assert 0.5 < float(values.min()) <= float(values.max()) < 1.4


def test_descent_goes_down_and_can_be_taken_up_again() -> None:
    def losses(descent_from: dict | None, weights: dict | None, steps: int):
        torch.manual_seed(4)
        module = torch.nn.Sequential(
            torch.nn.Conv2d(4, 6, 3), torch.nn.Flatten(), torch.nn.LayerNorm(24), torch.nn.Linear(24, 2)
        )
        pictures, wanted = torch.randn(8, 4, 4, 4), torch.randn(8, 2)
        descent = Descent(module, 0.01, Team())
        if descent_from is not None and weights is not None:
            module.load_state_dict(weights)
            descent.restore(descent_from)
        found = []
        for _ in range(steps):
            loss = ((module(pictures) - wanted) ** 2).mean()
            module.zero_grad()
            loss.backward()
            descent.step(0.01)
            found.append(float(loss))
        return found, descent.state(), module.state_dict()

    whole, _, _ = losses(None, None, 20)
    first, state, weights = losses(None, None, 12)
    rest, _, _ = losses(state, weights, 8)
    assert whole[-1] < 0.5 * whole[0]
    assert first + rest == pytest.approx(whole, rel=1e-5)


def test_the_state_of_another_network_is_refused() -> None:
    small, large = (Descent(torch.nn.Conv2d(4, wide, 3), 0.0, Team()) for wide in (2, 3))
    with pytest.raises(ValueError, match="another network"):
        large.restore(small.state())


def test_what_is_watched_is_the_share_of_own_pairs_above_the_strangers() -> None:
    watched = Watched(made_up_faces(40, 3))
    own = torch.eye(40).repeat_interleave(3, dim=0)
    assert watched.figures(own)["TAR at FMR 0.001"] == 1
    torch.manual_seed(1)
    lost = torch.nn.functional.normalize(torch.randn(120, 8), dim=1)
    assert watched.figures(lost)["TAR at FMR 0.001"] < 0.2
    assert "TAR at FMR 0.0001" not in watched.figures(own)  # 7,020 pairs of strangers do not show one in 10,000


def test_watching_too_few_shows_nothing_and_is_refused() -> None:
    with pytest.raises(DataError, match="6 pairs of pictures of one person and 0 of two"):
        Watched(made_up_faces(1, 4))
    with pytest.raises(DataError, match="0 pairs of pictures of one person and 1225 of two"):
        Watched(made_up_faces(50, 1))
