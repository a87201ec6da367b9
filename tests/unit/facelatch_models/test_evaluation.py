"""Measuring packs, on people made of colours: the made-up embedder's vector is a picture's mean colour."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

from facelatch_models.evaluation.bounds import (
    CALIBRATION_ERROR,
    Calibrated,
    Method,
    figures_on,
    measured_calibration,
    write_calibration,
)
from facelatch_models.evaluation.cohort import draw_cohort, entry
from facelatch_models.evaluation.comparison import compare_all, read_suspects
from facelatch_models.evaluation.gallery import (
    Cache,
    Gallery,
    GalleryError,
    held_out,
    is_held_out,
    most_central,
    picture_files,
    read_gallery,
    vector_key,
)
from facelatch_models.evaluation.look import FRAMES, look_scores, shaken
from facelatch_models.evaluation.recognition import balanced_accuracy, operating_point, point_at, recognise
from facelatch_models.face import Face
from facelatch_models.pack import PackDamaged, open_pack, read_manifest
from facelatch_models.scale import LEVELS, MISSED, PASSED, Figure, supported
from facelatch_models.yardstick import Yardstick
from tests.unit.facelatch_models.coloured import POINTS, made_up, paint
from tests.unit.facelatch_models.samples import CALIBRATION, write_pack


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Thirty people of four pictures each."""
    random = np.random.default_rng(1)
    folder = tmp_path / "colours" / "people"
    for person in range(30):
        direction = random.normal(size=3)
        direction /= np.linalg.norm(direction)
        for picture in range(4):
            paint(folder / f"P{person:02}" / f"{picture}.png", tuple(128 + 90 * direction + random.normal(0, 9, 3)))
    return folder


def gallery_of(vectors: np.ndarray, people: list[int]) -> Gallery:
    files = tuple(f"P{person}/{row}.png" for row, person in enumerate(people))
    return Gallery(Path("made/up"), files, np.array(people), vectors.astype(np.float32))


def random_gallery(people: int = 60, pictures: int = 4, spread: float = 0.25, dimension: int = 32) -> Gallery:
    random = np.random.default_rng(3)
    owner = np.repeat(np.arange(people), pictures)
    centres = random.normal(size=(people, dimension)) / np.sqrt(dimension)
    vectors = centres[owner] + spread / np.sqrt(dimension) * random.normal(size=(len(owner), dimension))
    return gallery_of(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), owner.tolist())


# --- pictures to vectors ----------------------------------------------------------------------------------------------


def test_every_picture_becomes_a_vector_of_its_person(people: Path) -> None:
    told: list[tuple[int, int]] = []
    gallery = read_gallery(people, made_up(), progress=lambda done, of: told.append((done, of)))
    assert len(gallery.files) == 120
    assert gallery.acquired.all()
    assert [gallery.files[row].split("/")[0] for row in (0, 4, 119)] == ["P00", "P01", "P29"]
    assert gallery.people[[0, 4, 119]].tolist() == [0, 1, 29]
    assert told[-1] == (120, 120)


def test_pictures_without_a_face_or_damaged_are_kept_as_failures(people: Path) -> None:
    paint(people / "P00" / "4.png", (0, 0, 0))
    (people / "P01" / "4.png").write_bytes(b"no picture")
    gallery = read_gallery(people, made_up())
    assert [gallery.files[row] for row in np.flatnonzero(~gallery.acquired)] == ["P00/4.png", "P01/4.png"]


def test_a_folder_without_people_is_refused(tmp_path: Path) -> None:
    paint(tmp_path / "loose.png", (1, 2, 3))
    with pytest.raises(GalleryError, match="PERSON/PICTURE"):
        picture_files(tmp_path)


def test_a_second_run_takes_the_vectors_from_the_cache(people: Path, tmp_path: Path) -> None:
    first, second = made_up(), made_up()
    cache = Cache(tmp_path / "cache", "a key")
    before = read_gallery(people, first, cache)
    cache.save()
    after = read_gallery(people, second, Cache(tmp_path / "cache", "a key"))
    np.testing.assert_array_equal(before.vectors, after.vectors)
    assert (first.embedder.asked, second.embedder.asked) == (120, 0)  # type: ignore[attr-defined]
    assert Cache(tmp_path / "cache", "another key")["anything"] is None


def test_the_cache_tells_engines_and_packs_apart(tmp_path: Path) -> None:
    pack = open_pack(write_pack(tmp_path))
    assert vector_key(pack, "own") != vector_key(pack, "insightface")


def test_the_face_a_portrait_is_of_is_the_large_one_in_the_middle() -> None:
    picture = np.zeros((200, 200, 3), np.uint8)
    middle, aside = Face((70, 70, 60, 60), POINTS, 0.7), Face((140, 5, 60, 60), POINTS, 0.99)
    speck = Face((95, 95, 10, 10), POINTS, 0.99)
    assert most_central([aside, middle, speck], picture) is middle
    assert most_central([], picture) is None


# --- pairs ------------------------------------------------------------------------------------------------------------


def test_every_pair_is_compared_once() -> None:
    gallery = random_gallery(people=5, pictures=3)
    found = compare_all(gallery)
    cosines = gallery.vectors @ gallery.vectors.T
    same = gallery.people[:, np.newaxis] == gallery.people
    upper = np.triu(np.ones_like(same), 1)
    np.testing.assert_allclose(np.sort(found.genuine), np.sort(cosines[same & upper]), atol=1e-6)
    np.testing.assert_allclose(found.impostors, np.sort(cosines[~same & upper]), atol=1e-6)
    assert np.bincount(found.owner).tolist() == [3] * 5


def test_a_failed_picture_never_matches_its_person_and_is_no_impostor() -> None:
    gallery = random_gallery(people=4, pictures=3)
    gallery.vectors[0] = np.nan
    found = compare_all(gallery)
    assert len(found.genuine) == 12
    assert np.isneginf(found.genuine).sum() == 2
    assert (len(found.impostors), found.lost) == (54 - 9, 9)
    assert np.isfinite(found.impostors).all()


def test_suspect_pairs_are_left_out_in_whatever_order_they_are_named(tmp_path: Path) -> None:
    gallery = random_gallery(people=4, pictures=2)
    path = tmp_path / "suspects.json"
    path.write_text(json.dumps([["P1/2.png", "P0/0.png"], ["P0/0.png", "P9/9.png"], ["P0/0.png", "P0/1.png"]]))
    found = compare_all(gallery, read_suspects(path))
    assert (found.suspect, len(found.impostors), len(found.genuine)) == (1, 23, 4)


@pytest.mark.parametrize("text", ["", "[1]", '["one"]', "{"])
def test_a_list_of_suspects_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "suspects.json"
    path.write_text(text)
    with pytest.raises(GalleryError, match=r"suspects\.json"):
        read_suspects(path)


# --- figures ----------------------------------------------------------------------------------------------------------


def test_a_point_counts_what_is_above_its_threshold() -> None:
    found = compare_all(random_gallery())
    point = operating_point(found, 1e-3)
    assert point is not None
    assert point.errors == (found.impostors > point.threshold).sum()
    assert point.errors <= 1e-3 * len(found.impostors)
    assert point.match.value == pytest.approx((found.genuine > point.threshold).mean())
    assert point.match.low <= point.match.value <= point.match.high


def test_a_failed_picture_lowers_the_share_of_matches() -> None:
    gallery = random_gallery()
    whole = point_at(compare_all(gallery), 0.5, 1e-3)
    gallery.vectors[::4] = np.nan
    holed = point_at(compare_all(gallery), 0.5, 1e-3)
    assert holed.match.value <= whole.match.value / 2 + 1e-9


def test_a_person_of_many_pictures_counts_once_in_the_mean_of_people() -> None:
    vectors = np.array([[1.0, 0]] * 20 + [[1.0, 0], [0, 1.0]])
    point = point_at(compare_all(gallery_of(vectors, [0] * 20 + [1] * 2)), 0.5, 1e-3)
    assert point.per_person.value == 0.5
    assert point.match.value == pytest.approx(190 / 191)


def test_rates_that_cannot_be_shown_are_not_quoted() -> None:
    found = recognise(gallery := random_gallery(), compare_all(gallery))
    assert [point.rate for point in found.points] == [1e-3, 1e-4]  # 28,320 impostor pairs
    assert found.people_with_pairs == 60
    assert found.failures.value == 0


def test_balanced_accuracy_is_high_for_people_apart_and_half_for_people_alike() -> None:
    apart = balanced_accuracy(random_gallery(spread=0.1))
    alike = balanced_accuracy(gallery_of(np.random.default_rng(1).normal(size=(240, 8)), [n // 4 for n in range(240)]))
    assert apart is not None
    assert alike is not None
    assert apart[0] > 0.99
    assert alike[0] == pytest.approx(0.5, abs=0.05)


def test_balanced_accuracy_counts_failures_as_non_matches() -> None:
    gallery = random_gallery(spread=0.1)
    gallery.vectors[:] = np.nan
    gallery.vectors[:4] = 1 / np.sqrt(32)
    found = balanced_accuracy(gallery)
    assert found is not None
    assert found[0] < 0.6


def test_too_few_people_have_no_balanced_accuracy() -> None:
    assert balanced_accuracy(random_gallery(people=19)) is None


# --- calibration ------------------------------------------------------------------------------------------------------


def test_a_shaken_frame_is_like_its_picture_and_not_the_same() -> None:
    picture = np.asarray(cv2.GaussianBlur(np.random.default_rng(1).integers(0, 255, (80, 80, 3), np.uint8), (0, 0), 5))
    frame = shaken(picture, np.random.default_rng(2))
    assert frame.shape == picture.shape
    assert not np.array_equal(frame, picture)
    assert np.abs(frame.astype(int) - picture).mean() < 40


def test_looks_are_compared_with_others_and_with_other_pictures_of_the_same_person(people: Path) -> None:
    networks = made_up()
    gallery = read_gallery(people, networks)
    impostors, genuine = look_scores(gallery, networks)
    assert impostors.shape == (30 * 116, FRAMES)
    assert genuine.shape == (30 * 3, FRAMES)
    assert genuine.mean() > 0.9 > impostors.mean()


def test_people_of_one_picture_make_no_looks(tmp_path: Path) -> None:
    for person in range(12):
        paint(tmp_path / f"P{person}" / "1.png", (200, 20 * person, 90))
    networks = made_up()
    with pytest.raises(GalleryError, match="two pictures"):
        look_scores(read_gallery(tmp_path, networks), networks)


def whole(text: bytes) -> object:
    return read_manifest(text, "pack.toml")


def test_a_calibration_is_written_whole_and_the_rest_of_the_manifest_kept(people: Path, tmp_path: Path) -> None:
    for person in range(30, 90):  # enough impostor pairs to fit on
        paint(people / f"P{person}" / "0.png", (float(person), 255.0 - person, 2.0 * person))
    networks = made_up()
    gallery = read_gallery(people, networks)
    found = measured_calibration(gallery, networks, Method(one_in=1))
    calibration = found.calibration
    assert "colours/people, one in 1 of the people: 90 people, 180 pictures" in calibration.measured
    assert "too few impostors to show the bound of" in calibration.measured
    assert 0 < calibration.correlation <= 1
    figures = figures_on(found.yardstick, gallery, Method(remark="made up"), "the command")
    assert {figure.name for figure in figures} == {
        "FTA",
        "FNMR at FMR 1e-3",
        "FNMR at FMR 1e-4",
        *(f"{rate} of one comparison at the bound of {level}" for rate in ("FMR", "FNMR") for level in LEVELS),
        CALIBRATION_ERROR,
    }
    assert all(figure.low <= figure.value <= figure.high for figure in figures if figure.low is not None)  # type: ignore[operator]
    pack = open_pack(write_pack(tmp_path / "packs"))
    path = pack.folder / "pack.toml"
    path.write_text("# a remark\n" + path.read_text())
    for _ in range(2):  # the second time replaces the figures of the first
        write_calibration(path, found, figures, whole)
    again = open_pack(pack.folder).manifest
    assert again.calibration == calibration
    assert list(again.figure) == figures
    assert again.file == pack.manifest.file
    assert path.read_text().startswith("# a remark\n")
    assert [entry.name for entry in pack.folder.iterdir() if entry.name.startswith(".")] == []


def test_figures_of_another_name_are_kept(tmp_path: Path, people: Path) -> None:
    gallery = read_gallery(people, made_up())
    pack = open_pack(write_pack(tmp_path / "packs"))
    path, found = pack.folder / "pack.toml", Calibrated(CALIBRATION)
    figures = figures_on(found.yardstick, gallery, Method(remark="made up"), "the command")
    write_calibration(path, found, figures[1:], whole)
    write_calibration(path, found, figures[:1], whole)
    assert [figure.name for figure in open_pack(pack.folder).manifest.figure] == [figure.name for figure in figures]


def test_what_was_measured_with_another_calibration_goes_and_supports_no_level(tmp_path: Path) -> None:
    path = write_pack(tmp_path / "packs") / "pack.toml"
    shown = [Figure(name=PASSED + "strict", value=0.0, low=0.0, high=5e-7, data="made up", command="none")]
    shown.append(Figure(name=MISSED + "strict", value=0.1, low=0.0, high=0.2, data="made up", command="none"))
    alive = Figure(name="BPCER", value=0.1, data="made up", command="none")
    write_calibration(path, Calibrated(CALIBRATION), [*shown, alive], whole)
    assert supported(open_pack(path.parent).manifest.figure) == ("strict",)
    bounds = {**CALIBRATION.bounds, "convenient": 1.0}
    write_calibration(path, Calibrated(msgspec.structs.replace(CALIBRATION, bounds=bounds)), [], whole)
    assert open_pack(path.parent).manifest.figure == (alive,)


def test_a_text_that_would_not_be_read_back_replaces_nothing(tmp_path: Path) -> None:
    path = write_pack(tmp_path / "packs") / "pack.toml"
    before = path.read_bytes()
    with pytest.raises(PackDamaged, match="slope"):
        write_calibration(path, Calibrated(msgspec.structs.replace(CALIBRATION, slope=-1.0)), [], whole)
    assert path.read_bytes() == before


# --- the cohort -------------------------------------------------------------------------------------------------------


def crowd(seed: int = 3) -> Gallery:
    """Return people enough to draw a cohort like them: two kinds, which nobody is of both."""
    random = np.random.default_rng(seed)
    kinds = np.eye(8)[[0, 1]] * 0.8
    vectors = kinds[np.arange(600) % 2] + 0.2 * random.normal(size=(600, 8))
    return gallery_of(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), list(range(600)))


def test_a_cohort_is_like_the_people_and_is_none_of_them() -> None:
    gallery = crowd()
    cohort = draw_cohort(gallery, 200).astype(np.float32)
    assert cohort.shape == (200, 8)
    assert np.linalg.norm(cohort, axis=1) == pytest.approx(1, abs=2e-3)
    assert np.abs(cohort.mean(axis=0) - gallery.vectors.mean(axis=0)).max() < 0.1
    assert float((cohort @ gallery.vectors.T).max()) < 0.9999
    assert (draw_cohort(gallery, 200) == draw_cohort(gallery, 200)).all(), "the same pictures give the same pack"


def test_a_cohort_is_not_drawn_from_a_few() -> None:
    with pytest.raises(GalleryError, match="too few"):
        draw_cohort(crowd().part(np.arange(600) < 479), 200)


def test_a_new_cohort_takes_the_place_of_the_former(tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "packs")
    for seed in (3, 4):
        cohort = draw_cohort(crowd(seed), 50)
        found = Calibrated(msgspec.structs.replace(CALIBRATION, cohort=entry(cohort)), cohort)
        write_calibration(folder / "pack.toml", found, [], whole)
        assert [path.read_bytes() for path in folder.glob("cohort-*")] == [cohort.tobytes()]
        Yardstick.of(open_pack(folder))
        open_pack(folder).verify()


def test_a_crowded_place_lowers_the_scores_of_those_who_live_there() -> None:
    random = np.random.default_rng(5)
    vectors = random.normal(size=(600, 8))
    vectors[:400] = np.eye(8)[0] + 0.1 * vectors[:400]
    gallery = gallery_of(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), list(range(600)))
    cohort = draw_cohort(gallery, 200)
    yardstick = Calibrated(msgspec.structs.replace(CALIBRATION, cohort=entry(cohort)), cohort).yardstick
    crowding = yardstick.hold(gallery.vectors).crowding
    assert crowding[:400].mean() > crowding[400:].mean() + 0.1
    plain, normal = compare_all(gallery), compare_all(gallery, (), yardstick)
    assert len(plain.impostors) == len(normal.impostors)
    assert normal.impostors[-1] < plain.impostors[-1] - 0.4
    assert (normal.nearest >= normal.impostors[-len(normal.nearest)]).all()


def test_people_are_held_out_by_name() -> None:
    gallery = gallery_of(np.eye(4), [0, 1, 2, 3])
    apart = held_out(gallery, 2)
    assert apart.tolist() == [is_held_out(f"P{person}", 2) for person in range(4)]
    assert gallery.part(apart).files == tuple(f"P{p}/{p}.png" for p in range(4) if is_held_out(f"P{p}", 2))


# --- the command ------------------------------------------------------------------------------------------------------


def command(*words: str):  # type: ignore[no-untyped-def]
    """Run `facelatch-models`."""
    import typer

    from facelatch_models.cli import evaluate

    app = typer.Typer()
    app.command("evaluate")(evaluate.evaluate)
    app.command("calibrate")(evaluate.calibrate)
    return CliRunner().invoke(app, list(words))


def test_a_pack_that_is_not_there_is_named_with_exit_code_three(people: Path, tmp_path: Path) -> None:
    result = command("evaluate", "--pack", f"{tmp_path}/nowhere", "--data", str(people))
    assert result.exit_code == 3
    assert "nowhere" in result.output


def test_a_damaged_pack_is_named_with_exit_code_one(people: Path, tmp_path: Path) -> None:
    result = command("evaluate", "--pack", str(write_pack(tmp_path)), "--data", str(people))
    assert result.exit_code == 1
    assert "detector.onnx" in result.output


def test_figures_are_not_stated_on_the_people_that_were_fitted_on(people: Path, tmp_path: Path) -> None:
    pack = str(write_pack(tmp_path))
    result = command("calibrate", "--pack", pack, "--data", str(people), "--check", f"{people}/../people")
    assert result.exit_code == 2
    assert "other people" in result.output


@pytest.fixture
def pack(people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack whose networks are made up, and people enough to calibrate it on."""
    for person in range(30, 90):
        paint(people / f"P{person}" / "0.png", (float(person), 255.0 - person, 2.0 * person))
    monkeypatch.setattr("facelatch_models.cli.evaluate.load_networks", lambda pack, threads: made_up())
    return write_pack(tmp_path / "packs")


@pytest.fixture
def others(tmp_path: Path) -> Path:
    for person in range(8):
        for picture in range(3):
            paint(tmp_path / "others" / f"Q{person}" / f"{picture}.png", (30.0 * person, 200.0, 9.0 * picture))
    return tmp_path / "others"


def test_a_pack_is_calibrated_and_what_it_is_worth_drawn(
    people: Path, others: Path, pack: Path, tmp_path: Path
) -> None:
    how = ("--pack", str(pack), "--data", str(people), "--check", str(others), "--held", "1", "--cohort", "0")
    result = command("calibrate", *how, "--write", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    manifest = open_pack(pack).manifest
    assert manifest.calibration.slope == found["calibration"]["slope"]
    assert [figure.name for figure in manifest.figure] == [figure["name"] for figure in found["figure"]]
    assert str(tmp_path) not in manifest.figure[0].command, (
        "a figure says how it was measured, not where on this machine"
    )
    drawn = command(
        "evaluate", "--pack", str(pack), "--data", str(others), "--plots", str(tmp_path / "plots"), "--json"
    )
    assert drawn.exit_code == 0, drawn.output
    told = json.loads(drawn.stdout, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert len(told["tradeoff"]["rates"]) == len(told["tradeoff"]["missed"]) > 0
    assert sum(told["reliability"]["mass"]) == pytest.approx(1)
    assert sorted(path.name for path in (tmp_path / "plots").iterdir()) == ["det.svg", "reliability.svg"]


def test_a_cohort_that_people_are_too_few_for_is_said_and_nothing_written(people: Path, pack: Path) -> None:
    before = (pack / "pack.toml").read_bytes()
    result = command("calibrate", "--pack", str(pack), "--data", str(people), "--write")
    assert result.exit_code == 1
    assert "too few to draw a cohort" in result.output
    assert (pack / "pack.toml").read_bytes() == before


def test_a_pack_without_a_recipe_is_not_written_into_one(people: Path, pack: Path) -> None:
    how = ("--pack", str(pack), "--data", str(people), "--held", "1", "--cohort", "0")
    result = command("calibrate", *how, "--recipe")
    assert result.exit_code == 3
    assert "no recipe is named 'sample'" in result.output


@pytest.mark.real
def test_the_open_pack_is_evaluated_on_real_people_and_all_is_said(
    shared: Path, shared_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from facelatch_models.pack import write_manifest
    from tests.unit.facelatch_models.real import MINIFASNET, RETAIL_0095, YUNET, pack_of

    pack = tmp_path / "open"
    pack.mkdir()
    real = pack_of(shared_models, YUNET, RETAIL_0095, MINIFASNET)
    (pack / "pack.toml").write_text(write_manifest(real.manifest))
    for part in real.manifest.file:
        (pack / part.name).symlink_to(shared_models / part.name)
    data = tmp_path / "lfw" / "few"
    data.mkdir(parents=True)
    for folder in sorted((shared / "data/lfw/train").glob("A*"))[:60]:
        (data / folder.name).symlink_to(folder)
    monkeypatch.setattr(sys, "argv", ["facelatch-models", "evaluate", "--here"])
    result = command("evaluate", "--pack", str(pack), "--data", str(data), "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["circumstances"]["command"] == "facelatch-models evaluate --here"
    assert found["recognition"]["all pairs"]["failures"]["value"] == 0
    assert found["recognition"]["all pairs"]["points"][0]["match"]["value"] > 0.9
    text = command(
        "evaluate", "--what", "liveness", "--pack", str(pack), "--data", str(few_presentations(shared, tmp_path))
    )
    assert text.exit_code == 0, text.output
    assert "-> 0.5" in text.stdout
    assert "APCER print" in text.stdout


def few_presentations(shared: Path, folder: Path) -> Path:
    """Return a folder of two live and two printed frames of one person."""
    for kind in ("live", "print"):
        (folder / "nuaa" / kind / "0001").mkdir(parents=True)
        for path in sorted((shared / "data/nuaa" / kind / "0001").glob("*.jpg"))[:2]:
            (folder / "nuaa" / kind / "0001" / path.name).symlink_to(path)
    return folder / "nuaa"
