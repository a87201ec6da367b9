"""How fast Facelatch is, beside its peers in the same run: `make bench`.

Each section measures one part of it; one that fails is named, and the others go on. The figures of a run are worth
quoting only where nobody else is busy on the machine, which the report says.

    python -m tests.bench.speed --json build/bench/bench.json --page build/bench/bench.md
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from facelatch_models.pack import PackDamaged, PackMissing, open_pack
from tests.bench.speed.machine import Bystander, commit, pack_used, this_machine
from tests.bench.speed.record import Measure
from tests.bench.speed.report import Report, between_markers, draw_up, figure, page, show, to_json
from tests.bench.speed.section import SECTIONS, leave_when_told, run_section
from tests.bench.speed.setting import Setting
from tests.conftest import shared_folder
from tests.packs import best_pack
from tests.places import TREE


def main() -> int:
    """Measure, print, and write what was asked for; 1 where a section failed."""
    options = _options()
    leave_when_told()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled; what starts here shall be, too
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    report = _run(options.only or SECTIONS, options.pack, options.data, options.quick)
    show(report, Console())
    for path, content in ((options.json, to_json(report)), (options.page, page(report).encode())):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    if options.write is not None:
        options.write.write_text(between_markers(options.write.read_text(), page(report)))
    for section in report.failed:
        print(f"{section.name}: {section.problem}", file=sys.stderr)
    return 1 if report.failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.speed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    best = best_pack(TREE / "build" / "packs")
    data = shared_folder() / "data"
    parser.add_argument("--pack", type=Path, default=best.folder if best else None, help="a folder (the best there is)")
    parser.add_argument("--data", type=Path, default=data if data.is_dir() else None, help="a folder that has nuaa")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="a minute or two, with figures that are worth little")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all raw values there")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the tables there, as Markdown")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables between the markers of a page")
    options = parser.parse_args()
    if options.pack is None:
        parser.error("there is no pack: make packs")
    try:
        open_pack(options.pack)
    except (PackMissing, PackDamaged) as error:
        parser.error(f"--pack {options.pack}: {error}")
    if options.write is not None:
        try:
            between_markers(options.write.read_text(), "")
        except (OSError, ValueError) as error:
            parser.error(f"--write {options.write}: {error}")
    return options


def _run(sections: tuple[str, ...], pack: Path, data: Path | None, quick: bool) -> Report:
    began, bystander, measures, runs = datetime.now(UTC), Bystander(), [], []

    def take(measure: Measure) -> None:
        measures.append(measure)
        said = f"{figure(measure.median)} {measure.unit} (n {measure.count})" if measure.values else measure.note
        print(f"{measure.section}: {measure.subject}, {measure.what}: {said}", file=sys.stderr, flush=True)

    for name in sections:
        with tempfile.TemporaryDirectory(prefix=f"facelatch-{name}-") as folder:
            Path(folder).chmod(0o755)
            runs.append(run_section(name, Setting(pack.resolve(), data, quick, Path(folder)), take))
        print(f"{name}: {runs[-1].problem or 'done'} after {runs[-1].seconds:.0f} s", file=sys.stderr, flush=True)
    return draw_up(
        commit=commit(),
        began=began,
        quick=quick,
        machine=this_machine(),
        bustle=bystander.bustle(),
        pack=pack_used(open_pack(pack)),
        sections=runs,
        measures=measures,
    )


if __name__ == "__main__":
    sys.exit(main())
