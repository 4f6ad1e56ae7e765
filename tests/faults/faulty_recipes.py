"""Recipes and settings that cannot be used."""

from collections.abc import Callable
from pathlib import Path

from fault import OUT, Fault
from faulty_videos import saved

DEEP = "{a: " * 25 + "1" + "}" * 25
BOMB = "a: &a [x, x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n"

RECIPES: list[tuple[str, str | bytes, str]] = [
    # No YAML
    ("binary", bytes(range(256)), r"recipe\.yaml is not text in UTF-8; choose"),
    (
        "latin-1",
        "# für alle\nseed: 1\n".encode("latin-1"),
        r"recipe\.yaml is not text in UTF-8; choose a recipe, and sav",
    ),
    (
        "utf-16",
        "seed: 1\n".encode("utf-16"),
        r"recipe\.yaml is not text in UTF-8; choose a recipe, and save it as",
    ),
    ("zeros", bytes(100), r"special characters are not allowed"),
    ("open list", "seed: [1, 2", r"expected ',' or '\]'"),
    ("open text", 'engine: "depth', r"recipe\.yaml is not a readable YAML file"),
    ("tabs", "depth:\n\tsteps: 3\n", r"recipe\.yaml is not a readable YAML file"),
    ("wrong indent", "depth:\n  steps: 3\n patch: 64\n", r"not a readable YAML file"),
    (
        "two documents",
        "seed: 1\n---\nseed: 2\n",
        r"recipe\.yaml is not a readable YAML",
    ),
    ("huge", "# " + "a" * 1_000_001, r"more than 1,000,000 characters"),
    ("repeated", "seed: 1\nseed: 2\n", r"recipe\.yaml.*seed is set 2 times in one sec"),
    (
        "repeated in a section",
        "depth:\n  steps: 3\n  steps: 4\n",
        r"recipe\.yaml.*steps is set 2 times in one section",
    ),
    ("deep", f"depth: {DEEP}", r"nested more than 20 levels deep"),
    ("aliases", BOMB, r"references to other places \(\*name\) are not allowed"),
    ("merge", "a: &a {steps: 3}\ndepth:\n  <<: *a\n", r"references to other places"),
    (
        "python",
        "seed: !!python/object/apply:os.getcwd []",
        r"could not determine a con",
    ),
    (
        "own tag",
        "seed: !seed 3",
        r"could not determine a constructor for the tag '!seed'",
    ),
    ("binary tag", "engine: !!binary ZGVwdGg=", r"engine = b'depth': input should be"),
    ("list as a key", "? [a]\n: 1\n", r"unhashable"),
    ("digits", f"seed: {'9' * 5000}", r"recipe\.yaml is not a readable YAML file"),
    # No mapping of sections
    ("list", "- depth\n- tracking\n", r"a recipe has sections such as depth:"),
    ("word", "laptop\n", r"recipe\.yaml: a recipe has sections such as depth:"),
    ("number", "3\n", r"recipe\.yaml: a recipe has sections such as depth:"),
    (
        "section of a list",
        "depth: [steps, 3]\n",
        r"recipe\.yaml: depth = \['steps', 3\]",
    ),
    ("section of a word", "depth: fast\n", r"recipe\.yaml: depth = 'fast'"),
    ("section of nothing", "depth:\n", r"recipe\.yaml: depth = None"),
    (
        "unknown section",
        "training: {steps: 3}\n",
        r"training: there is no such setting",
    ),
    (
        "numbered section",
        "3: {steps: 3}\n",
        r"recipe\.yaml: 3: there is no such setting",
    ),
    ("unknown setting", "depth: {step: 3}\n", r"depth\.step: there is no such setting"),
    ("capitals", "Depth: {steps: 3}\n", r"Depth: there is no such setting; check its"),
    (
        "dotted",
        "depth.steps: 3\n",
        r"depth\.steps: there is no such setting; check its",
    ),
    # Wrong values
    ("text as a number", "depth: {steps: many}\n", r"depth\.steps = 'many': .*integer"),
    ("fraction as a count", "depth: {steps: 2.5}\n", r"depth\.steps = 2\.5: .*integer"),
    ("list as a number", "depth: {steps: [3]}\n", r"depth\.steps = \[3\]: .*integer"),
    ("nothing as a number", "depth: {batch: null}\n", r"depth\.batch = None"),
    ("date as a number", "seed: 2024-01-31\n", r"recipe\.yaml: seed = '2024-01-31'"),
    (
        "number as a word",
        "engine: 3\n",
        r"recipe\.yaml: engine = 3: .*'rshn' or 'depth'",
    ),
    ("unknown engine", "engine: unet\n", r"engine = 'unet': .*'rshn' or 'depth'"),
    (
        "words as a switch",
        "refinement: {cleaning: maybe}\n",
        r"refinement\.cleaning = 'ma",
    ),
    ("number as a list", "depth: {channels: 8}\n", r"depth\.channels = 8"),
    (
        "short list",
        "depth: {channels: [8]}\n",
        r"depth\.channels = .* at least 2 items",
    ),
    (
        "not a number",
        "depth: {learning_rate: .nan}\n",
        r"learning_rate = nan: .*finite",
    ),
    (
        "infinite",
        "depth: {depth_weight: .inf}\n",
        r"depth\.depth_weight = inf: .*finite",
    ),
    ("1e400", "depth: {depth_weight: 1e400}\n", r"depth\.depth_weight = inf: .*finite"),
    (
        "1e300",
        "depth: {depth_weight: 1e300}\n",
        r"depth_weight: numbers must be from -1e",
    ),
    (
        "negative weight",
        "depth: {depth_weight: -1}\n",
        r"depth\.depth_weight = -1: .*eq",
    ),
    (
        "zero steps",
        "depth: {steps: 0}\n",
        r"depth\.steps = 0: .*greater than or equal to 1",
    ),
    (
        "negative seed",
        "seed: -1\n",
        r"recipe\.yaml: seed = -1: .*greater than or equal",
    ),
    ("large seed", f"seed: {2**32}\n", r"seed = 4294967296: .*less than 4294967296"),
    (
        "large fraction",
        "depth: {at_divisions: 1.5}\n",
        r"at_divisions = 1\.5: .*equal to 1",
    ),
    (
        "large rate",
        "synthesis: {learning_rate: 1}\n",
        r"synthesis\.learning_rate = 1: ",
    ),
    (
        "nested",
        "depth: {scenes: {frames: 2}}\n",
        r"depth\.scenes\.frames = 2: .*equal to 3",
    ),
    ("no radius", "scale: {object_radius: 0}\n", r"scale\.object_radius = 0: "),
    # Values that do not fit together
    ("odd patch", "depth: {patch: 100}\n", r"patch = 100 must be a multiple of 32"),
    (
        "patch of a unet",
        "synthesis: {generator: unet, patch: 100}\n",
        r"use a multiple of 1",
    ),
    (
        "side below patch",
        "depth: {scenes: {side: 128}}\n",
        r"side = 128 must be at least",
    ),
    (
        "few channels",
        "depth: {channels: [2, 8]}\n",
        r"channels: each must be between 4 and",
    ),
    (
        "cut without mask",
        "synthesis: {engine: cut}\n",
        r"cut has no cycle; set mask to dr",
    ),
]
"""Name, text and message of each faulty recipe."""

SIMULATIONS: list[tuple[str, str, str]] = [
    (
        "no kind",
        "{objects: 3}",
        r"recipe\.yaml: simulation: set its kind, nuclei or micr",
    ),
    (
        "unknown kind",
        "{kind: yeast}",
        r"there is no simulator 'yeast'; choose nuclei or",
    ),
    ("listed kind", "{kind: [nuclei]}", r"there is no simulator \['nuclei'\]; choose"),
    (
        "list",
        "[nuclei]",
        r"simulation = \['nuclei'\]: specify the settings of a simulator",
    ),
    ("word", "nuclei", r"simulation = 'nuclei': specify the settings of a simulator"),
    (
        "setting of another kind",
        "{kind: microvilli, radius_mean: 1}",
        r"radius_mean: there is no",
    ),
    (
        "radii",
        "{kind: nuclei, radius_min: 9, radius_max: 8}",
        r"between radius_min \(9\)",
    ),
    (
        "one frame",
        "{kind: nuclei, frames: 1}",
        r"frames = 1: events need at least 2 frame",
    ),
    (
        "crowd",
        "{kind: nuclei, objects: 20000}",
        r"objects = 20000: .* but at most \d+ fit",
    ),
    (
        "mitoses",
        "{kind: nuclei, mitoses: 200, objects: 9}",
        r"mitoses = 200: at most one",
    ),
    (
        "gone",
        "{kind: nuclei, disappearing: 999}",
        r"disappearing = 999: at most the 175",
    ),
    (
        "no height",
        "{kind: nuclei, height: 0}",
        r"simulation\.height = 0: .*greater than",
    ),
    ("unknown shape", "{kind: nuclei, shape: blob}", r"no shape 'blob'"),
    (
        "negative area",
        "{kind: nuclei, rim: -1}",
        r"simulation\.rim = -1: .*greater than or",
    ),
    (
        "quantiles",
        "{kind: nuclei, brightness: {quantiles: [2, 1]}}",
        r"quantiles = \[2, 1\]: quantiles must ascend",
    ),
    (
        "map of words",
        "{kind: nuclei, density_map: [[a, b]]}",
        r"density_map\.0\.0 = 'a': .*valid number",
    ),
    (
        "ragged map",
        "{kind: nuclei, density_map: [[1, 2], [1]]}",
        r"all rows must have the same number",
    ),
]
"""Name, section and message of each faulty simulation."""

CHANGES: list[tuple[str, list[str], str]] = [
    ("no value", ["seed"], r"--set seed: use section\.name=value"),
    ("no name", ["=3"], r"--set =3: use section\.name=value"),
    ("empty section", [".steps=3"], r"--set \.steps=3: use section\.name=value"),
    ("no section", ["steps=3"], r"steps: there is no such setting; check its spelling"),
    ("too deep", ["depth.steps.more=3"], r"depth\.steps = \{'more': 3\}: .*integer"),
    (
        "no YAML",
        ["depth.steps=[3"],
        r"--set depth\.steps=\[3: the value is not valid YAM",
    ),
    ("alias", ["depth.steps=*a"], r"references to other places"),
    ("words", ["depth.steps=3 4"], r"depth\.steps = '3 4': .*integer"),
    ("comma", ["depth.learning_rate=0,01"], r"depth\.learning_rate = '0,01': .*number"),
    ("empty value", ["depth.batch="], r"depth\.batch = None"),
    ("whole section", ["depth=fast"], r"depth = 'fast'"),
    ("of the other kind", ["simulation.objects=9"], r"simulation: set its kind"),
    (
        "contradiction",
        ["depth.patch=64", "depth.patch=65"],
        r"patch = 65 must be a mult",
    ),
]
"""Name, values of --set and message of each faulty change."""

OPTIONS: list[tuple[str, list[str], str]] = [
    ("negative seed", ["--seed", "-1"], r"seed = -1: .*greater than or equal to 0"),
    ("large seed", ["--seed", "99999999999"], r"seed = 99999999999: .*less than"),
    ("no radius", ["--object-radius", "0"], r"scale\.object_radius = 0"),
    (
        "infinite radius",
        ["--object-radius", "inf"],
        r"scale\.object_radius = inf: .*fin",
    ),
    (
        "radius of nan",
        ["--object-radius", "nan"],
        r"scale\.object_radius = nan: .*finite",
    ),
    (
        "missing recipe",
        ["--recipe", "no.yaml"],
        r"no\.yaml does not exist; check the rec",
    ),
    (
        "folder as recipe",
        ["--recipe", "."],
        r"\. is a folder, not a file; choose a file",
    ),
    ("device as recipe", ["--recipe", "/dev/zero"], r"/dev/zero is a pipe or a device"),
    (
        "video as recipe",
        ["--recipe", "a.tif"],
        r"a\.tif is not text in UTF-8; choose a recipe",
    ),
]
"""Name, options and message of each faulty combination of options."""


def run_with(*options: str) -> Callable[[Path], list[str]]:
    def make(folder: Path) -> list[str]:
        return ["run", str(saved(folder)), "--out", str(folder / OUT), *options]

    return make


def run_by(text: str | bytes) -> Callable[[Path], list[str]]:
    """Return a maker of a recipe and of the command that runs it on a good video."""

    def make(folder: Path) -> list[str]:
        content = text if isinstance(text, bytes) else text.encode()
        (folder / "recipe.yaml").write_bytes(content)
        return run_with("--recipe", str(folder / "recipe.yaml"))(folder)

    return make


def simulate_by(section: str) -> Callable[[Path], list[str]]:
    """Return a maker of a recipe and of the command that simulates by it."""

    def make(folder: Path) -> list[str]:
        path = folder / "recipe.yaml"
        path.write_text(f"simulation: {section}\n")
        kind = "microvilli" if "microvilli" in section else "nuclei"
        return ["simulate", kind, "--recipe", str(path), "--out", str(folder / OUT)]

    return make


def changes(texts: list[str]) -> list[str]:
    return [part for text in texts for part in ("--set", text)]


FAULTS = [
    *(Fault("recipe", name, run_by(text), says) for name, text, says in RECIPES),
    *(
        Fault("simulation", name, simulate_by(section), says)
        for name, section, says in SIMULATIONS
    ),
    *(
        Fault("change", name, run_with(*changes(texts)), says)
        for name, texts, says in CHANGES
    ),
    *(
        Fault("option", name, run_with(*options), says)
        for name, options, says in OPTIONS
    ),
]
