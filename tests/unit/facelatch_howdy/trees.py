"""Folders as Howdy leaves them, with made-up people."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

Sections = Mapping[str, Mapping[str, str]]

VERSION_2: Final[Sections] = {
    "core": {
        "detection_notice": "false", "no_confirmation": "false", "suppress_unknown": "false", "ignore_ssh": "true",
        "ignore_closed_lid": "true", "disabled": "false", "use_cnn": "false",
    },
    "video": {
        "certainty": "3.5", "timeout": "4", "device_path": "none", "warn_no_device": "true", "max_height": "320",
        "frame_width": "-1", "frame_height": "-1", "dark_threshold": "50", "recording_plugin": "opencv",
        "device_format": "v4l2", "force_mjpeg": "false", "exposure": "-1",
    },
    "snapshots": {"capture_failed": "true", "capture_successful": "true"},
    "debug": {"end_report": "false"},
}  # fmt: skip
"""Howdy 2.6.1 as it comes."""

VERSION_3: Final[Sections] = {
    "core": {
        "detection_notice": "true", "timeout_notice": "true", "no_confirmation": "false", "suppress_unknown": "false",
        "abort_if_ssh": "true", "abort_if_lid_closed": "true", "disabled": "false", "use_cnn": "false",
        "workaround": "off",
    },
    "video": {
        "certainty": "3.5", "timeout": "4", "device_path": "none", "warn_no_device": "true", "max_height": "320",
        "frame_width": "-1", "frame_height": "-1", "dark_threshold": "60", "recording_plugin": "opencv",
        "device_format": "v4l2", "force_mjpeg": "false", "exposure": "-1", "rotate": "0",
    },
    "snapshots": {"save_failed": "false", "save_successful": "false"},
    "rubberstamps": {"enabled": "false", "stamp_rules": "\n\tnod\t\t5s\t\tfailsafe     min_distance=12"},
    "debug": {"end_report": "false", "verbose_stamps": "false", "gtk_stdout": "false"},
}  # fmt: skip
"""Howdy 3.0.0 beta as it comes."""


def with_options(sections: Sections, **options: str) -> dict[str, dict[str, str]]:
    """Return the options with others in place of those of the same name."""
    changed = {section: dict(named) for section, named in sections.items()}
    for name, value in options.items():
        next(named for named in changed.values() if name in named)[name] = value
    return changed


def ini(sections: Sections) -> str:
    """Return options as a file has them, with a comment, as Howdy's has."""
    lines = ["# settings"]
    for section, named in sections.items():
        lines += [f"[{section}]", *(f"{name} = {value}" for name, value in named.items()), ""]
    return "\n".join(lines) + "\n"


def model(label: str = "Initial model", number: int = 0) -> dict[str, Any]:
    """Return one of a person's faces: made-up numbers of the size that dlib's have."""
    chance = random.Random(number)
    return {
        "time": 1_700_000_000 + number,
        "label": label,
        "id": number,
        "data": [[chance.gauss(0, 0.12) for _ in range(128)]],
    }


def howdy(folder: Path, sections: Sections | None = VERSION_3, **people: list[dict[str, Any]]) -> Path:
    """Make a folder of Howdy's; its settings left out where they are None, and models where nobody is named."""
    folder.mkdir(parents=True)
    if sections is not None:
        (folder / "config.ini").write_text(ini(sections))
    if people:
        (folder / "models").mkdir()
        for name, models in people.items():
            (folder / "models" / f"{name}.dat").write_text(json.dumps(models))
    return folder
