"""What all tests share: where the real networks and pictures are, and packs built from them."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[1]

# A shell ignores SIGINT in what it runs in the background, and children inherit that: tests of ^C would fail there.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests that run ONNX Runtime themselves are as quiet as the eye is.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def shared_folder() -> Path:
    """Return the folder of real networks and pictures: `FACELATCH_SHARED`, else `../shared` beside the tree."""
    return Path(os.environ.get("FACELATCH_SHARED") or TREE.parent / "shared")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real networks and pictures; skips where it is absent."""
    folder = shared_folder()
    if not (folder / "models").is_dir():
        pytest.skip(f"real networks and pictures are not at {folder} (set FACELATCH_SHARED)")
    return folder


@pytest.fixture(scope="session")
def shared_models(shared: Path) -> Path:
    """The folder of real ONNX networks."""
    return shared / "models"
