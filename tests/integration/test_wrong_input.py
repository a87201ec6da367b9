"""Whatever strangers send to a running judge and eye: a clear refusal, nobody dies, and alice still gets in."""

from __future__ import annotations

import contextlib
import json
import random
import re
import resource
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from facelatchd.lines import LONGEST_LINE, write_line
from tests.clips import Cast, empty_room
from tests.house import CommandFailed, House
from tests.integration.strangers import (
    alices_house,
    at_the_door,
    call,
    descriptors,
    forget_peak,
    kibibytes,
    listen_to,
    must_fall_back_to,
    must_let_alice_in,
    nobody_harmed,
    say,
)

pytestmark = pytest.mark.real

BAD_REQUEST = b"RESULT verdict=unavailable reason=bad-request\n"
CROWD = 1000


@pytest.fixture(scope="module")
def house(best: Path, cast: Cast, pam_parts: None) -> Iterator[House]:
    with alices_house(best, cast) as house:
        yield house


@pytest.fixture(autouse=True)
def unharmed(house: House) -> Iterator[None]:
    with nobody_harmed(house):
        yield


# --- the door ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"\n",
        b" \n",
        b"\0\n",
        b"\0" * LONGEST_LINE,
        b"VERIFY\n",
        b"VERIFY v=1 user= service=screenlock\n",
        b"VERIFY v=2 user=alice service=screenlock\n",
        b"VERIFY v=1 user=alice service=screenlock seconds=-1\n",
        b"VERIFY v=1 user=alice service=screenlock seconds=99999999999999999999\n",
        b"VERIFY v=1 user=alice user=bob service=screenlock\n",
        b"VERIFY v=1 user=alice%00 service=screenlock\n",
        b"VERIFY v=1 user=al\0ice service=screenlock\n",
        b"VERIFY v=1 user=%FF service=screenlock\n",
        b"VERIFY v=1 user=alice service=screenlock " + b"x" * LONGEST_LINE + b"\n",
        b"OPEN v=1 user=alice\n",
        b"RESULT v=1 verdict=match reason=matched\n",
        b"ANSWER v=1 text=y\n",
        b"A" * 3_000_000,
        random.Random(0).randbytes(2000) + b"\n",
    ],
    ids=lambda raw: repr(raw[:45]),
)
def test_a_broken_line_at_the_door_is_a_bad_request(house: House, raw: bytes) -> None:
    assert at_the_door(house, raw) == BAD_REQUEST


def test_half_a_line_and_silence_is_a_bad_request(house: House) -> None:
    assert at_the_door(house, b"VERIFY v=1 user=al") == BAD_REQUEST


def test_half_a_line_and_the_end_is_a_bad_request(house: House) -> None:
    assert at_the_door(house, b"VERIFY v=1 user=al", hang_up=True) == BAD_REQUEST


def test_a_door_that_says_nothing_hears_nothing(house: House) -> None:
    assert at_the_door(house, b"", hang_up=True) == b""


@pytest.mark.parametrize("user", ["nobody-here", "alice ", "Alice", "../alice", "4242", "a" * 1000, "älice", "\a"])
def test_a_user_who_is_none_is_unknown(house: House, user: str) -> None:
    line = write_line("VERIFY", v=1, user=user, service="screenlock")
    assert at_the_door(house, line) == b"RESULT verdict=unavailable reason=unknown-user\n"


BROKEN_PAIRS = some.sampled_from(
    [
        b"v=1",
        b"v=",
        b"user=root",
        b"user=bob",
        b"user=%",
        b"user=%zz",
        b"service=sudo",
        b"service",
        b"seconds=0",
        b"ask=1",
    ]
)
LINES = some.one_of(
    some.binary(max_size=200),
    some.builds(
        lambda word, pairs: b" ".join([word, *pairs]),
        some.sampled_from([b"VERIFY", b"PASSED", b"ANSWER", b"CANCEL", b"verify", b"", b"\xff"]),
        some.lists(BROKEN_PAIRS, max_size=7),
    ),
)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=some.lists(LINES, min_size=1, max_size=3))
def test_no_line_that_names_nobody_enrolled_opens(house: House, lines: list[bytes]) -> None:
    heard = at_the_door(house, b"\n".join(lines) + b"\n", hang_up=True)
    assert re.fullmatch(rb"(RESULT verdict=unavailable reason=[a-z-]+\n)?", heard)


def test_a_thousand_doors_at_once_leave_the_judge_sound(house: House, cast: Cast, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < CROWD + 100:
        pytest.skip(f"this process may hold {hard} descriptors only")
    house.play(empty_room(tmp_path))
    before = descriptors(house)
    forget_peak(house)
    rss = kibibytes(house, "VmRSS")
    line = write_line("VERIFY", v=1, user="alice", service="screenlock", seconds=2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, CROWD + 100), hard))
    try:
        with contextlib.ExitStack() as crowd:
            doors = [crowd.enter_context(call(house.runtime / "door.sock")) for _ in range(CROWD)]
            for door in doors:
                with contextlib.suppress(BrokenPipeError):  # refused already
                    door.sendall(line)
            answers = Counter(listen_to(door).splitlines()[-1] for door in doors)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    peak = kibibytes(house, "VmHWM")
    print(f"judge: {rss} KiB before, {peak} KiB at most; answers {dict(answers)}")
    assert answers.total() == CROWD
    assert all(b"verdict=unavailable" in answer for answer in answers)
    assert answers[b"RESULT verdict=unavailable reason=busy"] > CROWD / 2
    assert peak - rss < 32 * 1024
    must_fall_back_to(house, before)
    must_let_alice_in(house, cast)


# --- pictures ---------------------------------------------------------------------------------------------------------


def png_header(width: int, height: int) -> bytes:
    """Return a PNG that says how large it is and holds no pixel."""
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def test_bad_pictures_are_named_with_what_is_wrong_and_nothing_is_stored(
    house: House, cast: Cast, tmp_path: Path
) -> None:
    assert cast.stranger
    alice, stranger = cast.enrolment[0], cast.stranger[0]
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "text.jpg").write_text("this is a letter, not a picture")
    (folder / "empty.png").touch()
    (folder / "cut.jpg").write_bytes(alice.read_bytes()[:3000])
    (folder / "huge.png").write_bytes(png_header(20_000, 20_000))
    (folder / "hollow.png").write_bytes(png_header(640, 480))
    (folder / "wall.png").write_bytes(empty_room(tmp_path / "wall")[0].read_bytes())
    cv2.imwrite(str(folder / "two.png"), cv2.hconcat([cv2.imread(str(path)) for path in (alice, stranger)]))
    before = house.command("list", "--user", "alice")
    with pytest.raises(CommandFailed) as failure:
        house.command("enroll", "--user", "alice", "--from-pictures", str(folder))
    assert failure.value.code == 1
    *told, last = [json.loads(line) for line in str(failure.value).split(": ", 1)[1].splitlines()]
    steps = [one for one in told if one["is"] == "enroll-step"]
    hints = {step["name"]: step["text"] for step in steps}
    print(json.dumps(hints | {"": last["text"]}, indent=2))
    for name, wrong in {
        "text.jpg": "no picture",
        "empty.png": "empty",
        "cut.jpg": "cut off",
        "huge.png": "20000x20000",
        "hollow.png": "damaged",
        "wall.png": "No face",
        "two.png": "Several faces",
    }.items():
        assert wrong in hints.pop(name)
    assert not hints
    assert not any(step["taken"] for step in steps)
    assert last["error"] == "unclear"
    assert "nothing is stored" in last["text"]
    assert house.command("list", "--user", "alice") == before


# --- the eye ----------------------------------------------------------------------------------------------------------


def test_random_bytes_at_the_eye_end_their_connection_only(house: House, cast: Cast) -> None:
    for seed in range(20):
        noise = random.Random(seed)
        body = noise.randbytes(200)
        say(house.runtime / "eye.sock", struct.pack(">I", len(body)) + body, hang_up=True)
        say(house.runtime / "eye.sock", noise.randbytes(noise.randrange(200)), hang_up=True)
    must_let_alice_in(house, cast)
