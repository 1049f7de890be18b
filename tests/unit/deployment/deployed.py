"""What is deployed, read from the files of deploy/, the Dockerfile and compose.yaml, as the tests look at it."""

import re
import shlex
from collections.abc import Iterator, Mapping
from configparser import RawConfigParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
KUBERNETES = ROOT / "deploy/kubernetes"
SYSTEMD = ROOT / "deploy/systemd"
IMAGE = "bridge"
FILES = sorted(
    path
    for path in (ROOT / "Dockerfile", ROOT / ".dockerignore", ROOT / "compose.yaml", *(ROOT / "deploy").rglob("*"))
    if path.is_file() and "__pycache__" not in path.parts
)


@dataclass(frozen=True, slots=True)
class Process:
    """One that runs bridge."""

    name: str
    command: list[str]
    """Behind `bridge`."""
    environ: Mapping[str, str]
    grace_s: float
    """From SIGTERM until it is killed."""
    config: Path = ROOT / "config.toml"

    def __str__(self) -> str:
        return self.name


def dockerfile() -> list[tuple[str, str]]:
    """Its instructions in order: ("RUN", "..."), continued lines joined, comments left out."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def said(instruction: str) -> list[str]:
    """What the Dockerfile says with this instruction."""
    return [rest for name, rest in dockerfile() if name == instruction]


def image_environ() -> dict[str, str]:
    return dict(re.findall(r"(\w+)=(\S+)", " ".join(said("ENV"))))


def compose() -> dict[str, Any]:
    """With every `${NAME:-default}` as it is when nothing is set."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", (ROOT / "compose.yaml").read_text())
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def manifests() -> list[dict[str, Any]]:
    """Every resource of the base, and the pods that own-index adds to."""
    paths = [path for path in sorted((KUBERNETES / "base").glob("*.yaml")) if path.name != "kustomization.yaml"]
    return [resource for path in paths for resource in yaml.safe_load_all(path.read_text())]


def kustomization(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((KUBERNETES / name / "kustomization.yaml").read_text())
    return loaded


def pods() -> dict[str, dict[str, Any]]:
    """The pod of each deployment and stateful set, by its name."""
    return {
        resource["metadata"]["name"]: resource["spec"]["template"]["spec"]
        for resource in manifests()
        if resource["kind"] in ("Deployment", "StatefulSet")
    }


def added_container() -> dict[str, Any]:
    """What own-index puts before each worker."""
    patches = [yaml.safe_load(patch["patch"]) for patch in kustomization("own-index")["patches"]]
    added = [step for patch in patches if isinstance(patch, list) for step in patch if step["op"] == "add"]
    container: dict[str, Any] = added[0]["value"][0]
    return container


def unit(name: str) -> RawConfigParser:
    """A unit of systemd; of a key that comes several times, the last one."""
    parsed = RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",), interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign] # keys are spelt with capitals
    parsed.read(SYSTEMD / name)
    return parsed


def env_file(path: Path) -> dict[str, str]:
    pairs = (line.partition("=") for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def seconds(value: object) -> float:
    """`20s`, or a number."""
    return float(str(value).removesuffix("s"))


def processes() -> list[Process]:
    return [*_of_the_image(), *_of_compose(), *_of_kubernetes(), *_of_systemd()]


def _of_the_image() -> Iterator[Process]:
    command: list[str] = yaml.safe_load(said("CMD")[0])
    yield Process("Dockerfile", command, image_environ(), grace_s=10.0)  # Docker's own


def _of_compose() -> Iterator[Process]:
    for name, service in compose()["services"].items():
        if service["image"] == IMAGE:
            environ = image_environ() | {key: str(value) for key, value in service["environment"].items()}
            yield Process(f"compose:{name}", service["command"], environ, seconds(service["stop_grace_period"]))


def _of_kubernetes() -> Iterator[Process]:
    containers = [
        (f"kubernetes:{name}", container, pod["terminationGracePeriodSeconds"])
        for name, pod in pods().items()
        for container in pod["containers"]
    ]
    for name, container, grace_s in [*containers, ("kubernetes:own-index", added_container(), 40)]:
        if container["image"] == IMAGE:
            before = container.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", ["sleep", "0"])
            environ = image_environ() | {pair["name"]: pair["value"] for pair in container["env"]}
            rest_s = grace_s - seconds(before[-1])
            yield Process(name, container["args"], environ, rest_s, KUBERNETES / "base/config.toml")


def _of_systemd() -> Iterator[Process]:
    # The store is named once, in config.toml or .env, where `bridge check` finds it, too.
    store = {"BRIDGE_STORE__URL": "redis://127.0.0.1:6379/0"}
    instances = {path.stem: store | env_file(path) for path in sorted(SYSTEMD.glob("*.env"))}
    for name, environ in {"": {}, **instances}.items():
        service = unit("bridge@.service" if name else "bridge.service")["Service"]
        command = shlex.split(service["ExecStart"])[1:]
        yield Process(f"systemd:{name or 'bridge'}", command, environ, seconds(service["TimeoutStopSec"]))
