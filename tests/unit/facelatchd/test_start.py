"""What the judge loads before it is ready: each package of it is processor time and memory on every machine."""

from __future__ import annotations

import signal
import sys
from ctypes.util import find_library
from pathlib import Path
from typing import Final

import pytest

from facelatchd.judge import EX_UNAVAILABLE
from tests.unit.facelatchd.process import Judge

THIRD_PARTY: Final = {
    "cryptography",
    "gi",
    *("gio", "glib", "gobject", "gtk"),  # PyGObject's own, without a file
    "msgspec",
    "numpy",
    "cython_runtime",  # NumPy's
    "pydbus",
    "sqlalchemy",
    "typing_extensions",  # SQLAlchemy's
}
OURS: Final = {"facelatch", "facelatch_eye", "facelatch_models", "facelatchd"}

LAST_WORDS: Final = (
    "import atexit, gc, os, sys; words = lambda: [os.environ.get('OPENBLAS_NUM_THREADS', ''), str(gc.isenabled()), "
    "*(name for name, module in sys.modules.items() if module)]; "
    "atexit.register(lambda: open({path!r}, 'w').write('\\n'.join(words()))); "
)
"""Has the judge write down at its end how many threads it computes in, whether it looks for garbage, what is loaded."""


class Started:
    """A judge that was started, was ready and has ended again."""

    def __init__(self, folder: Path) -> None:
        path = folder / "last words"
        judge = Judge(folder, before=LAST_WORDS.format(path=str(path)))
        try:
            process = judge.start()
            process.send_signal(signal.SIGTERM)
            assert process.wait(5) == 0, judge.log
        finally:
            judge.end()
        self.threads, self.looks_for_garbage, *self.modules = path.read_text().split("\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("judge")


@pytest.fixture(scope="module")
def first(folder: Path) -> Started:
    """The first start, which makes the store."""
    return Started(folder)


@pytest.fixture(scope="module")
def later(folder: Path, first: Started) -> Started:
    """A start with a store of today."""
    return Started(folder)


def test_a_new_store_is_made_by_alembic(first: Started) -> None:
    assert "alembic" in first.modules


def test_the_judge_starts_without_alembic(later: Started) -> None:
    assert "facelatchd.store.migrations" in later.modules
    assert not {"alembic", "mako"} & set(later.modules)


@pytest.mark.parametrize(
    "module",
    ["sqlalchemy.orm", "sqlalchemy.dialects.postgresql", "tomlkit", "faiss", "ssl", "cairo"],
)
def test_what_few_requests_need_is_not_loaded_at_the_start(later: Started, module: str) -> None:
    assert module not in later.modules


def test_few_packages_of_others_are_loaded_at_the_start(later: Started) -> None:
    packages = {name.partition(".")[0] for name in later.modules if not name.startswith("_")}
    assert packages - set(sys.stdlib_module_names) - OURS <= THIRD_PARTY


def test_the_judge_computes_in_one_thread_and_looks_for_garbage_once_it_is_ready(later: Started) -> None:
    assert (later.threads, later.looks_for_garbage) == ("1", "True")


@pytest.mark.skipif(find_library("pq") is None, reason="there is no libpq")
def test_a_server_s_database_is_asked_through_psycopg_s_pure_python_too(tmp_path: Path) -> None:
    """Which wants the very module that the judge keeps from loading beside a file of its own."""
    pytest.importorskip("psycopg")
    judge = Judge(tmp_path, environment={"PSYCOPG_IMPL": "python"})
    status, said = judge.refusal("--database", "postgresql://127.0.0.1:1/nobody")
    assert status == EX_UNAVAILABLE
    assert "127.0.0.1" in said
    assert "refused" in said


def test_a_psycopg_that_cannot_be_loaded_is_told_of(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    judge = Judge(tmp_path, environment={"PSYCOPG_IMPL": "nonsense"})
    status, said = judge.refusal("--database", "postgresql://127.0.0.1:1/nobody")
    assert status == EX_UNAVAILABLE
    assert "facelatch[postgres]" in said
