"""What is told of a face, and how that is measured."""

from __future__ import annotations

import json
import tomllib
import zipfile
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from facelatch_models import search
from facelatch_models.attributes import UNSURE, AttributeNetwork
from facelatch_models.cli.attributes import attributes as command
from facelatch_models.convert.graph import Graph
from facelatch_models.evaluation.attributes import ADULTS, STRANGERS, finding_lines, measure
from facelatch_models.evaluation.gallery import GalleryError
from facelatch_models.evaluation.labelled import (
    HELD,
    UNKNOWN,
    VOCABULARY,
    Labelled,
    held_out,
    nothings,
    read_labelled,
)
from facelatch_models.evaluation.likeness import nearest
from facelatch_models.face import Face
from facelatch_models.networks import load_networks
from facelatch_models.pack import Attribute, InputSpec, Kind, Pack, PackDamaged, PackFile, Role, write_manifest
from facelatch_models.runtime import Network, NetworkFailed
from facelatch_models.train.data import FaceSet, split
from facelatch_models.train.mixtures import LAYOUT, SIDE
from tests.unit.facelatch_models.real import changed, constant_network, pack_of
from tests.unit.facelatch_models.samples import POINTS
from tests.unit.facelatch_models.test_networks import DETECTOR, EMBEDDER, small_pack

SPEC = InputSpec(width=32, height=32, points=POINTS)
FACE = Face((0.0, 0.0, 32.0, 32.0), np.array(POINTS, np.float32) * 32, 1.0)
GENDER = Attribute(name="gender", labels=VOCABULARY["gender"], slope=2.0, intercept=-1.0, sure=0.8)
AGE = Attribute(name="age", labels=VOCABULARY["age"], slope=1.0, intercept=0.0, sure=0.6)
MASK = Attribute(name="mask", labels=VOCABULARY["mask"], slope=1.0, intercept=0.0, sure=0.9)
GREY = np.full((32, 32, 3), 128, np.uint8)


def entry(*attributes: Attribute, spec: InputSpec = SPEC) -> PackFile:
    return PackFile(
        role=Role.ATTRIBUTES, kind=Kind.ATTRIBUTES, name="attributes.onnx", sha256="0" * 64, bytes=1, licence="none",
        source="none", input=spec, attribute=attributes,
    )  # fmt: skip


def made_up(folder: Path, logits: list[float], *attributes: Attribute, spec: InputSpec = SPEC) -> AttributeNetwork:
    content = constant_network(folder / "attributes.onnx", 32, logits=np.array([logits])).read_bytes()
    return AttributeNetwork(Network(content, "attributes.onnx", 1), entry(*attributes, spec=spec))


def labelled(ages: list[int], genders: list[int], masks: list[int] | None = None) -> Labelled:
    count = len(ages)
    faces = np.random.default_rng(2).integers(0, 256, (count, SIDE, SIDE, 3)).astype(np.uint8)
    return Labelled(
        faces, np.array(ages), np.array(genders), np.arange(count) % 2, np.array(masks or [UNKNOWN] * count)
    )


def write_faces(path: Path, rows: list[str], side: int = SIDE) -> Path:
    random = np.random.default_rng(4)
    with zipfile.ZipFile(path, "w") as archive:
        for index in range(len(rows)):
            face = random.integers(0, 256, (side, side, 3)).astype(np.uint8)
            archive.writestr(f"{index}.jpg", cv2.imencode(".jpg", face)[1].tobytes())
        archive.writestr("index.tsv", "".join(f"{index}.jpg\t{row}\n" for index, row in enumerate(rows)))
    return path


def test_the_likeliest_label_is_told_with_its_calibrated_probability(tmp_path: Path) -> None:
    (told,) = made_up(tmp_path, [1.5, -3.0], GENDER).tell(GREY, FACE)
    assert (told.name, told.label) == ("gender", "female")
    assert told.probability == pytest.approx(1 / (1 + np.exp(-2.0)))


@pytest.mark.parametrize(("logits", "label"), [([0.9, -3.0], UNSURE), ([1.3, -3.0], "female"), ([-9.0, -8.0], UNSURE)])
def test_a_label_that_is_not_likely_enough_is_not_told(tmp_path: Path, logits: list[float], label: str) -> None:
    (told,) = made_up(tmp_path, logits, GENDER).tell(GREY, FACE)
    assert told.label == label
    assert told.probability == pytest.approx(1 / (1 + np.exp(1 - 2 * max(logits))))


def test_every_attribute_has_its_own_part_of_the_output_in_the_manifests_order(tmp_path: Path) -> None:
    network = made_up(tmp_path, [-5, 5, -5, -5, -5, 5, 5, -5], GENDER, AGE, MASK)
    assert [(one.name, one.label) for one in network.tell(GREY, FACE)] == [
        ("gender", "male"),
        ("age", "senior"),
        ("mask", "worn"),
    ]


def test_labels_do_not_compete_so_that_all_of_them_may_be_unlikely(tmp_path: Path) -> None:
    (probabilities,) = made_up(tmp_path, [-4.0, -4.0, -4.0, -4.0], AGE).probabilities(GREY, FACE)
    assert probabilities.sum() < 0.1


def test_a_logit_of_any_size_gives_a_probability(tmp_path: Path) -> None:
    (probabilities,) = made_up(tmp_path, [1e30, -1e30], GENDER).probabilities(GREY, FACE)
    assert probabilities.tolist() == [1.0, 0.0]


def test_the_face_is_looked_at_where_its_points_are_and_nothing_else(tmp_path: Path) -> None:
    graph = Graph("brightness", 32, 32)
    mean = graph.node("ReduceMean", ["input"], axes=[1, 2, 3], keepdims=0)
    content = graph.finished(graph.node("Reshape", [mean, graph.node("Constant", [], value_ints=[-1, 1])]), [1])
    bright = Attribute(name="bright", labels=("bright",), slope=1.0, intercept=-200.0, sure=0.5)
    network = AttributeNetwork(Network(content, "brightness.onnx", 1), entry(bright))
    picture = np.zeros((200, 300, 3), np.uint8)
    picture[60:140, 100:180] = 255
    there = Face((100.0, 60.0, 80.0, 80.0), np.array(POINTS, np.float32) * 78 + (101, 61), 1.0)
    elsewhere = Face((0.0, 0.0, 50.0, 50.0), np.array(POINTS, np.float32) * 50, 1.0)
    assert network.tell(picture, there)[0].label == "bright"
    assert network.tell(picture, elsewhere)[0].label == UNSURE


@pytest.mark.parametrize(
    ("logits", "attributes", "spec", "fault"),
    [
        ([1.0, 2.0, 3.0], (GENDER,), SPEC, "expected one output of 2 numbers"),
        ([1.0, 2.0], (GENDER,), InputSpec(width=64, height=64, points=POINTS), "cannot be fed 64x64"),
        ([1.0, 2.0], (GENDER,), InputSpec(width=32, height=32), "five points"),
        ([1.0, 2.0], (msgspec.structs.replace(GENDER, labels=("male", UNSURE)),), SPEC, "calls a label 'unsure'"),
    ],
)
def test_a_network_that_is_not_what_the_pack_says_is_refused(
    tmp_path: Path, logits: list[float], attributes: tuple[Attribute, ...], spec: InputSpec, fault: str
) -> None:
    with pytest.raises(PackDamaged, match=fault):
        made_up(tmp_path, logits, *attributes, spec=spec)


def test_a_network_that_answers_no_number_is_refused_when_loaded(tmp_path: Path) -> None:
    with pytest.raises(NetworkFailed, match="not finite"):
        made_up(tmp_path, [np.nan, 1.0], GENDER)


def whole_pack(folder: Path, logits: list[float]) -> Pack:
    """Return a pack of constant networks, written with its manifest."""
    small_pack(folder)
    constant_network(folder / "attributes.onnx", 32, logits=np.array([logits]))
    pack = pack_of(folder, DETECTOR, EMBEDDER, ("attributes.onnx", Role.ATTRIBUTES, Kind.ATTRIBUTES, SPEC, 0.5, 0))
    pack = changed(pack, Role.ATTRIBUTES, attribute=(GENDER, AGE, MASK))
    (folder / "pack.toml").write_text(write_manifest(pack.manifest))
    return pack


def test_a_pack_with_an_attributes_network_tells_and_one_without_has_none(tmp_path: Path) -> None:
    loaded = load_networks(whole_pack(tmp_path, [5, -5, -5, 5, -5, -5, -5, 5]), threads=1)
    assert loaded.attributes is not None
    assert [one.label for one in loaded.attributes.tell(GREY, FACE)] == ["female", "young", "absent"]
    assert load_networks(pack_of(tmp_path, DETECTOR, EMBEDDER), threads=1).attributes is None


def test_what_is_held_out_is_what_the_embedder_was_not_trained_on_either() -> None:
    faces = FaceSet(np.zeros((23, SIDE, SIDE, 3), np.uint8), np.array([""] * 23))
    faces.faces[:, 0, 0, 0] = np.arange(23)
    _, out = split(faces, HELD)
    assert out.faces[:, 0, 0, 0].tolist() == np.flatnonzero(held_out(23)).tolist()


@pytest.mark.parametrize(("age", "band"), [(0, 0), (12, 0), (13, 1), (39, 1), (40, 2), (59, 2), (60, 3), (116, 3)])
def test_an_age_belongs_to_one_band(age: int, band: int) -> None:
    assert labelled([age], [0]).truth("age").tolist() == [band]


def test_an_index_says_what_is_known_and_what_is_not(tmp_path: Path) -> None:
    people = read_labelled(write_faces(tmp_path / "people.zip", ["34\t0\t2", "7\t1\t0"]))
    masks = read_labelled(write_faces(tmp_path / "masks.zip", ["mask", "plain"]))
    assert people.ages.tolist() == [34, 7]
    assert [VOCABULARY["gender"][index] for index in people.genders] == ["male", "female"]
    assert [VOCABULARY["mask"][index] for index in (*people.masks, *masks.masks)] == ["absent"] * 2 + ["worn", "absent"]
    assert masks.ages.tolist() == masks.genders.tolist() == masks.groups.tolist() == [UNKNOWN] * 2
    assert masks.truth("age").tolist() == [UNKNOWN] * 2


@pytest.mark.parametrize("row", ["34\t2\t0", "34\t0\t5", "-1\t0\t0", "old\t0\t0"])
def test_a_label_that_nobody_understands_is_refused(tmp_path: Path, row: str) -> None:
    with pytest.raises(GalleryError, match=r"faces\.zip: expected a zip"):
        read_labelled(write_faces(tmp_path / "faces.zip", [row]))


def test_faces_of_another_size_and_files_that_are_no_archive_are_refused(tmp_path: Path) -> None:
    with pytest.raises(GalleryError, match="its pictures are 64x64"):
        read_labelled(write_faces(tmp_path / "small.zip", ["mask"], side=64))
    (tmp_path / "none.zip").write_bytes(b"no archive")
    with pytest.raises(GalleryError, match=r"none\.zip"):
        read_labelled(tmp_path / "none.zip")


def test_a_picture_of_no_face_has_the_pixels_of_one_in_other_places() -> None:
    faces = labelled([30], [0]).faces
    found = nothings(faces, count=3)
    assert found.shape == (3, SIDE, SIDE, 3)
    for one in found:
        assert (np.sort(one, axis=None) == np.sort(faces[0], axis=None)).all()
        assert (one != faces[0]).mean() > 0.5


def test_the_nearest_is_the_highest_cosine_with_any_other() -> None:
    vectors = np.eye(3, dtype=np.float32)
    assert nearest(vectors, vectors[:2]).tolist() == [1, 1, 0]
    assert nearest(vectors, vectors[:0]).tolist() == [-1, -1, -1]


def test_right_unsure_and_told_are_counted_for_all_adults_strangers_and_groups(tmp_path: Path) -> None:
    known = labelled([30, 50, 5, 17, 70], [1, 1, 0, 1, 0])
    network = made_up(tmp_path, [-5.0, 5.0], GENDER)
    found = measure(known, np.array([True, False, True, False, False]), network, nothings(known.faces, 4))
    (gender,) = found.findings
    rows = {one.title: one for one in gender.portions}
    assert [(rows[title].pictures, rows[title].right.value) for title in ("all", ADULTS, STRANGERS)] == [
        (5, 0.6),
        (3, pytest.approx(2 / 3)),
        (1, 1.0),
    ]
    assert rows["labelled male"].right.value == 1
    assert rows["labelled female"].right.value == 0
    assert rows["aged child"].pictures == 1
    assert rows["adults labelled White"].pictures == 2
    assert rows["all"].unsure.value == 0
    assert gender.nothing.value == 0
    assert found.milliseconds > 0
    lines = "\n".join(finding_lines(found))
    assert "60.0%" in lines
    assert "not who" in lines


def test_what_is_left_unsure_is_counted_apart_from_what_is_told(tmp_path: Path) -> None:
    known = labelled([30, 50], [1, 0])
    (gender,) = measure(known, None, made_up(tmp_path, [-5.0, 0.6], GENDER), nothings(known.faces, 4)).findings
    everybody = gender.portions[0]
    assert (everybody.right.value, everybody.unsure.value) == (0.5, 1.0)
    assert (everybody.told.low, everybody.told.high) == (0, 1)
    assert gender.nothing.value == 1
    assert gender.strangers_calibration_error is None


def test_words_that_nobody_has_labelled_cannot_be_measured(tmp_path: Path) -> None:
    hats = Attribute(name="hat", labels=("worn", "absent"), slope=1.0, intercept=0.0, sure=0.5)
    known = labelled([30], [1])
    with pytest.raises(GalleryError, match="calls hat"):
        measure(known, None, made_up(tmp_path, [1.0, 1.0], hats), nothings(known.faces, 1))
    with pytest.raises(GalleryError, match="none of the pictures"):
        measure(known, None, made_up(tmp_path, [1.0, 1.0], MASK), nothings(known.faces, 1))


def called(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(command)
    told = CliRunner().invoke(app, arguments)
    return told.exit_code, told.output


def test_the_command_measures_the_held_out_fifth_of_every_archive(tmp_path: Path) -> None:
    pack = whole_pack(tmp_path, [-5, 5, -5, 5, -5, -5, -5, 5])
    people = write_faces(tmp_path / "people.zip", ["30\t0\t0"] * 8 + ["30\t1\t1"] * 2)
    masks = write_faces(tmp_path / "masks.zip", ["mask"] * 5 + ["plain"] * 10)
    arguments = ("--pack", f"{pack.folder}/", "--data", str(people), "--data", str(masks), "--json")
    code, output = called(*arguments, "--alike", "0")
    assert code == 0, output
    found = {one["name"]: one["portions"][0] for one in json.loads(output)["findings"]}
    assert [(one["pictures"], one["right"]["value"]) for one in found.values()] == [
        (2, 0.5),
        (2, 1.0),
        (5, pytest.approx(0.8)),
    ]
    code, output = called(*arguments)
    gender = json.loads(output)["findings"][0]
    assert STRANGERS not in [one["title"] for one in gender["portions"]]  # this embedder takes all for one person


def test_the_command_says_what_it_cannot_measure(tmp_path: Path) -> None:
    archive = write_faces(tmp_path / "people.zip", ["30\t0\t0"] * 5)
    pack = whole_pack(tmp_path, [-5, 5, -5, 5, -5, -5, -5, 5])
    without = pack_of(tmp_path, DETECTOR, EMBEDDER)
    (tmp_path / "pack.toml").write_text(write_manifest(without.manifest))
    code, output = called("--pack", f"{pack.folder}/", "--data", str(archive), "--json")
    assert code == 1
    assert "has no attributes network" in json.loads(output)["text"]
    assert called("--pack", f"{pack.folder}/", "--data", str(tmp_path / "nothing.zip"))[0] == 2


@pytest.mark.real
def test_the_network_in_the_tree_tells_adults_it_never_saw(shared: Path) -> None:
    file = next(search.tree_packs().glob("*/starter-attributes.onnx"))
    tables = [tomllib.loads(path.read_text()).get("file", []) for path in file.parent.glob("*.toml")]
    table = next(one for file_tables in tables for one in file_tables if one["role"] == "attributes")
    network = AttributeNetwork(Network(file.read_bytes(), file.name, 1), msgspec.convert(table, PackFile))
    known = read_labelled(shared / "data/faces/utkface.zip")
    chosen = held_out(len(known.ages)) & (known.ages >= 18)
    chosen &= np.cumsum(chosen) % 6 == 0
    faces = known.only(chosen)
    found = {one.name: one.portions[0] for one in measure(faces, None, network, nothings(faces.faces, 60)).findings}
    assert len(faces.ages) > 400
    assert found["gender"].right.value > 0.92
    assert found["gender"].told.value > 0.95
    assert found["mask"].right.value > 0.98
    assert found["age"].right.value > 0.70
    assert np.array(LAYOUT).tolist() == np.array(table["input"]["points"]).tolist()
