from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.bench.speed import machine
from tests.bench.speed.machine import Bustle, Bystander, this_machine
from tests.bench.speed.processes import (
    Herald,
    NotReady,
    await_line,
    footprint,
    imports_of,
    processor_seconds,
    running,
)

READY = "from facelatch_eye import notify; notify.tell('STATUS=x'); notify.tell('READY=1'); input()"


def python(script: str) -> list[str]:
    return [sys.executable, "-c", script]


def test_a_service_is_ready_when_it_says_so(tmp_path: Path) -> None:
    began = time.monotonic()
    with Herald(tmp_path) as herald, running(python(READY), tmp_path / "log", herald.environment) as process:
        assert began < herald.await_ready(process) <= time.monotonic()


def test_a_service_that_ends_before_it_is_ready_is_not_waited_for(tmp_path: Path) -> None:
    with Herald(tmp_path) as herald, running(python("pass"), tmp_path / "log") as process, pytest.raises(NotReady):
        herald.await_ready(process)


def test_a_program_is_waited_for_until_it_writes_a_word(tmp_path: Path) -> None:
    with running(python("print('loading'); print('loaded', flush=True); input()"), tmp_path / "log") as process:
        await_line(process, "loaded")

        assert process.poll() is None


def test_a_program_that_ends_without_the_word_is_not_waited_for(tmp_path: Path) -> None:
    with running(python("print('loading')"), tmp_path / "log") as process, pytest.raises(NotReady, match="'loaded'"):
        await_line(process, "loaded")


def test_a_program_ends_with_the_block_and_its_errors_are_kept(tmp_path: Path) -> None:
    script = "import sys; print('woe', file=sys.stderr, flush=True); print('up', flush=True); input()"
    with running(python(script), tmp_path / "log") as process:
        await_line(process, "up")

    assert process.returncode is not None
    assert (tmp_path / "log").read_text() == "woe\n"


def test_memory_that_is_taken_is_seen(tmp_path: Path) -> None:
    script = (
        "import sys; print('small', flush=True); input(); held = b'x' * 30_000_000; print('large', flush=True); input()"
    )
    with running(python(script), tmp_path / "log") as process:
        await_line(process, "small")
        small = footprint(process.pid)
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        await_line(process, "large")
        large = footprint(process.pid)

    assert small.anonymous < small.resident
    assert small.proportional <= small.resident
    for before, after in ((small.resident, large.resident), (small.anonymous, large.anonymous)):
        assert after - before == pytest.approx(30.0, abs=1.0)


def test_the_processor_time_of_threads_that_have_ended_counts() -> None:
    import threading

    def work() -> None:
        until = time.thread_time() + 0.05
        while time.thread_time() < until:
            continue

    before = processor_seconds(os.getpid())
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert processor_seconds(os.getpid()) - before >= 0.05


def test_a_process_that_is_gone_has_no_processor_time() -> None:
    process = subprocess.Popen(["true"])
    process.wait()

    with pytest.raises(OSError, match=r"\[Errno"):
        processor_seconds(process.pid)


def test_imports_are_counted_and_what_else_is_in_the_log_is_not() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import sys; print('import time: no', file=sys.stderr)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    more = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import wave"], capture_output=True, text=True, check=True
    )

    assert 0 < imports_of(done.stderr) < imports_of(more.stderr)
    assert imports_of("import time: self [us] | cumulative | imported package\nimport time: 1 | 2 | a\nwoe\n") == 1


def test_the_machine_is_described_without_its_name() -> None:
    found = this_machine()

    assert found.cores >= 1
    assert found.processor
    assert found.packages["numpy"] is not None
    assert os.uname().nodename not in (found.processor, found.kernel)


def test_work_of_this_process_is_no_bustle_and_that_of_others_is(monkeypatch: pytest.MonkeyPatch) -> None:
    moments, busy, own = iter((100.0, 110.0)), iter((50.0, 65.0)), iter((5.0, 17.0))
    monkeypatch.setattr(machine.time, "monotonic", lambda: next(moments))
    monkeypatch.setattr(machine, "_busy_seconds", lambda: next(busy))
    monkeypatch.setattr(machine, "_own_seconds", lambda: next(own))

    assert Bystander().bustle().others == pytest.approx(0.3)


def test_what_others_took_is_never_less_than_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_busy_seconds", lambda: 50.0)

    assert Bystander().bustle().others == 0.0


@pytest.mark.parametrize(
    ("load", "others", "said"), [(0.9, 0.2, ""), (1.1, 0.0, "load average"), (0.0, 0.4, "others took")]
)
def test_figures_of_a_busy_machine_are_doubted(load: float, others: float, said: str) -> None:
    disturbance = Bustle(load, 2.0, others, 2).disturbance

    assert said in disturbance
    assert bool(disturbance) == bool(said)
