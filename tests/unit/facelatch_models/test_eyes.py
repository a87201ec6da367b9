"""How far open eyes are, from points of a mesh."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatch_models.eyes import POINTS, FaceMesh, openness_of
from facelatch_models.face import Face, Openness, Picture
from facelatch_models.networks import Networks, load_networks
from facelatch_models.pack import InputSpec, Kind, PackDamaged, PackFile, Role
from facelatch_models.runtime import Network
from tests.unit.facelatch_models.real import FACE_MESH, RETAIL_0095, YUNET, constant_network, pack_of
from tests.unit.facelatch_models.samples import POINTS as PLACES

FACE = Face((5.0, 5.0, 40.0, 40.0), np.float32(PLACES) * 40 + 5, 1.0)
RIGHT = (33, 133, (160, 159, 158), (144, 145, 153))
LEFT = (263, 362, (387, 386, 385), (373, 374, 380))


def mesh(right: float, left: float, turn: float = 0.0, scale: float = 40.0) -> np.ndarray:
    """Return a mesh whose eyes are open that far, of a head that tilts by `turn` (radians)."""
    points = np.zeros((POINTS, 3))
    for (outer, inner, upper, lower), openness, middle, side in ((RIGHT, right, -1, -1), (LEFT, left, 1, 1)):
        points[outer, 0], points[inner, 0] = middle + side / 2, middle - side / 2
        for place, above, below in zip((0.25, 0.0, -0.25), upper, lower, strict=True):
            points[[above, below], 0] = middle + side * place
            points[above, 1], points[below, 1] = -openness / 2, openness / 2
    cosine, sine = math.cos(turn), math.sin(turn)
    turned = points[:, :2] @ np.array([[cosine, sine], [-sine, cosine]])
    points[:, :2] = turned * scale + 128
    points[:, 2] = np.linspace(-50, 50, POINTS)
    return points


@given(st.floats(0, 0.6), st.floats(0, 0.6), st.floats(-1, 1), st.floats(5, 100))
def test_openness_depends_neither_on_tilt_nor_on_size(right: float, left: float, turn: float, scale: float) -> None:
    assert openness_of(mesh(right, left, turn, scale)) == pytest.approx((right, left), abs=1e-6)


def test_a_mesh_of_a_single_point_is_closed() -> None:
    assert openness_of(np.zeros((POINTS, 3))) == (0.0, 0.0)


def made_up(folder: Path, places: tuple[tuple[float, float], ...] = PLACES, **outputs: np.ndarray) -> FaceMesh:
    content = constant_network(folder / "eyes.onnx", 32, **outputs).read_bytes()
    part = PackFile(
        role=Role.EYES, kind=Kind.FACE_MESH, name="eyes.onnx", sha256="0" * 64, bytes=1, licence="none", source="none",
        input=InputSpec(width=32, height=32, points=places), threshold=0.07,
    )  # fmt: skip
    return FaceMesh(Network(content, "eyes.onnx", 1), part)


def test_the_mesh_is_found_among_the_outputs_by_its_size(tmp_path: Path) -> None:
    outputs = {"flag": np.zeros((1, 1)), "mesh": mesh(0.3, 0.1).reshape(1, 1, 1, -1)}
    eyes = made_up(tmp_path, **outputs)
    assert eyes.openness(np.zeros((60, 60, 3), np.uint8), FACE) == pytest.approx((0.3, 0.1), abs=1e-4)
    assert eyes.threshold == 0.07


def test_a_network_without_a_mesh_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackDamaged, match=r"eyes\.onnx: is no face mesh, expected one output of 478 points"):
        made_up(tmp_path, points_of=np.zeros((1, 468 * 3)))


def test_a_pack_that_does_not_say_where_the_points_lie_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackDamaged, match="five points"):
        made_up(tmp_path, places=(), mesh=np.zeros((1, 3 * POINTS)))


@pytest.fixture(scope="module")
def networks(shared_models: Path) -> Networks:
    return load_networks(pack_of(shared_models, YUNET, RETAIL_0095, FACE_MESH), threads=1)


def seen(networks: Networks, picture: Picture) -> Openness:
    assert networks.eyes is not None
    return networks.eyes.openness(picture, networks.detector.detect(picture)[0])


def read(path: Path) -> Picture:
    return np.asarray(cv2.imread(str(path)), np.uint8)


SHUT = ("Gary_Winnick_0002", "Allison_Searing_0001", "Martina_McBride_0002", "Martin_McCauley_0001")
"""Pictures of `lfw/train` in which the eyes are closed, as one can see."""


@pytest.mark.real
@pytest.mark.parametrize("name", SHUT)
def test_closed_eyes_count_as_closed(networks: Networks, shared: Path, name: str) -> None:
    path = shared / "data/lfw/train" / name[:-5] / f"{name}.jpg"
    assert networks.eyes is not None
    assert max(seen(networks, read(path))) < networks.eyes.threshold


@pytest.mark.real
def test_nearly_all_eyes_are_open(networks: Networks, shared: Path) -> None:
    files = sorted((shared / "data/lfw/train").glob("*/*_0001.jpg"))[::40]
    wider = np.array([max(seen(networks, read(path))) for path in files])
    assert networks.eyes is not None
    assert (wider < networks.eyes.threshold).mean() < 0.02  # 0.2 % of all
    assert np.median(wider) == pytest.approx(0.30, abs=0.03)


@pytest.mark.real
def test_what_hides_the_person_s_right_eye_changes_the_first_number_alone(networks: Networks, shared: Path) -> None:
    picture = read(shared / "data/lfw/train/Aaron_Peirsol/Aaron_Peirsol_0001.jpg")
    face = networks.detector.detect(picture)[0]
    covered = picture.copy()
    across = float(face.points[1, 0] - face.points[0, 0])
    x, y = map(int, face.points[0])
    side = int(across * 0.3)
    covered[y - side : y + side // 2, x - side : x + side] = picture[y + side : y + side + 1, x : x + 1]
    before, after = seen(networks, picture), seen(networks, covered)
    assert abs(before[0] - after[0]) > 5 * abs(before[1] - after[1])
