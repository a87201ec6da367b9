"""Boot the machine that build.sh made, install the packages in it, and play scenarios at its console and its screen.

python -m tests.vm.run [--short] [--accel kvm] [--no-tpm] [WORD ...: the scenarios in whose names one of these occurs]
python -m tests.vm.run --checks [-- what pytest takes, such as -k loopback or -x]
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.clips import webcam_cast
from tests.places import TREE
from tests.vm import cargo
from tests.vm.emulator import Image, missing_programs
from tests.vm.report import Result, Verdict, all_well, as_junit, as_summary, results_of
from tests.vm.scenarios import chosen
from tests.vm.scenarios.inside import OUTCOMES, checks
from tests.vm.scenarios.order import SCENARIOS
from tests.vm.stage import play

OUT = TREE / "build" / "vm"
DEBS = TREE / "build" / "deb"
PACK = TREE / "build" / "packs" / "open"


def main() -> int:
    """Play; 0 where all went well, 1 where something did not, 2 where it cannot run."""
    options = _options()
    scenarios = [checks(options.words)] if options.checks else chosen(SCENARIOS, options.words, short=options.short)
    if options.list:
        print(*(one.name for one in scenarios), sep="\n")
        return 0
    if (missing := _missing(options.debs, tpm=not options.no_tpm)) is not None:
        print(missing, file=sys.stderr)
        return 2
    results = []
    with tempfile.TemporaryDirectory(prefix="facelatch-vm-") as name:
        image = Image(OUT, Path(name) / "brought")
        cargo.load(image.brought, options.debs, PACK, _people())
        for result in play(scenarios, image, options.accel, tpm=not options.no_tpm):
            _tell(result)
            results.append(result)
        outcomes = image.brought / Path(OUTCOMES).name
        if outcomes.exists():
            results += results_of(outcomes.read_text())
    about = f"Debian 12 in qemu -accel {options.accel}, {'without a TPM' if options.no_tpm else 'TPM 2.0 by swtpm'}"
    xml, text = ("checks.xml", "checks.txt") if options.checks else ("results.xml", "summary.txt")
    (OUT / xml).write_text(as_junit(results))
    summary = as_summary(results, about)
    (OUT / text).write_text(summary)
    print("", summary.partition("\n---")[0], "", f"{OUT}: {text}, {xml}, console.log, journal", sep="\n")
    return 0 if all_well(results) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accel", default="tcg,thread=multi", help="qemu's accelerator (default: %(default)s)")
    parser.add_argument("--no-tpm", action="store_true", help="a machine without a TPM, which swtpm plays otherwise")
    parser.add_argument("--short", action="store_true", help="the scenarios of the short form only")
    parser.add_argument("--checks", action="store_true", help="tests/vm/checks inside the machine, and no scenario")
    parser.add_argument("--debs", type=Path, default=DEBS, metavar="DIR", help="the packages (default: build/deb)")
    parser.add_argument("--list", action="store_true", help="name the scenarios, and play none")
    parser.add_argument("words", nargs="*", metavar="WORD")
    return parser.parse_args()


def _missing(debs: Path, *, tpm: bool) -> str | None:
    """Return what has to be done before the machine can run, None where all is there."""
    if (missing := missing_programs(tpm=tpm)) is not None:
        return missing
    for path, mend in ((OUT / "disk", "tests/vm/build.sh"), (PACK, "make packs")):
        if not path.exists():
            return f"{path}: is not there; {mend} makes it"
    try:
        for name in cargo.PACKAGES:
            cargo.package(debs, name)
    except FileNotFoundError as error:
        return str(error)
    if shutil.which("dpkg-deb") is None:
        return "dpkg-deb is not installed: apt-get install dpkg"
    if not (_data() / "nuaa").is_dir():
        return f"{_data() / 'nuaa'}: is not there; FACELATCH_SHARED names the folder with the pictures"
    return None


def _data() -> Path:
    return Path(os.environ.get("FACELATCH_SHARED", TREE.parent / "shared")) / "data"


def _people() -> dict[str, list[Path]]:
    """Return who plays, by the names that face.sh knows."""
    cast = webcam_cast(_data())
    return {
        "alice": cast.enrolment,
        "later": cast.later,
        "stranger": cast.stranger or [],
        "photo": cast.photo or [],
    }


def _tell(result: Result) -> None:
    print(f"{result.verdict.value:8}{result.seconds:7.1f} s  {result.name.replace('_', ' ')}", flush=True)
    if result.verdict is not Verdict.PASSED:
        print("    " + result.reason.replace("\n", "\n    "), flush=True)


if __name__ == "__main__":
    sys.exit(main())
