"""The attributes network, the file that it becomes, and what its logits are worth; skipped without PyTorch."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

torch = pytest.importorskip("torch")

from facelatch_models.evaluation.labelled import UNKNOWN, VOCABULARY, Labelled  # noqa: E402
from facelatch_models.runtime import Network, planes  # noqa: E402
from facelatch_models.train.attributes.calibration import attributes_of, fitted, sure_from  # noqa: E402
from facelatch_models.train.attributes.export import exported, largest_difference  # noqa: E402
from facelatch_models.train.attributes.network import (  # noqa: E402
    COLUMNS,
    LABELS,
    SIDE,
    SPEC,
    Beholder,
    both_ways,
    fed,
)
from facelatch_models.train.attributes.task import plain  # noqa: E402
from facelatch_models.train.data import DataError  # noqa: E402
from facelatch_models.train.export import ExportError  # noqa: E402
from facelatch_models.train.student import parameters_of  # noqa: E402
from tests.unit.facelatch_models.train.made_up import made_up_faces  # noqa: E402

FACES = np.stack([plain(face) for face in made_up_faces(4, 2).faces])


def lived_in() -> Beholder:
    """A network whose batch normalisations have seen something."""
    torch.manual_seed(3)
    network = Beholder(dimension=16)
    for _ in range(3):
        network(fed(torch.from_numpy(FACES)))
    return network.eval()


def test_every_label_has_a_column_of_its_own() -> None:
    taken = [column for columns in COLUMNS.values() for column in range(LABELS)[columns]]
    assert taken == list(range(LABELS))
    assert [columns.stop - columns.start for columns in COLUMNS.values()] == [*map(len, VOCABULARY.values())]


def test_the_exported_file_is_the_same_network_and_small_enough() -> None:
    network = lived_in()
    content = exported(network)
    assert largest_difference(network, content, FACES) < 0.05
    assert len(content) <= 400_000
    assert parameters_of(network) - parameters_of(network.vector) < 190_000


def test_the_same_weights_give_the_same_bytes() -> None:
    assert exported(lived_in()) == exported(lived_in())


def test_the_file_takes_any_number_of_pictures_and_says_its_operator_set() -> None:
    content = exported(lived_in())
    network = Network(content, "attributes", threads=1)
    rows = [planes(face, SPEC) for face in FACES[:3]]
    together = network.run(np.concatenate(rows))["output"]
    assert together == pytest.approx(np.concatenate([network.run(row)["output"] for row in rows]), abs=1e-5)
    assert together.shape == (3, LABELS)
    assert [one.version for one in onnx.load_from_string(content).opset_import] == [13]


def test_a_face_and_its_mirror_image_look_alike() -> None:
    network, pictures = lived_in(), fed(torch.from_numpy(FACES))
    with torch.no_grad():
        logits, mirrored, alone = (
            both_ways(network, pictures),
            both_ways(network, pictures.flip(3)),
            network(pictures).logits,
        )
    assert torch.allclose(logits, mirrored, atol=1e-5)
    assert not torch.allclose(logits, alone, atol=1e-3)


def test_another_networks_file_is_not_taken_for_this_one() -> None:
    network = lived_in()
    content = exported(network)
    with torch.no_grad():
        network.labels.bias += 1
    with pytest.raises(ExportError, match="differ"):
        largest_difference(network, content, FACES)


def test_a_network_is_fed_as_the_pack_says() -> None:
    found = fed(torch.from_numpy(FACES[:1])).numpy()
    assert found == pytest.approx(planes(FACES[0], SPEC), abs=1e-6)
    assert found.shape == (1, 3, SIDE, SIDE)


def drawn(count: int, slope: float, intercept: float) -> tuple[np.ndarray, np.ndarray]:
    """Return logits of two labels and truths for which slope and intercept are the right ones."""
    random = np.random.default_rng(7)
    first = random.normal(0, 3, count)
    is_first = random.random(count) < 1 / (1 + np.exp(-(slope * first + intercept)))
    return np.column_stack((first, -first - 2 * intercept / slope)), np.where(is_first, 0, 1)


def test_slope_and_intercept_are_found_again() -> None:
    slope, intercept = fitted(*drawn(20_000, 0.7, -0.4))
    assert slope == pytest.approx(0.7, abs=0.03)
    assert intercept == pytest.approx(-0.4, abs=0.06)


def test_labels_told_apart_without_an_error_still_have_no_certain_probability() -> None:
    logits = np.array([[4.0, -4.0]] * 100 + [[-4.0, 4.0]] * 100)
    slope, intercept = fitted(logits, np.array([0] * 100 + [1] * 100))
    assert 0.98 < 1 / (1 + np.exp(-(4 * slope + intercept))) < 0.999


def test_sure_is_where_enough_of_what_is_told_is_right() -> None:
    probability = np.concatenate((np.full(100, 0.62), np.full(100, 0.9)))
    right = np.concatenate((np.arange(100) < 60, np.arange(100) < 96))
    assert sure_from(probability, right, 0.75) == 0.5
    assert sure_from(probability, right, 0.95) == 0.63
    assert sure_from(probability, right, 0.999) == 0.99


def known_people(count: int) -> Labelled:
    ages, genders = np.arange(count) % 90, np.arange(count) % 2
    return Labelled(np.zeros((count, 1)), ages, genders, np.full(count, UNKNOWN), np.arange(count) % 2)


def test_each_attribute_is_calibrated_on_the_faces_whose_label_is_known() -> None:
    known = known_people(2000)
    known.genders[::4] = UNKNOWN
    logits = np.random.default_rng(3).normal(0, 1, (2000, LABELS)).astype(np.float32)
    for name, columns in COLUMNS.items():
        seen = known.truth(name) != UNKNOWN
        logits[np.flatnonzero(seen), columns.start + known.truth(name)[seen]] += 3
        logits[~seen, columns] = 1e3  # would spoil every fit
    gender, age, mask = attributes_of(logits, known)
    assert (gender.name, age.name, mask.name) == tuple(VOCABULARY)
    assert age.labels == VOCABULARY["age"]
    # two normal distributions 3 apart: the log odds are 3 x - 4.5 and those of the labels' shares, 0 and about -ln 3
    assert (gender.slope, gender.intercept) == pytest.approx((3, -4.5), abs=0.5)
    assert (age.slope, age.intercept) == pytest.approx((3, -5.6), abs=0.5)


def test_too_few_pictures_or_a_network_that_knows_nothing_cannot_be_calibrated() -> None:
    known = known_people(400)
    known.genders[20:] = UNKNOWN
    logits = np.random.default_rng(1).normal(0, 1, (400, LABELS)).astype(np.float32)
    with pytest.raises(DataError, match="20 pictures to calibrate gender on are too few"):
        attributes_of(logits, known)
    known = known_people(400)
    for name, columns in COLUMNS.items():
        logits[np.arange(400), columns.start + known.truth(name)] -= 5
    with pytest.raises(DataError, match="does not tell the labels of gender apart"):
        attributes_of(logits, known)
