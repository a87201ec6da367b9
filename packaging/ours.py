"""Lays our own packages into a folder: code, data, and what Python's metadata says of them, as `pyproject.toml` has it.

No build tool is needed for that, so that Debian 12's, which is too old for our pyproject.toml, is not in the way.
Usage: ours.py TREE FOLDER
"""

from __future__ import annotations

import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any


def lay(tree: Path, folder: Path) -> None:
    """Copy every package of the tree below `folder`, with its metadata beside it."""
    with (tree / "pyproject.toml").open("rb") as file:
        settings = tomllib.load(file)
    project = settings["project"]
    data = settings["tool"]["setuptools"]["package-data"]
    for room in settings["tool"]["setuptools"]["packages"]["find"]["where"]:
        for package in sorted(path.parent for path in (tree / room).glob("*/__init__.py")):
            for pattern in ("**/*.py", *data.get(package.name, ())):
                for source in package.glob(pattern):
                    copy = folder / source.relative_to(tree / room)
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(source, copy)
    information = folder / f"{project['name']}-{project['version']}.dist-info"
    information.mkdir(parents=True, exist_ok=True)
    (information / "METADATA").write_text(metadata(project))
    (information / "entry_points.txt").write_text(entry_points(project))


def metadata(project: dict[str, Any]) -> str:
    """Return what `importlib.metadata` tells of us."""
    lines = ["Metadata-Version: 2.1"]
    lines += [f"{field.title()}: {project[field]}" for field in ("name", "version")]
    lines += [f"Summary: {project['description']}", f"License: {project['license']}"]
    return "\n".join(lines) + "\n"


def entry_points(project: dict[str, Any]) -> str:
    """Return our programs and plug-ins, in the form that `importlib.metadata` reads."""
    groups = {"console_scripts": project["scripts"], "gui_scripts": project["gui-scripts"]}
    groups |= project["entry-points"]
    text = ""
    for group, entries in groups.items():
        text += f"[{group}]\n" + "".join(f"{name} = {place}\n" for name, place in entries.items()) + "\n"
    return text


if __name__ == "__main__":
    lay(Path(sys.argv[1]), Path(sys.argv[2]))
