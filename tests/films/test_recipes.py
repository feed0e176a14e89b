"""The recipes of docs/films.md and docs/farm: whole in their formats, all frames once, each command as it is."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer

from render.commands.instruments.application import app
from render.films.plan import parse_frames, parse_shard

ROOT = Path(__file__).resolve().parents[2]
FARM = ROOT / "docs" / "farm"
SHELL = sorted(FARM.glob("*.sh"))
FILM = typer.main.get_command(app).commands["film"]  # type: ignore[attr-defined]


def parsed(words: list[str]) -> dict[str, object]:
    """Return what the command line makes of the words after `polarlight film`. Raises its usage errors."""
    return dict(FILM.make_context("film", list(words)).params)


def commands_in(text: str) -> list[list[str]]:
    """Return the words after each `polarlight film` of a text, whatever a shell or a farm would put in given as 1."""
    text = re.sub(r"\\\n\s*", " ", text)
    found = re.findall(r"polarlight film ([^`|&;<>\n]*)", text)
    given = (re.sub(r"\$\{[^}]*\}|\$\w+|#FRAME_(START|END)#", "1", words) for words in found)
    return [shlex.split(re.sub(r"\s#\s.*", "", words)) for words in given]


def text_commands() -> list[tuple[str, list[str]]]:
    files = [ROOT / "docs" / "films.md", *sorted(FARM.iterdir())]
    return [(file.name, words) for file in files for words in commands_in(file.read_text(encoding="utf-8"))]


def test_every_command_is_one_that_the_command_line_takes() -> None:
    found = text_commands()
    assert {name for name, _ in found} == {"films.md", "slurm.sh", "slurm_join.sh", "ssh.sh", "opencue.xml"}
    assert len(found) >= 15
    for name, words in found:
        try:
            made = parsed(words)
        except Exception as error:
            pytest.fail(f"{name}: polarlight film {' '.join(words)}: {error}")
        assert made["output"] or made["check"] or "-o" not in words, words


@pytest.mark.parametrize("words", ["--claims -o a", "s -o a --retries many", "s t -o a", "s -o a --shared"])
def test_what_the_command_line_does_not_take_is_found(words: str) -> None:
    [command] = commands_in(f"x\npolarlight film {words} # `y`".replace(" # `y`", ""))
    with pytest.raises(Exception, match=r"No such option|valid integer|unexpected extra"):
        parsed(command)


# Shell


@pytest.mark.skipif(os.name == "nt", reason="needs bash")
@pytest.mark.parametrize("path", SHELL, ids=lambda path: path.name)
def test_shell_scripts_are_whole(path: Path) -> None:
    assert subprocess.run(["bash", "-n", str(path)], capture_output=True, check=False).returncode == 0


Bash = Callable[..., tuple[int, list[list[str]]]]


@pytest.fixture
def bash(tmp_path: Path) -> Bash:
    """Return a function that runs a script with commands that note what they are asked; `codes`: what they end with."""
    if os.name == "nt":
        pytest.skip("needs bash")

    def run(
        name: str, *arguments: str, codes: dict[str, int] | None = None, **variables: str
    ) -> tuple[int, list[list[str]]]:
        log = tmp_path / "log"
        log.write_text("")
        for stub in ("srun", "ssh", "polarlight", "scontrol"):
            path = tmp_path / stub
            on = {"srun": '"$@"', "ssh": 'shift 3; "$@"'}.get(stub, f"exit {(codes or {}).get(stub, 0)}")
            # in one piece: several machines write
            said = f'line=$(printf "%s\\t" {stub} "$@"); printf "%s\\n" "$line" >> {log}\n'
            note = said if stub not in ("srun", "ssh") else ""
            path.write_text(f"#!/bin/bash\n{note}{on}\n")
            path.chmod(0o755)
        environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", **variables}
        done = subprocess.run(["bash", str(FARM / name), *arguments], env=environment, capture_output=True, check=False)
        return done.returncode, [line.rstrip("\t").split("\t") for line in log.read_text().splitlines()]

    return run


SLURM = {"SCENE": "quiet_arc", "FRAMES": "arc_frames", "SLURM_JOB_ID": "77", "SLURM_CPUS_PER_TASK": "4"}


def test_slurm_asks_for_what_the_recipe_says() -> None:
    asked = dict(re.findall(r"^#SBATCH --([a-z-]+)(?:=(.*))?$", (FARM / "slurm.sh").read_text(encoding="utf-8"), re.M))
    assert asked["array"] == "1-20" and asked["signal"] == "TERM@60" and "requeue" in asked
    assert asked["open-mode"] == "append"  # a task that goes on would write over what it said


def test_tasks_of_slurm_cover_all_frames_once(bash: Bash) -> None:
    seen: Counter[int] = Counter()
    for task in range(1, 21):
        place = {"SHARDS": "1", "SLURM_ARRAY_TASK_ID": str(task), "SLURM_ARRAY_TASK_COUNT": "20"}
        code, [words] = bash("slurm.sh", **SLURM, **place)
        made = parsed(words[2:])
        assert (code, made["scene"], str(made["output"]), made["threads"]) == (0, "quiet_arc", "arc_frames", 4)
        seen.update(parse_shard(str(made["shard"]), parse_frames(None, 240)))
    assert seen == Counter(range(240))
    code, [words] = bash("slurm.sh", **SLURM)
    assert (code, parsed(words[2:])["claim"]) == (0, True)


def test_a_task_of_slurm_that_is_stopped_is_queued_again_and_no_other(bash: Bash) -> None:
    assert bash("slurm.sh", codes={"polarlight": 143}, **SLURM)[1][1:] == [["scontrol", "requeue", "77"]]
    for code in (0, 1, 2, 130):
        ended, asked = bash("slurm.sh", codes={"polarlight": code}, **SLURM)
        assert (ended, len(asked)) == (code, 1)
    assert bash("slurm.sh", SCENE="quiet_arc")[0] != 0


def test_slurms_last_job_joins_and_checks(bash: Bash) -> None:
    code, asked = bash("slurm_join.sh", SCENE="quiet_arc", VIDEO="arc.mp4")
    joined, checked = (parsed(words[2:]) for words in asked)
    assert (code, str(joined["output"]), str(checked["check"])) == (0, "arc.mp4", "arc.mp4")
    code, asked = bash("slurm_join.sh", codes={"polarlight": 1}, SCENE="quiet_arc", VIDEO="arc.mp4")
    assert (code, len(asked)) == (1, 1)


def test_ssh_starts_one_on_each_machine_and_joins_here(bash: Bash) -> None:
    code, asked = bash("ssh.sh", "quiet_arc", "arc.mp4", "one", "two", "three")
    *shared, joined = [parsed(words[2:]) for words in asked]
    assert code == 0 and [str(made["output"]) for made in shared] == ["arc_frames"] * 3
    assert all(made["claim"] for made in shared) and str(joined["output"]) == "arc.mp4" and not joined["claim"]
    assert bash("ssh.sh", "quiet_arc", "arc.mp4")[0] == 2


# OpenCue: children as its document type wants them (cjsl-1.15.dtd), as a pattern over their names

MODELS = {
    "spec": "facility?,dept?,show,shot,user,email?,uid?,job*,depends*",
    "job": "paused?,priority?,maxretries?,maxcores?,maxgpus?,autoeat?,localbook?,os?,env*,layers?",
    "layers": "layer+",
    "layer": "cmd,range,chunk,cores?,threadable?,memory?,gpus?,gpu?,gpu_memory?,timeout?,timeout_llu?,tags?,limits?,"
    "env*,services?,outputs*",
    "services": "service+",
    "depends": "depend*",
    "depend": "depjob,deplayer?,depframe?,onjob,onlayer?,onframe?",
}


def out_of_order(element: ElementTree.Element) -> list[str]:
    """Return the elements whose children are not those that the document type wants, in its order."""
    wanted = MODELS.get(element.tag, "")
    pattern = "".join(re.sub(r"^(\w+)(.?)$", r"(?:\1,)\2", part) for part in wanted.split(",") if part)
    fits = re.fullmatch(pattern, "".join(f"{child.tag}," for child in element))
    return ([] if fits else [element.tag]) + [name for child in element for name in out_of_order(child)]


def test_opencues_job_is_of_its_document_type() -> None:
    text = (FARM / "opencue.xml").read_text(encoding="utf-8")
    assert "/spcue/dtd/cjsl-1.15.dtd" in text
    spec = ElementTree.fromstring(text)
    assert spec.tag == "spec" and out_of_order(spec) == []
    layers = {layer.attrib["name"]: layer for layer in spec.iter("layer")}
    assert {layer.attrib["type"] for layer in layers.values()} <= {"Render", "Util", "Post"}
    [job] = spec.iter("job")
    for name in (job.attrib["name"], spec.findtext("shot"), *layers):
        assert re.fullmatch(r"[\w.-]{3,}", name or "")
    assert spec.findtext("user") != "root" and spec.findtext("uid") != "0"  # which cuebot refuses
    [depend] = spec.iter("depend")
    assert depend.attrib["type"] == "LAYER_ON_LAYER"
    assert {depend.findtext("deplayer"), depend.findtext("onlayer")} == set(layers)
    assert {depend.findtext("depjob"), depend.findtext("onjob")} == {job.attrib["name"]}
    swapped = ElementTree.fromstring(
        text.replace("<chunk>1</chunk>", "").replace("</range>", "</range><chunk>1</chunk>")
    )
    assert out_of_order(swapped) == ["layer"]  # the other has two of them


def test_opencues_frames_are_all_frames_once() -> None:
    spec = ElementTree.parse(FARM / "opencue.xml").getroot()
    layer = next(spec.iter("layer"))
    first, last = map(int, (layer.findtext("range") or "").split("-"))
    chunk, seen = int(layer.findtext("chunk") or 0), Counter[int]()
    for start in range(first, last + 1, chunk):
        end = min(start + chunk - 1, last)  # as cuebot puts in for the tokens
        command = (layer.findtext("cmd") or "").replace("#FRAME_START#", str(start)).replace("#FRAME_END#", str(end))
        assert "#" not in command
        made = parsed(shlex.split(command)[2:])
        seen.update(parse_frames(str(made["frames"]), 300))
    assert seen == Counter(range(300))


# Flamenco: what the manager gives a script, in its words

MANAGER = """
"use strict";
function numbers(text) {
    const found = new Set();
    for (const part of text.replace(/\\.\\./g, "-").split(",")) {
        const ends = part.trim().split("-").map(Number);
        for (let k = ends[0]; k <= ends[ends.length - 1]; k++) found.add(k);
    }
    return Array.from(found).sort(function (a, b) { return a - b; });
}
function merged(frames) { // neighbours as A-B; two of them as A,B
    const runs = [];
    for (const k of frames) {
        const last = runs[runs.length - 1];
        if (last && last[last.length - 1] + 1 === k) last.push(k); else runs.push([k]);
    }
    return runs.map(function (run) {
        return run.length > 2 ? run[0] + "-" + run[run.length - 1] : run.join(",");
    }).join(",");
}
function frameChunker(text, size) {
    const frames = numbers(text), chunks = [];
    for (let k = 0; k < frames.length; k += size) chunks.push(merged(frames.slice(k, k + size)));
    return chunks;
}
const author = {
    Task: function (name, type) {
        if (!name.trim() || !type.trim()) throw "a task needs a name and a type";
        return { name: name, type: type, commands: [], dependencies: [],
            addCommand: function (command) { this.commands.push(command); },
            addDependency: function (task) { this.dependencies.push(task.name); } };
    },
    Command: function (name, parameters) { return { name: name, parameters: parameters }; },
};
const tasks = [];
const job = { settings: dukpy.settings, addTask: function (task) { tasks.push(task); } };
"""


def compiled(**settings: object) -> tuple[dict, list[dict]]:
    """Return the job type of Flamenco's script, and the tasks that it makes of settings."""
    dukpy = pytest.importorskip("dukpy")
    script = (FARM / "flamenco_polarlight.js").read_text(encoding="utf-8")
    ending = "compileJob(job); JSON.stringify([JOB_TYPE, tasks])"
    given = {"scene": "quiet_arc", "video": "/shared/arc.v1.mp4", "frames": "0-99", "chunk_size": 10, "join": True}
    job_type, tasks = json.loads(dukpy.evaljs([MANAGER, script, ending], settings=given | settings))
    return job_type, tasks


def test_flamencos_settings_are_of_its_kinds() -> None:
    job_type, _ = compiled()
    assert job_type["label"] and {one["type"] for one in job_type["settings"]} <= {"string", "int32", "bool", "float"}
    assert [one["key"] for one in job_type["settings"]] == ["scene", "video", "frames", "chunk_size", "join"]


@pytest.mark.parametrize(
    ("frames", "size"), [("0-99", 10), ("0-99", 1), ("0-9", 2), ("0-9", 3), ("3, 5-10, 20..30,7", 4), ("0-99", 1000)]
)
def test_flamencos_tasks_cover_all_frames_once(frames: str, size: int) -> None:
    _, tasks = compiled(frames=frames, chunk_size=size)
    *rendering, join = tasks
    seen: Counter[int] = Counter()
    for task in rendering:
        assert task["type"] == "misc" and not task["dependencies"]
        for command in task["commands"]:
            film, *words = command["parameters"]["args"]
            assert (command["name"], command["parameters"]["exe"], film) == ("exec", "{polarlight}", "film")
            made = parsed(words)
            assert (made["scene"], str(made["output"])) == ("quiet_arc", "/shared/arc.v1_frames")
            seen.update(parse_frames(str(made["frames"]), 240))
    wanted = {3, *range(5, 11), *range(20, 31)} if "," in frames else set(range(int(frames.split("-")[1]) + 1))
    assert seen == Counter(wanted)
    assert join["dependencies"] == [task["name"] for task in rendering]
    assert str(parsed(join["commands"][0]["parameters"]["args"][1:])["output"]) == "/shared/arc.v1.mp4"
    assert len(compiled(frames=frames, chunk_size=size, join=False)[1]) == len(rendering)
