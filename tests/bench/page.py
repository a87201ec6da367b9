"""`docs/evaluation.md`: the words around the figures, and the tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from facelatch_models.evaluation.cohort import COUNT, NEAREST
from facelatch_models.evaluation.recognition import Recognition
from facelatch_models.pack import Role
from facelatch_models.statistics import Rate, clopper_pearson
from tests.bench.cohorts import EVIDENCE, RATE
from tests.bench.degraded import EDGE, PEOPLE
from tests.bench.transactions import WINDOW

if TYPE_CHECKING:
    from tests.bench.evaluation import Result

COMMAND: Final = (
    "python -m tests.bench.evaluation --packs build/packs --data $FACELATCH_SHARED/data --cache build/vectors "
    "--json build/evaluation/evaluation.json --to docs"
)

HEAD: Final = """\
# What the packs are worth

Written by `make evaluation`; do not edit by hand. The command is

    {command}

Words: *FMR*, *FNMR*, *FTA* are of single comparisons, *FAR*, *FRR* of whole transactions, *TAR* is 1 - FNMR (ISO/IEC
19795-1). Evidence is in nats. All intervals are 95 %.

## Data and what they cannot say

- `lfw/dev`: a fifth of the people of Labeled Faces in the Wild (deep-funneled): {pictures:,} pictures of {people:,}
  people, {plural} of them with two or more; all pairs, {genuine:,} genuine and {impostors:,} impostor ones. Nothing was
  learnt from or fitted on them. {suspect} impostor pairs whose names are probably wrong are left out.
- One person has {share:.0%} of the genuine pairs. So beside the share of all pairs stands the *mean of people*, in
  which everybody weighs the same; and intervals of TAR and FNMR come from drawing people (bootstrap, 2,000 rounds).
- Impostor pairs are not independent: one picture is in thousands of them. The interval of an FMR is given twice: exact
  for independent trials (Clopper and Pearson), and by drawing people with all their pairs. The second is the honest
  one; where hardly any pair errs it is the exact interval of the *pairs of people* that do.
- Strangers on LFW differ in sex, age and descent from each other more often than those who share a household do. Among
  people who resemble each other the FMR is higher: NUAA, below, whose nine people do, shows it.
- Calibration is fitted on `lfw/train`, other people. `starter` has learnt from nine tenths of the people there (without
  their names), so that it is calibrated on the tenth that was held out. It has learnt from pictures of FaceScrub, too,
  some of whose people are on `lfw/dev`: the last column of the first table is without these.

A face is found by the pack's own detector (the most central one), one crop, not mirrored by us.

## One comparison
"""

LEVELS_TEXT: Final = """
Dotted lines are the mean of people. `bare` is the cosine alone, without the pack's cohort.

![misses against false matches](evaluation-det.svg)

### At the bounds of the levels

A level holds where the interval (Clopper-Pearson) of its FMR ends within its rate, and not more than half of the
genuine comparisons are missed, mean of people (`facelatch_models.scale.supported`). A login looks at several frames and
templates: what it is worth is below.
"""

COHORT_TEXT: Final = """
## The cohort

A cosine means more where few faces are near. The mean cosine of a vector with its {nearest} nearest in a cohort of
{count} vectors says how crowded it is there; the mean of this for both sides is taken from the cosine. A cohort of real
people would put their templates into every pack, so ours is drawn: a mixture of Gaussians with a common covariance,
fitted to one picture of each person of `lfw/train` who is not in the fit of the line, groups of 20 people at least.
How many vectors, and how many nearest, was chosen on `lfw/train`; that the S-norm's division by deviations hurts at low
rates was seen on `lfw/dev` first, and again on `lfw/train`.
Packs that carry a cohort: {carriers}. The others gained nothing by it, or lost.

`lfw/dev`, evidence {evidence:.1f} ("balanced"); mean of people in brackets; Cllr: log-likelihood-ratio cost, bits.
"""

REACH_TEXT: Final = """
Is a drawn vector somebody's? No: none comes so near to any picture of `lfw/train`, people it was drawn from the likes
of among them, that it would open anything; pairs of two real people come nearer. Largest values of any drawn vector
with any picture, beside the lowest bound of the pack:
"""

SHOWN_TEXT: Final = """
## The probability that is shown

What decides is evidence. What a person is shown (`identify`, the window) is a probability, and has a fit of its own:
pool adjacent violators on the fitted people, kept as a short table. Expected calibration error (15 bins of equal
width) on `lfw/dev`, people who were neither learnt from nor fitted on and who weigh alike, at even odds and where one
comparison in a hundred is genuine; *worst* is the largest error of a bin that holds 1 % or more. Nearly all comparisons
lie in the first and the last bin; the share between them (*doubtful*) is what the middle of the diagram rests on: so
few people that what is shown between 10 % and 90 % is no more than "doubtful".
"""

TRANSACTIONS_TEXT: Final = """
![what was shown against what came true](evaluation-reliability.svg)

## Whole transactions

NUAA: webcam frames of {subjects} people in {sessions} sessions; the judge's own code (`facelatchd.look`, `shots`) on
the eye's own observations. A user enrols from the frames of one session; every other session of his is a genuine
attempt, every session of somebody else an impostor's, every session with his printed photo an attack; {window} frames a
transaction. Windows of one session are not independent, and there are nine people: so the *pairs of people* count
(of whom at least one transaction opened).

What is asked of a face beside its evidence is what a login asks. Where the pack has a network of liveness, the mean of
three frames or more is held to its threshold ({living}), set for `open` on living people of `lfw/train`. Where it has
one of the eyes, a frame with closed eyes is not judged ({eyed}). A pack without the first lets photos in, as its IAPAR
shows: a login that asks for liveness, as all do by default, is refused with it before the camera opens.

Level by level:
"""

BEST_TEXT: Final = """
What a pack could do at best: the lowest bound at which none of these strangers gets in (FAR below 1e-3, as far as so
few can tell), and the FRR there. It is chosen on the transactions that it is told of, and liveness is left out. FTE:
sessions from which nobody could be enrolled.
"""

CORRELATION_TEXT: Final = """
### How much frames repeat each other

Evidence of a look is the mean of its frames, times n / (1 + (n - 1) r). The pack's r is the larger intraclass
correlation of genuine and impostor looks made by shaking pictures of `lfw/train`; these neither blink nor speak, so
that it should be an upper estimate. Real windows of NUAA, used for nothing but this comparison:
"""

QUALITY_TEXT: Final = """
## Bad pictures

One picture of each of {people} people of `lfw/dev`, made worse, against all others as they are; of frames that the eye
judges (the rest is refused before). Bad pictures cost matches, since their evidence falls by itself. They do not make
strangers match: the FMR at evidence {edge} does not rise with any kind of damage. So evidence is *not* weighed by
quality: a weight could only take matches away, or, applied to evidence against, give some. Median: of genuine evidence.
"""

LEFT_OUT: Final = "\nNot measured, because there was no such pack here: {names}.\n"


def page(results: Sequence[Result], missing: Sequence[str]) -> str:
    """Return the page; raises ValueError where nothing was measured."""
    if not results:
        raise ValueError("no pack was measured")
    first = results[0].recognition
    found = results[0].transactions
    carriers = [_name(result) for result in results if result.pack.manifest.calibration.cohort is not None]
    parts = [
        HEAD.format(
            command=COMMAND,
            pictures=first.pictures,
            people=first.people,
            plural=first.people_with_pairs,
            genuine=first.genuine,
            impostors=first.impostors,
            suspect=first.suspect,
            share=first.largest_share,
        ),
        _recognition_table(results),
        LEVELS_TEXT,
        _level_table(results),
        COHORT_TEXT.format(nearest=NEAREST, count=COUNT, evidence=EVIDENCE, carriers=", ".join(carriers) or "none"),
        _cohort_table(results),
        REACH_TEXT,
        _reach_table(results),
        SHOWN_TEXT,
        _shown_table(results),
        TRANSACTIONS_TEXT.format(
            subjects=found.subjects,
            sessions=found.sessions,
            window=WINDOW,
            living=_with_thresholds(results, Role.LIVENESS),
            eyed=_with_thresholds(results, Role.EYES),
        ),
        _transaction_table(results),
        BEST_TEXT,
        _best_table(results),
        CORRELATION_TEXT,
        _correlation_table(results),
        QUALITY_TEXT.format(people=PEOPLE, edge=EDGE),
        _quality_table(results),
    ]
    return "\n".join(parts) + "\n" + (LEFT_OUT.format(names=", ".join(missing)) if missing else "")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _name(result: Result) -> str:
    return f"`{result.pack.manifest.id}`"


def _with_thresholds(results: Sequence[Result], role: Role) -> str:
    """Name the packs that have a network of a kind, each with its threshold."""
    parts = [(_name(result), result.pack.manifest.part(role)) for result in results]
    return ", ".join(f"{name} {part.threshold:g}" for name, part in parts if part) or "none has"


def _recognition_table(results: Sequence[Result]) -> str:
    rows = []
    for result in results:
        for name, one in ((_name(result), result.recognition), ("bare", result.bare)):
            points = [f"{_percent(point.match)}, {_percent(point.per_person)}" for point in one.points]
            accuracy = "" if one.accuracy is None else f"{one.accuracy:.2%} ± {one.accuracy_error or 0:.2%}"
            without = _at_thousandth(result.without_actors) if one is result.recognition else ""
            rows.append([name, *points, f"{one.equal_error:.2%}", accuracy, f"{one.failures.value:.2%}", without])
    head = ["pack", "TAR at FMR 1e-3, mean of people", "1e-4", "1e-5", "EER", "balanced pairs", "FTA"]
    networks = "\n".join(f"- {_name(result)}: {result.networks}" for result in results)
    return f"{networks}\n\n" + _table([*head, "1e-3 without FaceScrub's"], rows)


def _at_thousandth(recognition: Recognition) -> str:
    return f"{recognition.points[0].match.value:.1%}" if recognition.points else ""


def _level_table(results: Sequence[Result]) -> str:
    rows = []
    for result in results:
        for level, point in result.by_level.items():
            people = "" if point.by_people is None else f"{point.by_people.low:.0e} to {point.by_people.high:.0e}"
            rows.append(
                [
                    _name(result), level, f"{point.rate:.0e}", f"{point.false.value:.1e}",
                    f"{point.false.low:.0e} to {point.false.high:.0e}", people, _percent(_missed(point.match)),
                    _percent(_missed(point.per_person)), "yes" if level in result.supported else "**no**",
                ]
            )  # fmt: skip
    head = ["pack", "level", "for FMR", "FMR", "Clopper-Pearson", "drawing people", "FNMR", "mean of people", "holds"]
    return _table(head, rows)


def _cohort_table(results: Sequence[Result]) -> str:
    rows = [
        [
            _name(result), way.name, f"{way.found:.1%} ({way.found_by_people:.1%})",
            f"{way.missed:.1%} ({way.missed_by_people:.1%})", f"{way.false:.0e}", f"{way.cost:.3f}",
        ]
        for result in results
        for way in result.scorings
    ]  # fmt: skip
    return _table(["pack", "scored by", f"TAR at FMR {RATE:.0e}", "FNMR at the evidence", "FMR there", "Cllr"], rows)


def _reach_table(results: Sequence[Result]) -> str:
    rows = [
        [
            _name(result), f"{one.vectors} x {one.pictures}", f"{one.cosine:.2f}", f"{one.nearer:.1e}",
            f"{one.evidence:.1f}", f"{min(result.pack.manifest.calibration.bounds.values()):.1f}",
        ]
        for result in results
        if (one := result.reach) is not None
    ]  # fmt: skip
    head = ["pack", "vectors x pictures", "largest cosine", "pairs of two people above it", "largest evidence", "bound"]
    return _table(head, rows)


def _shown_table(results: Sequence[Result]) -> str:
    rows = [
        [
            _name(result),
            f"{result.reliable.error:.2%}",
            f"{result.reliable.worst:.1%}",
            f"{result.reliable.mass[1:-1].sum():.1%}",
            f"{result.reliable_rare.error:.3%}",
        ]
        for result in results
    ]
    return _table(["pack", "ECE at even odds", "worst", "doubtful", "ECE at 1 in 100"], rows)


def _transaction_table(results: Sequence[Result]) -> str:
    rows = []
    for result in results:
        for one in result.transactions.figures:
            rate = clopper_pearson(one.errors, one.of)
            rows.append(
                [
                    _name(result), one.level.value, one.name, _percent(rate), f"{one.errors} of {one.of}",
                    f"{one.matched_pairs} of {one.pairs}",
                ]
            )  # fmt: skip
    return _table(["pack", "level", "", "rate", "transactions", "pairs of people"], rows)


def _best_table(results: Sequence[Result]) -> str:
    rows = []
    for result in results:
        found, one = result.transactions, result.transactions.best
        rate = clopper_pearson(one.refused, one.of)
        rows.append(
            [
                _name(result), f"{one.bound:.1f}", f"0 of {one.strangers}", _percent(rate),
                f"{one.refused} of {one.of}", f"{found.failed} of {found.sessions}",
            ]
        )  # fmt: skip
    return _table(["pack", "bound, nats", "strangers let in", "FRR", "genuine refused", "FTE"], rows)


def _correlation_table(results: Sequence[Result]) -> str:
    rows = []
    for result in results:
        seen = result.transactions.correlations
        rows.append(
            [_name(result), f"{result.pack.manifest.calibration.correlation:.3f}"]
            + ["" if seen[kind] is None else f"{seen[kind]:.3f}" for kind in ("genuine", "impostor")]
        )
    return _table(["pack", "r of the pack", "NUAA, genuine", "NUAA, impostors"], rows)


def _quality_table(results: Sequence[Result]) -> str:
    rows = [
        [
            _name(result), one.kind, f"{one.clear} of {one.probes}", f"{one.false:.1e}", f"{one.missed:.1%}",
            f"{one.median:.1f}",
        ]
        for result in results
        for one in result.degraded
    ]  # fmt: skip
    return _table(["pack", "pictures", "judged", "FMR", "FNMR (balanced)", "median"], rows)


def _missed(match: Rate) -> Rate:
    return Rate(1 - match.value, 1 - match.high, 1 - match.low)


def _percent(rate: Rate) -> str:
    return f"{rate.value:.1%} [{100 * rate.low:.1f}, {100 * rate.high:.1f}]"
