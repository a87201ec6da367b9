"""Whom a face is compared with: everybody, or of very many those that an index proposes."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from facelatchd import templates
from facelatchd.clerk import Clerk
from facelatchd.gallery import Crowd, Gallery
from facelatchd.index import Index
from facelatchd.store import SealBroken, Store, StoreError, User
from facelatchd.store.everybody import Everybody
from tests.unit.facelatchd.seen import DIMENSION, MANIFEST, YARDSTICK, unit

KEY = bytes(range(32))
NOISE = np.random.default_rng(11)


def vector() -> NDArray[np.float32]:
    """A unit vector anywhere."""
    found = NOISE.standard_normal(DIMENSION)
    return (found / np.linalg.norm(found)).astype(np.float32)


class Opened:
    """A store whose opening of templates is counted."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.index = folder / "faces.index"
        self.store = Store.open(folder / "facelatch.db", KEY, index=self.index)
        self.clerk = Clerk(self.store, patience=20)
        self.opened: list[str] = []
        self.vectors: dict[str, list[NDArray[np.float32]]] = {}
        vectors = Everybody.vectors

        def counted(everybody: Everybody, faces: list[str]) -> dict[str, NDArray[np.float32]]:
            self.opened += faces
            return vectors(everybody, faces)

        monkeypatch.setattr(Everybody, "vectors", counted)

    def enrol(self, name: str, *own: NDArray[np.float32], label: str = "") -> str:
        """Enrol somebody, by two made-up vectors where none are given."""
        own = own or (vector(), vector())
        face = self.store.add_face(User(name, 1000 + len(name)), label, "p", MANIFEST.space, "c", own)
        self.vectors.setdefault(name, []).extend(own)
        return face.id

    def user(self, name: str) -> User:
        return User(name, 1000 + len(name))

    async def crowd(self, gallery: Gallery, probe: NDArray[np.float32] | None = None) -> Crowd:
        """Whom one face is compared with."""
        frames = vector() if probe is None else probe
        found = await gallery.crowds(self.clerk, MANIFEST, YARDSTICK, [frames[np.newaxis]])
        assert found is not None
        (crowd,) = found
        return crowd


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    return Opened(tmp_path, monkeypatch)


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def inside() -> None:
        await work()

    asyncio.run(inside())


def people(crowd: Crowd) -> list[str]:
    return [crowd.faces[start].user.name for start in crowd.user_starts]


def test_everybodys_templates_are_there_person_by_person(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "JOB", 3)
    names = [f"person{number}" for number in range(7)]
    for name in (*reversed(names), "person3"):
        opened.enrol(name)

    async def work() -> None:
        crowd = await opened.crowd(Gallery())
        assert people(crowd) == names
        assert crowd.enrolled == 7
        starts = [*crowd.face_starts[crowd.user_starts], len(crowd.held)]
        for name, start, end in zip(names, starts[:-1], starts[1:], strict=True):
            expected = {own.tobytes() for own in opened.vectors[name]}
            assert {own.tobytes() for own in crowd.held.vectors[start:end]} == expected

    run(work)


def test_more_faces_than_are_listed_at_a_time_are_all_there(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facelatchd.store.everybody.MOST_LISTED", 2)
    monkeypatch.setattr(templates, "MOST_LISTED", 2)
    for number in range(5):
        opened.enrol(f"person{number}")
    run(lambda: _same(opened.crowd(Gallery()), [f"person{number}" for number in range(5)]))


async def _same(asked: Awaitable[Crowd], names: list[str]) -> None:
    assert people(await asked) == names


def test_only_what_is_new_is_opened_and_what_was_removed_is_gone(opened: Opened) -> None:
    alice = opened.enrol("alice")
    bob = opened.enrol("bob")

    async def work() -> None:
        gallery = Gallery()
        first = await opened.crowd(gallery)
        assert await opened.crowd(gallery) is first
        assert sorted(opened.opened) == sorted([alice, bob])
        opened.opened.clear()
        carol = opened.enrol("carol")
        opened.store.improve_face(opened.user("bob"), bob, MANIFEST.space, [vector()])
        opened.store.remove_all(opened.user("alice"))
        crowd = await opened.crowd(gallery)
        assert people(crowd) == ["bob", "carol"]
        assert len(crowd.held) == 5
        assert sorted(opened.opened) == sorted([bob, carol])

    run(work)


def test_a_new_label_shows_without_opening_anything(opened: Opened) -> None:
    face = opened.enrol("alice")

    async def work() -> None:
        gallery = Gallery()
        await opened.crowd(gallery)
        opened.opened.clear()
        opened.store.rename_face(opened.user("alice"), face, "with glasses")
        assert (await opened.crowd(gallery)).faces[0].label == "with glasses"
        assert opened.opened == []

    run(work)


def test_a_clock_that_was_set_back_hides_nobody_who_came_or_went(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.enrol("alice")
    opened.enrol("bob")

    class SetBack(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime(2001, 1, 1, tzinfo=UTC)

    async def work() -> None:
        gallery = Gallery()
        assert people(await opened.crowd(gallery)) == ["alice", "bob"]
        monkeypatch.setattr("facelatchd.store.store.datetime", SetBack)
        opened.store.remove_all(opened.user("alice"))
        opened.enrol("carol")
        assert people(await opened.crowd(gallery)) == ["bob", "carol"]

    run(work)


def test_nothing_stays_in_memory_when_nobody_asks(opened: Opened) -> None:
    opened.enrol("alice")

    async def work() -> None:
        gallery = Gallery(idle=0.01)
        await opened.crowd(gallery)
        async with asyncio.timeout(10):
            while gallery.kept:
                await asyncio.sleep(0.005)
        opened.opened.clear()
        await opened.crowd(gallery)
        assert opened.opened

    run(work)


def test_nothing_is_dropped_while_somebody_is_looked_for(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    opened.enrol("alice")
    state = Everybody.state

    def slow(everybody: Everybody) -> tuple[object, ...]:
        time.sleep(0.2)
        return state(everybody)

    async def work() -> None:
        gallery = Gallery(idle=0.05)
        first = await opened.crowd(gallery)
        monkeypatch.setattr(Everybody, "state", slow)
        assert await opened.crowd(gallery) is first

    run(work)


def test_nobody_enrolled_is_nobody_to_compare_with(opened: Opened) -> None:
    async def work() -> None:
        gallery = Gallery()
        assert await gallery.crowds(opened.clerk, MANIFEST, YARDSTICK, []) is None
        opened.store.add_face(opened.user("alice"), "", "p", "another space", "c", [unit()])
        assert await gallery.crowds(opened.clerk, MANIFEST, YARDSTICK, [unit()]) is None

    run(work)


def test_a_template_that_does_not_open_or_has_another_length_says_whose_it_is(opened: Opened) -> None:
    opened.store.add_face(opened.user("alice"), "", "p", MANIFEST.space, "c", [unit()[:8]])

    async def work() -> None:
        with pytest.raises(SealBroken, match="of alice: templates of 8 numbers, expected 16; remove it"):
            await opened.crowd(Gallery())

    run(work)


def test_a_login_gets_its_turn_at_the_store_between_two_jobs(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "JOB", 2)
    for number in range(20):
        opened.enrol(f"person{number}")

    async def work() -> None:
        reading = asyncio.create_task(opened.crowd(Gallery()))
        while not opened.opened:
            await asyncio.sleep(0)
        await opened.clerk.do(opened.store.templates, opened.user("person0"), MANIFEST.space)
        assert len(opened.opened) < 20
        assert len(people(await reading)) == 20

    run(work)


# --- an index ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def crowded(opened: Opened) -> Opened:
    """More people than are all compared in these tests."""
    pytest.importorskip("faiss", reason="the extra `identify` is not installed")
    for number in range(100):
        opened.enrol(f"person{number:03d}")
    opened.opened.clear()
    return opened


def exact_only_up_to(templates: int) -> Gallery:
    return Gallery(most_exact=templates)


def test_of_very_many_those_near_are_compared_by_all_their_own_templates(crowded: Opened) -> None:
    crowded.enrol("person042", vector(), label="another face of his")

    async def work() -> None:
        gallery = exact_only_up_to(50)
        probe = crowded.vectors["person042"][0]
        crowd = await crowded.crowd(gallery, probe)
        assert "person042" in people(crowd)
        assert len(people(crowd)) < 100
        assert crowd.enrolled == 100
        own = [face for face in crowd.faces if face.user.name == "person042"]
        assert sum(face.templates for face in own) == 3
        assert any(np.array_equal(probe, template) for template in crowd.held.vectors)

    run(work)


def test_the_index_is_kept_sealed_and_opened_again(crowded: Opened) -> None:
    async def work() -> None:
        await crowded.crowd(exact_only_up_to(50))
        assert len(set(crowded.opened)) == 100
        content = crowded.index.read_bytes()
        assert b"IxSQ" not in content
        assert MANIFEST.space.encode() not in content
        assert crowded.index.stat().st_mode & 0o777 == 0o600
        crowded.opened.clear()
        await crowded.crowd(exact_only_up_to(50))  # as after a new start
        assert len(set(crowded.opened)) < 100
        assert crowded.index.read_bytes() == content

    run(work)


def test_who_came_and_went_since_the_index_was_made_is_found_and_is_not(crowded: Opened) -> None:
    async def work() -> None:
        gallery = exact_only_up_to(50)
        await crowded.crowd(gallery)
        before = crowded.index.read_bytes()
        opened_before = len(crowded.opened)
        crowded.enrol("newcomer")
        crowd = await crowded.crowd(gallery, crowded.vectors["newcomer"][1])
        assert "newcomer" in people(crowd)
        assert len(crowded.opened) - opened_before < 100
        assert crowded.index.read_bytes() != before
        crowded.store.remove_all(crowded.user("newcomer"))
        assert not crowded.index.exists()
        crowd = await crowded.crowd(gallery, crowded.vectors["newcomer"][1])
        assert "newcomer" not in people(crowd)
        assert gallery.kept == 200
        assert crowded.index.exists()

    run(work)


@pytest.mark.parametrize("harm", ["flipped", "cut", "empty", "another's"])
def test_an_index_that_was_tampered_with_is_made_anew_and_the_log_says_so(
    crowded: Opened, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        await crowded.crowd(exact_only_up_to(50))
        content = bytearray(crowded.index.read_bytes())
        content[len(content) // 2] ^= 1
        harmed: bytes = {
            "flipped": bytes(content),
            "cut": bytes(content[:-40]),
            "empty": b"",
            "another's": bytes(5000),
        }[harm]
        crowded.index.write_bytes(harmed)
        crowded.opened.clear()
        with caplog.at_level(logging.WARNING):
            crowd = await crowded.crowd(exact_only_up_to(50), crowded.vectors["person007"][0])
        assert "person007" in people(crowd)
        assert len(set(crowded.opened)) == 100
        assert "it is made anew" in caplog.text

    run(work)


def test_a_face_removed_while_the_index_is_written_does_not_stay_in_its_file(
    crowded: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    from facelatchd.store.sealedfile import SealedFile

    write = SealedFile.write

    def slow(file: SealedFile, content: object) -> None:
        crowded.store.remove_all(crowded.user("person001"))
        write(file, content)  # type: ignore[arg-type]

    monkeypatch.setattr(SealedFile, "write", slow)

    async def work() -> None:
        await crowded.crowd(exact_only_up_to(50))
        assert not crowded.index.exists()

    run(work)


@pytest.mark.parametrize("harm", ["a folder", "another version"])
def test_an_index_that_cannot_be_used_is_made_anew(
    crowded: Opened, harm: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    faiss = pytest.importorskip("faiss")
    if harm == "a folder":
        crowded.index.mkdir()
    else:
        run(lambda: _same(crowded.crowd(Gallery()), [f"person{number:03d}" for number in range(100)]))
        run(lambda: _named(crowded.crowd(exact_only_up_to(50), crowded.vectors["person007"][0]), "person007"))

        def unknown(content: object) -> object:
            raise RuntimeError("Index type 0x20202020 not recognized")

        monkeypatch.setattr(faiss, "deserialize_index", unknown)
    with caplog.at_level(logging.WARNING):
        run(lambda: _named(crowded.crowd(exact_only_up_to(50), crowded.vectors["person007"][0]), "person007"))
    assert "it is made anew" in caplog.text


async def _named(asked: Awaitable[Crowd], name: str) -> None:
    assert name in people(await asked)


def test_a_face_removed_while_the_index_is_written_goes_though_nobody_waits_for_it(
    crowded: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    from facelatchd.store.sealedfile import SealedFile

    write, begun, go_on = SealedFile.write, threading.Event(), threading.Event()

    def slow(file: SealedFile, content: object) -> None:
        begun.set()
        assert go_on.wait(10)
        write(file, content)  # type: ignore[arg-type]

    monkeypatch.setattr(SealedFile, "write", slow)

    async def work() -> None:
        asked = asyncio.create_task(crowded.crowd(exact_only_up_to(50)))
        assert await asyncio.to_thread(begun.wait, 10)
        asked.cancel()
        await crowded.clerk.do(crowded.store.remove_all, crowded.user("person001"))
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert not crowded.index.exists()

    run(work)


def test_an_index_that_was_left_half_made_is_not_gone_on_with(crowded: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    add, begun, go_on = Index.add, threading.Event(), threading.Event()

    def slow(index: Index, faces: object, vectors: NDArray[np.float32]) -> None:
        begun.set()
        assert go_on.wait(10)
        add(index, faces, vectors)  # type: ignore[arg-type]

    async def work() -> None:
        gallery = exact_only_up_to(50)
        await crowded.crowd(gallery)
        crowded.enrol("newcomer")
        with monkeypatch.context() as patch:
            patch.setattr(Index, "add", slow)
            asked = asyncio.create_task(crowded.crowd(gallery))
            assert await asyncio.to_thread(begun.wait, 10)
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
        crowd = await crowded.crowd(gallery, crowded.vectors["newcomer"][0])
        go_on.set()
        assert "newcomer" in people(crowd)
        assert gallery.kept == 202

    run(work)


def test_without_faiss_so_many_cannot_be_searched_and_the_text_says_how(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "faiss", None)
    opened.enrol("alice")

    async def work() -> None:
        with pytest.raises(StoreError, match=r"pip install 'facelatch\[identify\]'"):
            await opened.crowd(exact_only_up_to(1))

    run(work)
