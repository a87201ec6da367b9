"""Manifests, verified reading, and which pack is chosen."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec.structs import replace

from facelatch_models import pack as pack_module
from facelatch_models import search as search_module
from facelatch_models.pack import (
    MEND,
    InputSpec,
    Kind,
    PackDamaged,
    PackError,
    PackMissing,
    Role,
    faults,
    open_pack,
    read_manifest,
    write_manifest,
)
from facelatch_models.scale import Calibration, Figure
from facelatch_models.search import choose, find_packs, search_path
from tests.unit.facelatch_models.samples import CALIBRATION, GLASSES, NETWORKS, POINTS, manifest, part, write_pack

NAN, INFINITE = math.nan, math.inf
PLAIN = some.text(some.characters(exclude_categories=("C", "Z")), max_size=20)
NUMBERS = some.floats(allow_nan=False, allow_infinity=False)
EVIDENCE = some.floats(min_value=1e-3, max_value=1e6)


@pytest.fixture(autouse=True)
def only_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No pack of the machine that runs the tests is seen."""
    monkeypatch.delenv("FACELATCH_PACKS", raising=False)
    monkeypatch.setattr(search_module, "SYSTEM_PACKS", tmp_path / "system")
    monkeypatch.setattr(search_module, "tree_packs", lambda: tmp_path / "tree")


def text_of(**changes: Any) -> bytes:
    return write_manifest(manifest(**changes)).encode()


def test_a_whole_pack_is_read_and_its_bytes_are_those_of_the_files(tmp_path: Path) -> None:
    pack = open_pack(write_pack(tmp_path))
    pack.verify()
    assert {role: pack.read(role) for role in Role} == {role: content for role, (_, _, content) in NETWORKS.items()}


def test_a_role_that_the_pack_lacks_reads_as_none(tmp_path: Path) -> None:
    made = manifest(file=(part(Role.DETECTOR), part(Role.EMBEDDER)))
    assert open_pack(write_pack(tmp_path, made)).read(Role.LIVENESS) is None


def test_the_space_is_named_after_the_embedder_and_nothing_else() -> None:
    other_detector = manifest(file=(part(Role.DETECTOR, sha256="0" * 64), part(Role.EMBEDDER)))
    other_embedder = manifest(file=(part(Role.DETECTOR), part(Role.EMBEDDER, sha256="0" * 64)))
    assert other_detector.space == manifest().space != other_embedder.space


def _figure(numbers: list[float]) -> Figure:
    low, value, high = numbers
    return Figure(name="rate", value=value, low=low, high=high, data="made up", command="none")


@settings(max_examples=60, deadline=None)
@given(
    terms=PLAIN,
    title=PLAIN,
    slope=some.floats(min_value=1e-6, max_value=1e9),
    intercept=NUMBERS,
    correlation=some.floats(min_value=0, max_value=1),
    bounds=some.tuples(EVIDENCE, EVIDENCE, EVIDENCE).map(sorted),
    mean=some.tuples(NUMBERS, NUMBERS, NUMBERS),
    figure=some.lists(
        some.builds(Figure, name=PLAIN, value=NUMBERS, data=PLAIN, command=PLAIN)
        | some.tuples(NUMBERS, NUMBERS, NUMBERS).map(sorted).map(_figure)
    ),
)
def test_a_manifest_that_is_written_is_read_back_the_same(
    terms: str,
    title: str,
    slope: float,
    intercept: float,
    correlation: float,
    bounds: list[float],
    mean: tuple[float, float, float],
    figure: list[Figure],
) -> None:
    calibration = Calibration(
        slope=slope,
        intercept=intercept,
        correlation=correlation,
        bounds=dict(zip(("convenient", "balanced", "strict"), bounds, strict=True)),
        measured=title,
    )
    detector = part(Role.DETECTOR, input=InputSpec(width=320, height=256, order="rgb", mean=mean))
    made = manifest(
        terms=terms, title=title, calibration=calibration, figure=tuple(figure), file=(detector, part(Role.EMBEDDER))
    )
    assert read_manifest(write_manifest(made).encode(), "here") == made


@settings(max_examples=200, deadline=None)
@given(some.binary(max_size=300))
def test_no_bytes_make_the_reader_fall(text: bytes) -> None:
    with pytest.raises(PackDamaged, match=r"^here: "):
        read_manifest(text, "here")


@settings(max_examples=200, deadline=None)
@given(position=some.integers(0, len(text_of()) - 1), value=some.integers(0, 255))
def test_a_manifest_with_one_other_byte_is_valid_or_refused(position: int, value: int) -> None:
    text = bytearray(text_of())
    text[position] = value
    try:
        read = read_manifest(bytes(text), "here")
    except PackDamaged:
        return
    assert list(faults(read)) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"slope": 0.0}, "slope"),
        ({"slope": -1.0}, "slope"),
        ({"slope": NAN}, "slope"),
        ({"slope": INFINITE}, "slope"),
        ({"intercept": NAN}, "intercept"),
        ({"intercept": INFINITE}, "intercept"),
        ({"correlation": 1.1}, "correlation"),
        ({"correlation": NAN}, "correlation"),
        ({"bounds": {"convenient": -INFINITE, "balanced": 1.0, "strict": 2.0}}, "bounds"),
        ({"bounds": {"convenient": NAN, "balanced": 1.0, "strict": 2.0}}, "bounds"),
        ({"bounds": {"convenient": 0.0, "balanced": 1.0, "strict": 2.0}}, "bounds"),
        ({"bounds": {"convenient": 3.0, "balanced": 1.0, "strict": 2.0}}, "bounds"),
        ({"bounds": {"convenient": 1.0, "balanced": 2.0, "strict": INFINITE}}, "bounds"),
        ({"bounds": {"convenient": 1.0, "balanced": 2.0}}, "strict"),
        ({"bounds": {"convenient": 1.0, "balanced": 2.0, "strict": 3.0, "lax": 0.1}}, "lax"),
    ],
)
def test_a_calibration_that_could_let_anybody_in_is_refused(changes: dict[str, Any], fault: str) -> None:
    made = manifest(calibration=replace(CALIBRATION, **changes))
    assert any(fault in text for text in faults(made))
    with pytest.raises(PackDamaged, match=fault):
        write_manifest(made)


@pytest.mark.parametrize("word", ["nan", "inf", "-inf"])
def test_toml_s_words_for_no_number_are_refused_where_they_are_read(word: str) -> None:
    text = text_of().replace(b"convenient = 9.0", b"convenient = " + word.encode())
    with pytest.raises(PackDamaged, match=r"here: calibration\.bounds"):
        read_manifest(text, "here")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"name": "../embedder.onnx"}, "plain file name"),
        ({"name": "/etc/passwd"}, "plain file name"),
        ({"name": ".hidden"}, "plain file name"),
        ({"name": ""}, "plain file name"),
        ({"name": "a\0b"}, "plain file name"),
        ({"name": "pack.toml"}, "plain file name"),
        ({"name": "detector.onnx"}, "same name"),
        ({"sha256": "A" * 64}, "sha256"),
        ({"sha256": "a" * 63}, "sha256"),
        ({"bytes": 0}, "bytes"),
        ({"bytes": -1}, "bytes"),
        ({"bytes": 2**40}, "bytes"),
        ({"kind": Kind.YUNET}, "none of a embedder's"),
        ({"dimension": 0}, "dimension"),
        ({"threshold": NAN}, "threshold"),
        ({"threshold": 0.0}, "threshold"),
        ({"threshold": 1.0}, "threshold"),
        ({"source": "\x1b[2J"}, "printed"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused(changes: dict[str, Any], fault: str) -> None:
    made = manifest(file=(part(Role.DETECTOR), part(Role.EMBEDDER, **changes)))
    assert any(fault in text for text in faults(made))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"width": 0}, "width"),
        ({"height": 100_000}, "height"),
        ({"order": "grey"}, "order"),
        ({"mean": (0.0, NAN, 0.0)}, "mean"),
        ({"scale": (1.0, 0.0, 1.0)}, "scale"),
        ({"scale": (1.0, INFINITE, 1.0)}, "scale"),
        ({"points": POINTS[:4]}, "five input.points"),
        ({"points": ((0.5, NAN), *POINTS[1:])}, "points"),
        ({"points": ((0.5, 1.5), *POINTS[1:])}, "points"),
        ({"enlarge": NAN}, "enlarge"),
        ({"enlarge": 11.0}, "enlarge"),
    ],
)
def test_an_input_that_makes_no_sense_is_refused(changes: dict[str, Any], fault: str) -> None:
    spec = replace(InputSpec(width=64, height=64, points=POINTS), **changes)
    made = manifest(file=(part(Role.DETECTOR), part(Role.EMBEDDER, input=spec)))
    assert any(fault in text for text in faults(made))


@pytest.mark.parametrize("name", ["", "current", "1st", "a-b", "a.b", "..", "a/b", "ä", "a" * 65, "a\n"])
def test_a_name_that_is_no_plain_word_is_refused(name: str) -> None:
    assert not pack_module.is_pack_name(name)
    assert any(text.startswith("id = ") for text in faults(manifest(name)))


@pytest.mark.parametrize("role", [Role.DETECTOR, Role.EMBEDDER])
def test_a_manifest_without_detector_or_embedder_is_refused(role: Role) -> None:
    made = manifest(file=tuple(part(other) for other in Role if other is not role))
    assert f"no file has the role {role.value}" in list(faults(made))


def test_two_networks_of_one_role_are_refused() -> None:
    made = manifest(file=(*map(part, Role), part(Role.DETECTOR, name="another.onnx")))
    assert list(faults(made)) == ["two files have the role detector"]


def test_an_unknown_key_is_refused_by_its_name() -> None:
    with pytest.raises(PackDamaged, match="dimensions"):
        read_manifest(text_of().replace(b"dimension", b"dimensions"), "here")


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("region", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_one_changed_bit_anywhere_in_a_network_is_noticed(tmp_path: Path, role: Role, region: float) -> None:
    pack = open_pack(write_pack(tmp_path))
    path = pack.folder / NETWORKS[role][1]
    content = bytearray(path.read_bytes())
    content[int(region * (len(content) - 1))] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(PackDamaged, match=rf"{path.name}: SHA-256 is [0-9a-f]{{64}}, pack\.toml says"):
        pack.read(role)
    with pytest.raises(PackDamaged, match=path.name):
        pack.verify()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda path: path.unlink(), "No such file"),
        (lambda path: path.write_bytes(b""), "has 0 bytes, pack.toml says 400"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "has 399 bytes, pack.toml says 400"),
        (lambda path: path.write_bytes(path.read_bytes() + b"!"), "has more than 400 bytes, pack.toml says 400"),
        (lambda path: (path.unlink(), path.mkdir()), "directory"),
        (lambda path: (path.unlink(), os.mkfifo(path)), "not a regular file"),
        (lambda path: (path.unlink(), path.symlink_to("/dev/zero")), "not a regular file"),
        (lambda path: (path.unlink(), path.symlink_to(path)), "symbolic links"),
    ],
)
def test_a_network_that_is_not_as_it_was_is_named_in_the_error(tmp_path: Path, change: Any, says: str) -> None:
    pack = open_pack(write_pack(tmp_path))
    change(pack.folder / "embedder.onnx")
    with pytest.raises(PackDamaged, match=r"embedder\.onnx") as caught:
        pack.read(Role.EMBEDDER)
    assert says in str(caught.value)


def test_the_bytes_that_were_hashed_are_those_returned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = open_pack(write_pack(tmp_path))
    path = pack.folder / "embedder.onnx"
    true_sum = pack_module.hashlib.sha256

    def swap_after_reading(content: bytes) -> Any:
        path.write_bytes(b"X" * len(content))
        return true_sum(content)

    monkeypatch.setattr(pack_module.hashlib, "sha256", swap_after_reading)
    assert pack.read(Role.EMBEDDER) == NETWORKS[Role.EMBEDDER][2]


def test_a_manifest_that_is_too_large_or_a_pipe_is_refused(tmp_path: Path) -> None:
    path = write_pack(tmp_path) / "pack.toml"
    path.write_bytes(path.read_bytes() + b"#" * pack_module.LARGEST_MANIFEST)
    with pytest.raises(PackDamaged, match="larger than"):
        open_pack(path.parent)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(PackDamaged, match="not a regular file"):
        open_pack(path.parent)


def test_reading_manifests_needs_no_numpy_and_no_writer() -> None:
    code = (
        "import sys, facelatch_models.pack\n"
        "print([name for name in ('numpy', 'cv2', 'onnxruntime', 'onnx', 'tomlkit') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_measuring_finds_what_is_missing_or_has_another_length_and_reads_nothing(tmp_path: Path) -> None:
    pack = open_pack(write_pack(tmp_path))
    path = pack.folder / "embedder.onnx"
    length = path.stat().st_size
    path.write_bytes(bytes(length))
    pack.measure()
    path.write_bytes(bytes(length + 1))
    with pytest.raises(PackDamaged, match=rf"embedder.onnx: has {length + 1} bytes, pack.toml says {length}"):
        pack.measure()
    path.unlink()
    with pytest.raises(PackDamaged, match=r"embedder\.onnx: cannot be looked at"):
        pack.measure()
    path.mkdir()
    with pytest.raises(PackDamaged, match=r"embedder\.onnx: is not a regular file"):
        pack.measure()


def test_what_mends_is_one_line_and_first_the_command_that_needs_no_files() -> None:
    assert MEND.isprintable()
    assert MEND.startswith("sudo facelatch pack install open ")
    assert "facelatch pack build open --from DIR" in MEND


def test_without_any_pack_the_error_says_where_it_looked_and_what_mends_it(tmp_path: Path) -> None:
    with pytest.raises(PackMissing, match="facelatch pack build open") as caught:
        choose(option=tmp_path / "mine")
    assert str(tmp_path / "mine") in str(caught.value)
    assert str(tmp_path / "system") in str(caught.value)


def test_packs_are_looked_for_in_the_option_the_environment_the_system_and_the_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACELATCH_PACKS", f"{tmp_path}/first:{tmp_path}/second:")
    path = search_path(tmp_path / "option")
    names = ["option", "first", "second", "system", "packs", "tree"]
    assert [folder.name for folder in path] == names
    for folder in reversed(path):
        if str(folder).startswith(str(tmp_path)):
            write_pack(folder)
            assert choose("sample", tmp_path / "option").folder == folder / "sample"
            assert choose(option=tmp_path / "option").folder == folder / "sample"


def test_the_pack_that_current_points_at_is_chosen_before_the_first_found(tmp_path: Path) -> None:
    write_pack(tmp_path, manifest("alpha"))
    write_pack(tmp_path, manifest("beta"))
    assert choose(option=tmp_path).manifest.id == "alpha"
    (tmp_path / "current").symlink_to("beta")
    assert choose(option=tmp_path).folder == tmp_path / "beta"
    assert choose("alpha", tmp_path).manifest.id == "alpha"


def test_a_current_that_points_nowhere_is_an_error_and_not_another_pack(tmp_path: Path) -> None:
    write_pack(tmp_path)
    (tmp_path / "current").symlink_to("gone")
    with pytest.raises(PackMissing, match="gone"):
        choose(option=tmp_path)


@pytest.mark.parametrize("name", ["", "sample"])
def test_a_damaged_pack_is_an_error_and_not_the_next_folder_s(tmp_path: Path, name: str) -> None:
    first = write_pack(tmp_path / "first")
    write_pack(tmp_path / "system")
    (first / "pack.toml").write_text("id = 3")
    with pytest.raises(PackDamaged, match=str(first)):
        choose(name, tmp_path / "first")


def test_a_named_pack_without_its_manifest_is_an_error_and_not_the_next_folder_s(tmp_path: Path) -> None:
    first = write_pack(tmp_path / "first")
    write_pack(tmp_path / "system")
    (first / "pack.toml").unlink()
    with pytest.raises(PackMissing, match=str(first)):
        choose("sample", tmp_path / "first")


@pytest.mark.parametrize("name", ["..", ".", "current", "a b", "-"])
def test_a_name_that_no_pack_can_have_is_refused(tmp_path: Path, name: str) -> None:
    write_pack(tmp_path)
    with pytest.raises(PackMissing, match="no pack can be named"):
        choose(name, tmp_path)


def test_a_folder_may_be_named_by_its_path(tmp_path: Path) -> None:
    assert choose(str(write_pack(tmp_path))).manifest.id == "sample"


def test_a_folder_that_may_not_be_looked_into_is_an_error_and_not_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pack(tmp_path / "system")
    true_lstat = Path.lstat

    def refuse(self: Path) -> os.stat_result:
        if self.is_relative_to(tmp_path / "locked"):
            raise PermissionError(13, "Permission denied", str(self))
        return true_lstat(self)

    monkeypatch.setattr(Path, "lstat", refuse)
    with pytest.raises(PackDamaged, match=r"locked.*Permission denied"):
        choose(option=tmp_path / "locked")


def test_what_is_half_written_or_hidden_is_not_found(tmp_path: Path) -> None:
    write_pack(tmp_path)
    write_pack(tmp_path / "elsewhere").rename(tmp_path / ".sample.x3")
    (tmp_path / "empty").mkdir()
    (tmp_path / "README.md").write_text("no pack")
    assert list(find_packs([tmp_path])) == [tmp_path / "sample"]


def test_current_turned_while_a_pack_is_read_mixes_no_two_packs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pack(tmp_path, manifest("alpha"))
    write_pack(tmp_path, manifest("beta"))
    link = tmp_path / "current"
    link.symlink_to("alpha")
    true_read = pack_module.read_regular

    def turn(path: Path, limit: int) -> bytes:
        content = true_read(path, limit)
        link.unlink(missing_ok=True)
        link.symlink_to("beta")
        return content

    monkeypatch.setattr(pack_module, "read_regular", turn)
    pack = choose(option=tmp_path)
    assert (pack.folder, pack.manifest.id) == (tmp_path / "alpha", "alpha")


def test_every_error_of_a_pack_is_a_pack_error() -> None:
    assert issubclass(PackMissing, PackError)
    assert issubclass(PackDamaged, PackError)


def test_a_network_of_the_eyes_says_where_the_points_of_a_face_are_to_lie() -> None:
    spec = replace(part(Role.EYES).input, points=())
    wrong = manifest(file=(part(Role.DETECTOR), part(Role.EMBEDDER), part(Role.EYES, input=spec)))
    assert list(faults(wrong)) == ["file 'eyes.onnx': a network of the eyes needs five input.points"]
    assert list(faults(manifest())) == []


@pytest.mark.parametrize(
    ("fault", "change"),
    [
        ("two attributes have the same name", {"attribute": (GLASSES, GLASSES)}),
        ("lower-case words", {"attribute": (replace(GLASSES, labels=("yes", "no ")),)}),
        ("labels: expected 1 to", {"attribute": (replace(GLASSES, labels=("yes", "yes")),)}),
        ("slope above 0", {"attribute": (replace(GLASSES, slope=float("nan")),)}),
        ("sure between 0 and 1", {"attribute": (replace(GLASSES, sure=1.0),)}),
        ("attribute: expected where the role is attributes", {"attribute": ()}),
    ],
)
def test_attributes_that_make_no_sense_are_named(fault: str, change: dict[str, Any]) -> None:
    found = "; ".join(
        faults(manifest(file=(part(Role.DETECTOR), part(Role.EMBEDDER), part(Role.ATTRIBUTES, **change))))
    )
    assert fault in found
