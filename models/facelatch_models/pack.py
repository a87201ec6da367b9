"""A pack: a folder of ONNX files and `pack.toml`, which says who made them, how to feed them and what their scores mean.

Imports neither NumPy nor ONNX Runtime, so that the judge can read a manifest: the bar a face must pass comes from the
file that the administrator installed, never from the process that sees the camera.
"""

from __future__ import annotations

import enum
import hashlib
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

MANIFEST: Final = "pack.toml"
LARGEST_MANIFEST: Final = 256 * 1024
LARGEST_FILE: Final = 1024 * 1024 * 1024
CURRENT: Final = "current"
"""Name of the symbolic link, in a folder of the search path, that `facelatch pack use` points at the chosen pack."""

MEND: Final = "facelatch pack build open --from DIR   (or: facelatch pack install FILE)"


class PackError(Exception):
    """A pack that cannot be used; the text names the file and what is wrong with it."""


class PackMissing(PackError):
    """No pack where one was looked for."""


class PackDamaged(PackError):
    """A pack whose manifest or file is not what it should be."""


class Role(enum.Enum):
    """What a network is for."""

    DETECTOR = "detector"
    EMBEDDER = "embedder"
    LIVENESS = "liveness"


class Kind(enum.Enum):
    """How a network's output is to be read; each role has its kinds."""

    YUNET = "yunet"
    SCRFD = "scrfd"
    VECTOR = "vector"
    MINIFASNET = "minifasnet"


KINDS: Final = {
    Role.DETECTOR: (Kind.YUNET, Kind.SCRFD),
    Role.EMBEDDER: (Kind.VECTOR,),
    Role.LIVENESS: (Kind.MINIFASNET,),
}


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of the manifest's tables: unknown keys are refused."""


class InputSpec(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a network is fed: pixel = (value - mean) * scale, planes in `order`.

    `points` are where an aligned face has right eye, left eye, nose, right and left mouth corner, as fractions of the
    side. `enlarge` is the factor by which the face's box grows before it is cut out.
    """

    width: int
    height: int
    order: str = "bgr"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)
    points: tuple[tuple[float, float], ...] = ()
    enlarge: float = 1.0


class PackFile(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One network of a pack. `threshold` is the detector's score bound, or the probability that counts as live."""

    role: Role
    kind: Kind
    name: str
    sha256: str
    bytes: int
    licence: str
    source: str
    input: InputSpec
    dimension: int = 0
    threshold: float = 0.5


class Calibration(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an embedder's cosine means.

    `slope` and `intercept` make a log-likelihood ratio (natural logarithm) of a cosine; `correlation` is how much the
    frames of one look repeat each other, in [0, 1]; `bounds` is the evidence, per level, above which a transaction's
    false match rate was within the level. `measured` says on what.
    """

    slope: float
    intercept: float
    correlation: float
    bounds: dict[str, float]
    measured: str


class Figure(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One measured figure, with its 95 % interval where there is one."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    data: str
    command: str


class Manifest(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`pack.toml`, validated."""

    id: str
    version: str
    title: str
    licence: str
    terms: str = ""
    file: tuple[PackFile, ...]
    calibration: Calibration
    figure: tuple[Figure, ...] = ()

    def part(self, role: Role) -> PackFile | None:
        """Return the network for a role, or None where the pack has none."""
        return next((file for file in self.file if file.role is role), None)

    @property
    def embedder(self) -> PackFile:
        """The embedder; a manifest without one is never read."""
        part = self.part(Role.EMBEDDER)
        assert part is not None
        return part

    @property
    def space(self) -> str:
        """Name of the vector space: templates of two packs are comparable exactly where this is the same."""
        return self.embedder.sha256[:16]


class Pack(msgspec.Struct, frozen=True):
    """A pack whose manifest has been read. Its networks are checked when their bytes are asked for."""

    folder: Path
    manifest: Manifest

    def read(self, role: Role) -> bytes | None:
        """Return the verified bytes of the network for a role, None where the pack has none.

        The bytes that were hashed are the bytes returned, so that nobody can swap the file in between.
        Raises `PackDamaged`, which names the file.
        """
        part = self.manifest.part(role)
        return None if part is None else read_verified(self.folder / part.name, part)

    def verify(self) -> None:
        """Check every file; raises `PackDamaged` for the first that is not what the manifest says."""
        for part in self.manifest.file:
            read_verified(self.folder / part.name, part)


def read_verified(path: Path, part: PackFile) -> bytes:
    """Return the file's bytes if size and SHA-256 are the manifest's; else raise `PackDamaged`."""
    try:
        with path.open("rb") as file:
            content = file.read(part.bytes + 1)
    except OSError as error:
        raise PackDamaged(f"{path}: cannot be read ({error.strerror})") from error
    if len(content) != part.bytes:
        raise PackDamaged(f"{path}: has {'more than ' * (len(content) > part.bytes)}"
                          f"{min(len(content), part.bytes)} bytes, pack.toml says {part.bytes}")
    found = hashlib.sha256(content).hexdigest()
    if found != part.sha256:
        raise PackDamaged(f"{path}: SHA-256 is {found}, pack.toml says {part.sha256}")
    return content


def open_pack(folder: Path) -> Pack:
    """Read and validate a folder's manifest.

    Raises `PackMissing` where there is no `pack.toml`, `PackDamaged` where it is not a valid one.
    """
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_MANIFEST + 1)
    except FileNotFoundError as error:
        raise PackMissing(f"{path}: there is no such file") from error
    except OSError as error:
        raise PackDamaged(f"{path}: cannot be read ({error.strerror})") from error
    if len(text) > LARGEST_MANIFEST:
        raise PackDamaged(f"{path}: is larger than {LARGEST_MANIFEST} bytes")
    return Pack(folder.resolve(), read_manifest(text, str(path)))


def read_manifest(text: bytes, where: str) -> Manifest:
    """Return the validated manifest; `PackDamaged` says where it is wrong and what was expected."""
    try:
        manifest = msgspec.convert(tomllib.loads(text.decode()), Manifest)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise PackDamaged(f"{where}: {error}") from error
    for fault in _faults(manifest):
        raise PackDamaged(f"{where}: {fault}")
    return manifest


def _faults(manifest: Manifest) -> Iterator[str]:
    """Name what the types cannot say about a manifest."""
    if not manifest.id.isidentifier():
        yield f"id = {manifest.id!r}: expected letters, digits and underscores"
    for role in Role:
        if sum(part.role is role for part in manifest.file) > 1:
            yield f"two files have the role {role.value}"
    for role in (Role.DETECTOR, Role.EMBEDDER):
        if manifest.part(role) is None:
            yield f"no file has the role {role.value}"
    for part in manifest.file:
        yield from _file_faults(part)
    if manifest.calibration.slope <= 0:
        yield "calibration.slope: expected a number above 0"
    if not 0 <= manifest.calibration.correlation <= 1:
        yield "calibration.correlation: expected a number in [0, 1]"
    if missing := {"convenient", "balanced", "strict"} ^ set(manifest.calibration.bounds):
        yield f"calibration.bounds: missing or unknown {', '.join(sorted(missing))}"


def _file_faults(part: PackFile) -> Iterator[str]:
    where = f"file {part.name!r}"
    if "/" in part.name or part.name.startswith("."):
        yield f"{where}: expected a plain file name"
    if len(part.sha256) != 64 or not set(part.sha256) <= set("0123456789abcdef"):
        yield f"{where}: sha256: expected 64 lower-case hexadecimal digits"
    if not 0 < part.bytes <= LARGEST_FILE:
        yield f"{where}: bytes: expected 1 to {LARGEST_FILE}"
    if part.kind not in KINDS[part.role]:
        yield f"{where}: kind {part.kind.value} is none of a {part.role.value}'s"
    if part.input.order not in ("bgr", "rgb"):
        yield f"{where}: input.order: expected 'bgr' or 'rgb'"
    if part.role is Role.EMBEDDER and (len(part.input.points) != 5 or part.dimension < 1):
        yield f"{where}: an embedder needs five input.points and its dimension"


def search_path(option: Path | None = None) -> list[Path]:
    """Return the folders that may hold packs, first come first: option, `FACELATCH_PACKS`, the system's, the tree's."""
    named = [Path(part) for part in os.environ.get("FACELATCH_PACKS", "").split(os.pathsep) if part]
    fixed = [Path("/etc/facelatch/packs"), Path("/usr/share/facelatch/packs"), tree_packs()]
    return ([option] if option else []) + named + fixed


def tree_packs() -> Path:
    """Return `models/packs` of the source tree (which is not there in an installed copy)."""
    return Path(__file__).resolve().parents[1] / "packs"


def find_packs(folders: list[Path]) -> Iterator[Path]:
    """Yield every pack's folder on a search path, each id once, the first found."""
    seen: set[str] = set()
    for folder in folders:
        for manifest in sorted(folder.glob(f"*/{MANIFEST}")):
            pack = manifest.parent
            if pack.name not in seen and pack.name != CURRENT:
                seen.add(pack.name)
                yield pack


def choose(name: str = "", option: Path | None = None) -> Pack:
    """Return the pack to use: the one named (an id or a folder), else the one in `current`, else the first found.

    Raises `PackMissing` with the command that mends it, `PackDamaged` where the chosen one is not valid: a damaged
    pack is never passed over for another.
    """
    if "/" in name:
        return open_pack(Path(name))
    folders = search_path(option)
    candidates = [folder / (name or CURRENT) for folder in folders]
    chosen = next((path for path in candidates if path.is_symlink() or (path / MANIFEST).exists()), None)
    if chosen is None and not name:
        chosen = next(find_packs(folders), None)
    if chosen is None:
        wanted = f"no pack named {name!r}" if name else "no pack"
        raise PackMissing(f"{wanted} in {', '.join(map(str, folders))}; mend it with: {MEND}")
    return open_pack(chosen)
