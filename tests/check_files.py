"""`make check`, files that others read: every XML file of ours, the desktop file, the metainfo. No network is used."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Final

from tests.places import TREE

ROOMS: Final = ("client", "daemon", "gui", "models", "systemd")
"""Where files of ours lie that are installed."""

XML: Final = ("*.xml", "*.svg", "*.ts", "*.policy", "org.*.conf")

DTDS: Final = {
    "policyconfig": (Path("/usr/share/polkit-1/policyconfig-1.dtd"), "polkitd"),
    "node": (Path("/usr/share/xml/dbus-1/introspect.dtd"), "libdbus-1-dev"),
}
"""By the root element: the DTD, and the package that it comes with.

The bus policy has none: the DTD of dbus 1.14 knows no `send_destination`, with which it refuses dbus's own files, too.
That the bus takes ours and does what it says is in `tests/integration/test_buses.py`.
"""

TOOLS: Final = {"xmllint": "libxml2-utils", "desktop-file-validate": "desktop-file-utils", "appstreamcli": "appstream"}


def main() -> int:
    """Check all of them; 0 if all is well."""
    if missing := [package for tool, package in TOOLS.items() if shutil.which(tool) is None]:
        print(f"not installed: apt-get install {' '.join(missing)}", file=sys.stderr)
        return 1
    files = sorted(file for room in ROOMS for pattern in XML for file in (TREE / room).rglob(pattern))
    checks = [_well_formed(file) and _valid(file) for file in files]
    checks += [_run("desktop-file-validate", file) for file in (TREE / "gui").rglob("*.desktop")]
    checks += [_run("appstreamcli", "validate", "--no-net", file) for file in (TREE / "gui").rglob("*.metainfo.xml")]
    print(f"files: {len(files)} of XML, desktop file and metainfo are fine" if all(checks) else "files: see above")
    return 0 if all(checks) else 1


def _run(*command: str | Path) -> bool:
    """Run a tool, and say what it says only where it finds fault."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        print(f"{' '.join(map(str, command))}\n{done.stdout}", file=sys.stderr)
    return done.returncode == 0


def _well_formed(file: Path) -> bool:
    return _run("xmllint", "--nonet", "--noout", file)


def _valid(file: Path) -> bool:
    """Hold a file to the DTD of its kind, where there is one and it is installed."""
    root = ElementTree.parse(file).getroot()
    if root.tag not in DTDS:
        return True
    dtd, package = DTDS[root.tag]
    if not dtd.is_file():
        print(f"{file.name}: only its form was checked; {dtd} comes with {package}")
        return True
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / file.name
        _undocumented(root)
        ElementTree.ElementTree(root).write(plain)
        return _run("xmllint", "--nonet", "--noout", "--dtdvalid", dtd, plain)


def _undocumented(element: ElementTree.Element) -> None:
    """Take out what stands in a namespace: the documentation in interfaces, of which their DTD does not know."""
    for child in list(element):
        if child.tag.startswith("{"):
            element.remove(child)
        else:
            _undocumented(child)


if __name__ == "__main__":
    sys.exit(main())
