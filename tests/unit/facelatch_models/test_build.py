"""Recipes become packs, or say which files are missing."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import sys
import tomllib
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from facelatch_models import build as build_module
from facelatch_models import search, shelf
from facelatch_models.build import (
    Artefact,
    BuildError,
    Part,
    Provenance,
    Recipe,
    Source,
    UnknownRecipeError,
    Unlisted,
    build,
    parsed_recipe,
    read_recipe,
    recipe_folder,
    recipe_names,
)
from facelatch_models.convert import Conversion, ConvertError
from facelatch_models.install import read_sources
from facelatch_models.pack import InputSpec, Kind, Role, faults, open_pack
from tests.unit.facelatch_models.samples import CALIBRATION, POINTS

DETECTOR, EMBEDDER, LIVENESS = b"a detector", b"an embedder", b"a liveness network"


def sum_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def artefact(
    name: str,
    content: bytes,
    *others: str,
    unlisted: Unlisted = Unlisted.REFUSE,
    package: str = "",
    pack: str = "",
) -> Artefact:
    source = Source(names=(name, *others), sha256=(sum_of(content),), package=package, pack=pack)
    return Artefact(files=(source,), name=name, licence="none", source="made up", unlisted=unlisted)


def recipe(unlisted: Unlisted = Unlisted.REFUSE) -> Recipe:
    side = InputSpec(width=32, height=32)
    return Recipe(
        id="made",
        version="1",
        title="Made up",
        licence="none",
        terms="for tests only",
        part=(
            Part(
                role=Role.DETECTOR,
                kind=Kind.YUNET,
                input=side,
                artefact=(artefact("best.onnx", b"the best"), artefact("det.onnx", DETECTOR, "detector.onnx")),
            ),
            Part(
                role=Role.EMBEDDER,
                kind=Kind.VECTOR,
                input=replace(side, points=POINTS),
                dimension=4,
                artefact=(artefact("emb.onnx", EMBEDDER, unlisted=unlisted),),
            ),
            Part(
                role=Role.LIVENESS,
                kind=Kind.MINIFASNET,
                input=side,
                optional=True,
                artefact=(artefact("live.onnx", LIVENESS),),
            ),
        ),
        calibration=CALIBRATION,
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "detector.onnx").write_bytes(DETECTOR)
    (folder / "emb.onnx").write_bytes(EMBEDDER)
    return folder


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    true_read = read_recipe
    made = recipe()
    monkeypatch.setattr(build_module, "read_recipe", lambda name: made if name == "made" else true_read(name))


def test_a_pack_is_built_of_the_files_that_are_there_under_any_accepted_name(source: Path, tmp_path: Path) -> None:
    built = build("made", source, tmp_path / "shelf")
    assert built.pack.folder == tmp_path / "shelf" / "made"
    assert built.pack.read(Role.DETECTOR) == DETECTOR
    assert built.pack.read(Role.EMBEDDER) == EMBEDDER
    assert built.pack.manifest.embedder.sha256 == sum_of(EMBEDDER)
    assert built.pack.manifest.terms == "for tests only"
    assert built.left_out == (Role.LIVENESS,)
    assert [(used.role, used.name, used.provenance) for used in built.used] == [
        (Role.DETECTOR, "det.onnx", Provenance.KNOWN),
        (Role.EMBEDDER, "emb.onnx", Provenance.KNOWN),
    ]
    assert sorted(os.listdir(tmp_path / "shelf")) == ["made"]


def test_the_first_artefact_of_a_recipe_goes_first_and_the_optional_one_is_taken(source: Path, tmp_path: Path) -> None:
    (source / "deep" / "deeper").mkdir(parents=True)
    (source / "deep" / "deeper" / "best.onnx").write_bytes(b"the best")
    (source / "live.onnx").write_bytes(LIVENESS)
    built = build("made", source, tmp_path / "shelf")
    assert [used.name for used in built.used] == ["best.onnx", "emb.onnx", "live.onnx"]
    assert built.left_out == ()


def test_every_missing_file_is_named_with_all_that_would_do(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    with pytest.raises(BuildError) as caught:
        build("made", tmp_path / "source", tmp_path / "shelf")
    assert "detector: best.onnx, or det.onnx/detector.onnx; embedder: emb.onnx" in str(caught.value)
    assert not (tmp_path / "shelf").exists()


def test_a_file_of_another_checksum_is_refused_and_not_passed_over(source: Path, tmp_path: Path) -> None:
    (source / "best.onnx").write_bytes(b"cut off")
    with pytest.raises(BuildError, match=r"best\.onnx: SHA-256 is [0-9a-f]{64}, expected") as caught:
        build("made", source, tmp_path / "shelf")
    assert sum_of(b"cut off") in str(caught.value)
    assert sum_of(b"the best") in str(caught.value)
    assert not (tmp_path / "shelf").exists()


def test_of_two_files_of_one_name_the_known_one_is_taken(source: Path, tmp_path: Path) -> None:
    (source / "emb.onnx").write_bytes(b"FP32")
    (source / "FP16").mkdir()
    (source / "FP16" / "emb.onnx").write_bytes(EMBEDDER)
    assert build("made", source, tmp_path / "shelf").pack.read(Role.EMBEDDER) == EMBEDDER


def test_an_original_of_unknown_checksum_is_taken_by_its_name_and_said_to_be_unknown(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_module, "read_recipe", lambda name: recipe(Unlisted.ACCEPT))
    (source / "emb.onnx").write_bytes(b"of another release")
    built = build("made", source, tmp_path / "shelf")
    assert built.used[1].provenance is Provenance.UNKNOWN
    assert built.used[1].sha256 == (sum_of(b"of another release"),)
    assert "emb.onnx not a known file" in built.pack.manifest.embedder.source
    (source / "copy").mkdir()
    (source / "copy" / "emb.onnx").write_bytes(b"of a third")
    with pytest.raises(BuildError, match="different files, none of them known"):
        build("made", source, tmp_path / "shelf")


@pytest.mark.parametrize("content", [b"", None])
def test_a_file_that_is_empty_or_a_pipe_is_refused(source: Path, tmp_path: Path, content: bytes | None) -> None:
    (source / "emb.onnx").unlink()
    if content is None:
        os.mkfifo(source / "emb.onnx")
    else:
        (source / "emb.onnx").write_bytes(content)
    with pytest.raises(BuildError, match=r"emb\.onnx"):
        build("made", source, tmp_path / "shelf")


def test_a_source_that_is_no_folder_or_holds_half_a_disk_is_refused(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BuildError, match="is not a folder"):
        build("made", source / "emb.onnx", tmp_path / "shelf")
    monkeypatch.setattr(build_module, "MOST_ENTRIES", 1)
    with pytest.raises(BuildError, match="more than 1 entries"):
        build("made", source, tmp_path / "shelf")


def test_the_old_pack_stays_where_the_new_one_cannot_be_written(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build("made", source, tmp_path / "shelf")
    (source / "live.onnx").write_bytes(LIVENESS)
    true_put = shelf.put

    def damage(folder: Path, name: str, content: bytes) -> None:
        true_put(folder, name, content[:-1] if name == "live.onnx" else content)

    monkeypatch.setattr(shelf, "put", damage)
    with pytest.raises(Exception, match=r"live\.onnx: has 17 bytes"):
        build("made", source, tmp_path / "shelf")
    old = open_pack(tmp_path / "shelf" / "made")
    old.verify()
    assert old.manifest.part(Role.LIVENESS) is None
    assert os.listdir(tmp_path / "shelf") == ["made"]


def test_a_file_that_cannot_be_converted_is_named(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = recipe()
    embedder = made.part[1]
    ways = (replace(embedder.artefact[0], convert=Conversion.MINIFASNET),)
    changed = replace(made, part=(made.part[0], replace(embedder, artefact=ways)))
    monkeypatch.setattr(build_module, "read_recipe", lambda name: changed)
    with pytest.raises(ConvertError, match=rf"^{source}/emb\.onnx: "):
        build("made", source, tmp_path / "shelf")
    assert not (tmp_path / "shelf").exists()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where packs and packages are installed: `made` takes its detector from a pack, its embedder from a package."""
    place = tmp_path / "installed"
    (place / "packs" / "beginner").mkdir(parents=True)
    (place / "packs" / "beginner" / "det.onnx").write_bytes(DETECTOR)
    package = place / "python" / "made_up_weights"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("raise AssertionError('nobody is to import this')")
    (package / "models" / "emb.onnx").write_bytes(EMBEDDER)
    monkeypatch.setattr(search, "SYSTEM_PACKS", place / "packs")
    monkeypatch.setattr(search, "tree_packs", lambda: place / "tree")
    monkeypatch.syspath_prepend(str(place / "python"))
    detector, embedder, liveness = recipe().part
    parts = (
        replace(detector, artefact=(artefact("det.onnx", DETECTOR, pack="beginner"),)),
        replace(embedder, artefact=(artefact("emb.onnx", EMBEDDER, package="made_up_weights"),)),
        liveness,
    )
    monkeypatch.setattr(build_module, "read_recipe", lambda name: replace(recipe(), part=parts))
    return place


def test_a_pack_is_built_of_a_pack_and_a_python_package_that_are_installed(installed: Path, tmp_path: Path) -> None:
    built = build("made", None, tmp_path / "shelf")
    assert (built.pack.read(Role.DETECTOR), built.pack.read(Role.EMBEDDER)) == (DETECTOR, EMBEDDER)
    assert [used.files for used in built.used] == [
        (installed / "packs" / "beginner" / "det.onnx",),
        (installed / "python" / "made_up_weights" / "models" / "emb.onnx",),
    ]
    assert {used.provenance for used in built.used} == {Provenance.KNOWN}
    assert built.left_out == (Role.LIVENESS,)


def test_a_file_in_the_folder_that_was_named_goes_before_the_installed_one(
    installed: Path, source: Path, tmp_path: Path
) -> None:
    (source / "live.onnx").write_bytes(LIVENESS)
    built = build("made", source, tmp_path / "shelf")
    assert [used.files[0] for used in built.used] == [
        installed / "packs" / "beginner" / "det.onnx",
        source / "emb.onnx",
        source / "live.onnx",
    ]


def test_the_known_one_of_two_installed_packs_is_taken(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine" / "beginner").mkdir(parents=True)
    (tmp_path / "mine" / "beginner" / "det.onnx").write_bytes(b"trained by myself")
    monkeypatch.setenv("FACELATCH_PACKS", str(tmp_path / "mine"))
    assert build("made", None, tmp_path / "shelf").pack.read(Role.DETECTOR) == DETECTOR
    shutil.rmtree(installed / "packs")
    with pytest.raises(BuildError, match=rf"mine/beginner/det\.onnx: SHA-256 is {sum_of(b'trained by myself')}"):
        build("made", None, tmp_path / "shelf")


def test_what_is_not_installed_is_named_with_what_installs_it(installed: Path, tmp_path: Path) -> None:
    shutil.rmtree(installed / "packs")
    (installed / "python" / "made_up_weights" / "models" / "emb.onnx").unlink()
    wanted = (
        r"^there is nothing for detector: det\.onnx \(of the pack beginner\); embedder: emb\.onnx \(comes with: pip"
    )
    with pytest.raises(BuildError, match=wanted + r" install made_up_weights\)$"):
        build("made", None, tmp_path / "shelf")
    shutil.rmtree(installed / "python")
    with pytest.raises(BuildError, match="pip install made_up_weights"):
        build("made", tmp_path, tmp_path / "shelf")
    assert not (tmp_path / "shelf").exists()


@pytest.mark.parametrize("name", recipe_names())
def test_only_classic_needs_no_folder_of_the_user_s(name: str) -> None:
    assert read_recipe(name).needs_folder is (name != "classic")


@pytest.mark.parametrize(
    "place", ['package = "made.up"', 'package = ".up"', 'pack = "../up"', 'pack = "/up"', 'pack = "current"']
)
def test_a_recipe_names_no_place_but_a_package_and_a_pack(place: str) -> None:
    text = recipe_folder().joinpath("classic.toml").read_text()
    parsed_recipe(text.encode())
    with pytest.raises(msgspec.ValidationError, match="expected a pack"):
        parsed_recipe(re.sub('(package|pack) = "[a-z_]+"', place, text, count=1).encode())


def test_classic_s_embedder_is_built_of_the_python_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if importlib.util.find_spec("face_recognition_models") is None:
        pytest.skip("the Python package face_recognition_models is not installed (extra classic)")
    classic = read_recipe("classic")
    (tmp_path / "det.onnx").write_bytes(DETECTOR)
    detector = replace(classic.part[0], artefact=(artefact("det.onnx", DETECTOR),))
    monkeypatch.setattr(build_module, "read_recipe", lambda name: replace(classic, part=(detector, classic.part[1])))
    imported = set(sys.modules)
    built = build("classic", tmp_path, tmp_path / "shelf")
    assert {used.provenance for used in built.used} == {Provenance.KNOWN}
    assert built.pack.manifest.embedder.name == "dlib_face_recognition_resnet_model_v1.onnx"
    assert "face_recognition_models" not in set(sys.modules) - imported


def test_an_unknown_recipe_names_those_that_there_are() -> None:
    with pytest.raises(
        UnknownRecipeError, match=r"'sources'; there are buffalo_l, buffalo_s, buffalo_sc, classic, open$"
    ):
        read_recipe("sources")


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_that_comes_along_makes_a_valid_manifest(name: str) -> None:
    read = read_recipe(name)
    assert read.id == name
    assert {part.role for part in read.part if not part.optional} >= {Role.DETECTOR, Role.EMBEDDER}
    for part in read.part:
        assert all(len(text) == 64 for way in part.artefact for file in way.files for text in file.sha256)
        assert all(way.unlisted is Unlisted.REFUSE or way.convert is Conversion.NONE for way in part.artefact)
    for index in range(max(len(part.artefact) for part in read.part)):
        chosen = []
        for part in read.part:
            way = part.artefact[min(index, len(part.artefact) - 1)]
            found = [build_module.Found(Path("x"), b"x", sum_of(b"x"), Provenance.KNOWN) for _ in way.files]
            chosen.append((part, way, tuple(found)))
        networks = {part.role: b"network" for part in read.part}
        assert list(faults(build_module._manifest(read, chosen, networks))) == []


@pytest.mark.parametrize("name", [name for name in recipe_names() if name.startswith("buffalo")])
def test_insightface_s_packs_say_that_they_are_for_research_only(name: str) -> None:
    assert "non-commercial research" in read_recipe(name).terms


def test_the_downloads_are_files_that_their_recipe_takes_and_fill_all_its_roles() -> None:
    for name, downloads in read_sources().items():
        sums = {download.name: download.sha256 for download in downloads}
        assert all(download.url.startswith("https://") and download.bytes for download in downloads)
        for part in read_recipe(name).part:
            assert any(
                all(any(sums.get(one) in file.sha256 for one in file.names) for file in way.files)
                for way in part.artefact
            ), f"{name}: no download for the {part.role.value}"


@pytest.mark.real
def test_open_is_built_from_what_its_authors_publish(shared_models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "downloads"
    shutil.copytree(shared_models / "upstream", folder)
    shutil.copy(shared_models / "yunet_n_dynamic.onnx", folder)
    built = build("open", folder, tmp_path / "shelf")
    built.pack.verify()
    assert [used.role for used in built.used] == [Role.DETECTOR, Role.EMBEDDER, Role.LIVENESS]
    assert built.left_out == (Role.EYES,)
    assert {used.provenance for used in built.used} == {Provenance.KNOWN}


@pytest.mark.real
def test_open_is_built_from_ready_made_onnx_files_too(shared_models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "ready"
    folder.mkdir()
    for name in (
        "face_detection_yunet_2023mar.onnx",
        "face-reidentification-retail-0095_fp16w.onnx",
        "2.7_80x80_MiniFASNetV2.onnx",
        "mediapipe_face_landmarks_478_256_fp16.onnx",
    ):
        shutil.copy(shared_models / name, folder)
    built = build("open", folder, tmp_path / "shelf")
    assert built.pack.manifest.file[0].name == "face_detection_yunet_2023mar.onnx"
    assert built.left_out == ()
    assert {used.provenance for used in built.used} == {Provenance.KNOWN}


@pytest.mark.real
@pytest.mark.parametrize("name", ["buffalo_sc", "buffalo_s"])
def test_insightface_s_small_packs_are_built_from_its_own_folder(
    shared_models: Path, tmp_path: Path, name: str
) -> None:
    home = tmp_path / ".insightface" / "models" / name
    home.mkdir(parents=True)
    shutil.copy(shared_models / "scrfd_500m_bnkps.onnx", home / "det_500m.onnx")
    shutil.copy(shared_models / "w600k_mbf_deq.onnx", home / "w600k_mbf.onnx")
    (home / "genderage.onnx").write_bytes(b"not wanted")
    built = build(name, home, tmp_path / "shelf")
    assert [(used.role, used.provenance) for used in built.used] == [
        (Role.DETECTOR, Provenance.KNOWN),
        (Role.EMBEDDER, Provenance.UNKNOWN),
    ]
    assert built.left_out == (Role.LIVENESS,)


def test_recipes_are_toml_that_any_tool_reads() -> None:
    folder = Path(build_module.__file__).parent / "recipes"
    assert {tomllib.loads(path.read_text("utf-8")).get("id", path.stem) for path in folder.glob("*.toml")} == {
        *recipe_names(),
        "sources",
    }
