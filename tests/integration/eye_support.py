"""What the eye's integration tests need: a pack of real networks, clips, the real process, and a plain client."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from facelatch_eye.messages import (
    HEADER,
    LARGEST_ANSWER,
    Answer,
    Observation,
    Opened,
    Request,
    Watch,
    announced_length,
    pack_message,
    read_answer,
)
from facelatch_models.pack import InputSpec, Kind, Manifest, PackFile, Role, write_manifest
from facelatch_models.scale import Calibration

PATIENCE = 20.0
"""Seconds; generous, because the machine that tests may be busy. Nothing is measured against it."""

POINTS = ((0.3156, 0.4616), (0.6827, 0.4616), (0.5003, 0.6405), (0.3495, 0.8247), (0.6534, 0.8247))

ROLES = {
    Role.DETECTOR: (Kind.YUNET, "yunet_n_dynamic.onnx", InputSpec(width=320, height=320), 0.6),
    Role.EMBEDDER: (
        Kind.VECTOR,
        "face-reidentification-retail-0095_fp16w.onnx",
        InputSpec(width=128, height=128, points=POINTS),
        0.5,
    ),
    Role.LIVENESS: (Kind.MINIFASNET, "2.7_80x80_MiniFASNetV2.onnx", InputSpec(width=80, height=80, enlarge=2.7), 0.5),
}


def build_pack(folder: Path, models: Path) -> Path:
    """Write a pack of links to the real networks into `folder`; its calibration is made up."""
    folder.mkdir(parents=True)
    files = []
    for role, (kind, name, spec, threshold) in ROLES.items():
        content = (models / name).read_bytes()
        (folder / name).write_bytes(content)
        files.append(
            PackFile(
                role=role,
                kind=kind,
                name=name,
                sha256=hashlib.sha256(content).hexdigest(),
                bytes=len(content),
                licence="Apache-2.0",
                source="test",
                input=spec,
                dimension=256 if role is Role.EMBEDDER else 0,
                threshold=threshold,
            )
        )
    manifest = Manifest(
        id=folder.name,
        version="1",
        title="For tests",
        licence="Apache-2.0",
        file=tuple(files),
        calibration=Calibration(
            slope=20.0,
            intercept=-10.0,
            correlation=0.5,
            bounds={"convenient": 9.0, "balanced": 11.0, "strict": 14.0},
            measured="made up for tests",
        ),
    )
    (folder / "pack.toml").write_text(write_manifest(manifest))
    return folder


def write_clip(folder: Path, *pictures: np.ndarray) -> Path:
    """Write pictures as a folder that a file camera plays."""
    folder.mkdir(parents=True)
    for number, picture in enumerate(pictures):
        assert cv2.imwrite(str(folder / f"{number:04}.png"), picture)
    return folder


def black() -> np.ndarray:
    return np.zeros((480, 640, 3), np.uint8)


def wall() -> np.ndarray:
    """A bright picture with something in it, but no face."""
    picture = np.full((480, 640, 3), 140, np.uint8)
    cv2.rectangle(picture, (100, 80), (300, 400), (60, 120, 200), -1)
    cv2.line(picture, (0, 470), (639, 300), (20, 20, 20), 5)
    return picture


@dataclass
class RunningEye:
    """The real process."""

    process: subprocess.Popen[bytes]
    socket: Path
    log: Path

    @contextmanager
    def connected(self) -> Iterator[socket.socket]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(self.socket))
            yield connection

    def ask(self, request: Request) -> list[Answer]:
        """Return every answer up to the end of the conversation."""
        with self.connected() as connection:
            connection.sendall(pack_message(request))
            return list(answers(connection))

    def watch_until(self, watch: Watch, wanted: int) -> tuple[Opened, list[Observation]]:
        """Watch until `wanted` observations have come."""
        with self.connected() as connection:
            connection.sendall(pack_message(watch))
            stream = answers(connection)
            opened = next(stream)
            assert isinstance(opened, Opened), opened
            seen = [answer for _, answer in zip(range(wanted), stream, strict=False)]
        assert all(isinstance(answer, Observation) for answer in seen), seen
        return opened, seen  # type: ignore[return-value]


def answers(connection: socket.socket) -> Iterator[Answer]:
    """Yield answers until the eye closes the connection; a reset counts as closing."""
    while header := _exactly(connection, HEADER.size):
        yield read_answer(_exactly(connection, announced_length(header, LARGEST_ANSWER)))


def _exactly(connection: socket.socket, length: int) -> bytes:
    content = b""
    while len(content) < length:
        try:
            part = connection.recv(length - len(content))
        except ConnectionResetError:
            part = b""
        if not part:
            assert not content, "the eye closed the connection in the middle of a message"
            return b""
        content += part
    return content


@contextmanager
def running_eye(folder: Path, *options: str, environment: dict[str, str] | None = None) -> Iterator[RunningEye]:
    """Run the eye, wait until it answers at its socket, and end it with SIGTERM."""
    path, log = folder / "eye.sock", folder / "eye.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "facelatch_eye.main", "--socket", str(path), "--threads", "1", *options],
            stderr=output,
            env={**os.environ, "FACELATCH_PACKS": "", **(environment or {})},
        )
    try:
        await_log(log, "ready", process)
        yield RunningEye(process, path, log)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def await_log(log: Path, words: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the log has a line with these words."""
    end = time.monotonic() + PATIENCE
    while words not in log.read_text():
        assert process.poll() is None, f"the eye ended: {log.read_text()}"
        assert time.monotonic() < end, f"{words!r} never came: {log.read_text()}"
        time.sleep(0.02)


def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
