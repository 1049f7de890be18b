"""The files of a deployment fit the program: commands, settings, roles, ports, paths and times are ones that it has."""

import tomllib
from pathlib import Path

import pytest
import yaml
from aiohttp.web import RouteDef

from bridge import app, cli, config
from bridge.commands import UNUSABLE
from bridge.config import ServerSettings
from bridge.logs import KEY_SHAPED
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from bridge.web import SHUTDOWN_S, application
from tests.unit.deployment.deployed import (
    FILES,
    KUBERNETES,
    ROOT,
    SYSTEMD,
    Process,
    compose,
    dockerfile,
    image_environ,
    kustomization,
    manifests,
    pods,
    processes,
    said,
)

ROLES = {"ingress", "worker", "scheduler"}
PORT = ServerSettings().port
MARGIN_S = 1.5
"""For what is done after the running answers have had their time."""
FOR_OPERATORS = {"/healthz", "/readyz", "/metrics"}
SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-not-real-1",
    "SLACK_SIGNING_SECRET": "not-real-2",
    "TELEGRAM_BOT_TOKEN": "123456:not-real-3",
    "TELEGRAM_WEBHOOK_SECRET": "not-real-4",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "not-real-5",
}


@pytest.mark.parametrize("process", processes(), ids=str)
def test_each_process_is_started_with_a_command_and_settings_that_bridge_takes(process: Process) -> None:
    arguments = cli.parser().parse_args(process.command)
    read = config.read(process.config, process.environ)

    assert arguments.run
    assert process.grace_s >= read.server.drain_s + SHUTDOWN_S + MARGIN_S or process.command == ["ingest"]


def test_every_role_runs_in_every_deployment_of_several_processes() -> None:
    roles: dict[str, set[str]] = {}
    for process in processes():
        where = process.name.partition(":")[0]
        role = process.environ.get("BRIDGE_SERVER__ROLE")
        role = role or (process.command[-1] if "--role" in process.command else "")
        roles.setdefault(where, set()).add(role)

    assert roles == {
        "Dockerfile": {""},
        "compose": ROLES,
        "kubernetes": ROLES | {""},  # what builds an index in own-index
        "systemd": ROLES | {""},
    }


def test_processes_of_one_machine_listen_apart() -> None:
    ports = [process.environ["BRIDGE_SERVER__PORT"] for process in processes() if process.name.startswith("systemd:")
             and process.environ]  # fmt: skip

    assert len(set(ports)) == len(ports) == len(list(SYSTEMD.glob("*.env")))


def test_several_processes_have_a_store_that_several_may_use() -> None:
    for process in processes():
        if "--role" in process.command or "BRIDGE_SERVER__ROLE" in process.environ:
            assert process.environ["BRIDGE_STORE__URL"].startswith("redis://"), process


# ---------------------------------------------------------------- the image


def test_the_image_holds_what_exists_and_what_the_builder_gets() -> None:
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    sources = [source for rest in said("COPY") if "--from" not in rest for source in rest.split()[:-1]]

    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert source.rstrip("/") in allowed, f"{source} is kept from the builder"
    for needed in ("bridge", "routing", "kb", "config.toml"):
        assert needed in sources


def test_packages_are_those_of_the_lock_by_their_hashes() -> None:
    (install,) = [rest for rest in said("RUN") if "requirements.lock" in rest]

    assert "scripts/setup.py .venv requirements.lock" in install
    assert '"--require-hashes"' in (ROOT / "scripts/setup.py").read_text()


def test_the_image_has_a_python_that_the_project_takes() -> None:
    (python,) = said("ARG")
    version = python.removeprefix("PYTHON=").partition("-")[0]
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]

    assert wanted.startswith(">=")
    assert [int(part) for part in version.split(".")] >= [int(part) for part in wanted[2:].split(".")]
    assert all(rest.startswith("python:${PYTHON}") for rest in said("FROM"))


def test_the_image_runs_as_nobody_in_particular() -> None:
    (user,) = said("USER")
    uid, gid = user.split(":")

    assert uid.isdigit()
    assert int(uid) >= 1_000
    assert any(f"--uid {uid} --gid {gid}" in rest for rest in said("RUN"))
    # Nothing is made or changed behind it: what the process may write is var/ alone.
    after = [name for name, _ in dockerfile()][[name for name, _ in dockerfile()].index("USER") :]
    assert not {"RUN", "COPY", "ADD"} & set(after)


def test_the_image_says_where_it_listens_and_how_it_is_stopped() -> None:
    assert said("EXPOSE") == [str(PORT)]
    assert said("STOPSIGNAL") == ["SIGTERM"]
    assert said("VOLUME") == ["/app/var"]
    assert said("WORKDIR")[-1] == "/app"
    assert yaml.safe_load(said("ENTRYPOINT")[0]) == ["bridge"]
    assert image_environ()["BRIDGE_SERVER__HOST"] == "0.0.0.0"
    assert said("HEALTHCHECK")[0].endswith('CMD ["python", "deploy/healthy.py"]')


def test_what_is_written_by_default_is_in_the_folder_that_may_be_written() -> None:
    read = config.read(ROOT / "config.toml", {})

    assert read.knowledge.index_path.parts[0] == "var"
    assert read.store.settings.path.parts[0] == "var"


# ---------------------------------------------------------------- compose.yaml


def test_services_of_compose_have_no_rights_that_they_do_not_need() -> None:
    for name, service in compose()["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["restart"] == "unless-stopped", name
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}, name
        assert "max-size" in service["logging"]["options"], name
        uid = service.get("user", said("USER")[0]).partition(":")[0]
        assert int(uid) > 0, name


def test_compose_starts_as_many_as_the_documents_say_each_when_what_it_needs_is_well() -> None:
    services = compose()["services"]

    replicas = {name: service["deploy"].get("replicas", 1) for name, service in services.items()}
    assert replicas == {"proxy": 1, "ingress": 2, "worker": 3, "scheduler": 1, "redis": 1}
    assert "healthcheck" in services["redis"]
    for name in ROLES:
        assert services[name]["depends_on"] == {"redis": {"condition": "service_healthy"}}
    assert services["proxy"]["depends_on"] == {"ingress": {"condition": "service_healthy"}}
    # Without a key and without .env.
    assert services["ingress"]["env_file"] == [{"path": ".env", "required": False}]


def test_compose_mounts_what_exists_and_shares_the_index() -> None:
    services = compose()["services"]
    volumes = [volume for service in services.values() for volume in service.get("volumes", [])]

    for source, target, *_ in (volume.split(":") for volume in volumes):
        assert source in compose()["volumes"] or (ROOT / source).exists(), source
        assert target in ("/data", "/etc/redis.conf", "/etc/nginx/bridge.conf") or target.startswith("/app/")
    assert "var:/app/var" in services["worker"]["volumes"]
    assert "var:/app/var" in services["scheduler"]["volumes"]


def test_the_proxy_is_believed_and_speaks_to_the_ingress() -> None:
    services = compose()["services"]
    nginx = (ROOT / "deploy/nginx/nginx.conf").read_text()

    address = services["proxy"]["networks"]["outside"]["ipv4_address"]
    assert services["ingress"]["environment"]["BRIDGE_SERVER__TRUSTED_PROXIES"] == f'["{address}"]'
    assert f"http://ingress:{PORT};" in nginx
    assert services["proxy"]["ports"] == [f"127.0.0.1:{PORT}:8080"]
    assert "listen 8080" in nginx
    assert "proxy_buffering off;" in nginx


def test_redis_is_reached_by_processes_of_bridge_only() -> None:
    services = compose()["services"]

    assert services["redis"]["networks"] == ["store"]
    assert compose()["networks"]["store"] == {"internal": True}
    assert "ports" not in services["redis"]
    assert "store" not in services["proxy"]["networks"]


# ---------------------------------------------------------------- systemd


def test_units_start_again_whatever_happened_but_one_process_with_settings_that_cannot_be_used() -> None:
    one, several = ((SYSTEMD / name).read_text() for name in ("bridge.service", "bridge@.service"))

    for text in (one, several):
        assert "\nRestart=always\n" in text
        assert "\nStartLimitIntervalSec=0\n" in text
    assert f"\nRestartPreventExitStatus={UNUSABLE}\n" in one
    # A Redis that is a replica for now is told as a setting that cannot be used, and may become the primary.
    assert "RestartPreventExitStatus" not in several


@pytest.mark.parametrize("name", ["bridge.service", "bridge@.service"])
def test_units_have_no_rights_that_they_do_not_need(name: str) -> None:
    text = (SYSTEMD / name).read_text()

    for line in ("ProtectSystem=strict", "ReadWritePaths=/opt/bridge/var", "NoNewPrivileges=yes", "User=bridge"):
        assert f"\n{line}\n" in text
    assert "\nCapabilityBoundingSet=\n" in text


# ---------------------------------------------------------------- Kubernetes


def test_every_manifest_is_applied() -> None:
    named = kustomization("base")["resources"]

    assert set(named) == {path.name for path in (KUBERNETES / "base").glob("*.yaml")} - {"kustomization.yaml"}
    assert {resource["kind"] for resource in manifests()} >= {
        "Deployment", "StatefulSet", "Service", "Ingress", "PodDisruptionBudget", "HorizontalPodAutoscaler",
        "PersistentVolumeClaim", "NetworkPolicy",
    }  # fmt: skip
    assert kustomization(".")["images"] == kustomization("own-index")["images"]


def test_pods_have_no_rights_that_they_do_not_need() -> None:
    for name, pod in pods().items():
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        # Names of services would come as BRIDGE_..., which bridge takes for settings that it does not know.
        assert pod["enableServiceLinks"] is False, name
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert "memory" in container["resources"]["limits"], name
    uid = int(said("USER")[0].partition(":")[0])
    assert {pod["securityContext"]["runAsUser"] for name, pod in pods().items() if name != "bridge-redis"} == {uid}


def test_pods_are_asked_at_addresses_that_bridge_has() -> None:
    web_app = application(store=MemoryStore(MemorySettings()), routes=[], status=dict)
    paths = {resource.canonical for resource in web_app.router.resources()}
    assert paths == FOR_OPERATORS

    for name, pod in pods().items():
        (container,) = pod["containers"]
        if name == "bridge-redis":
            continue
        asked = {key: probe["httpGet"] for key, probe in container.items() if key.endswith("Probe")}
        assert {key: get["path"] for key, get in asked.items()} == {
            "startupProbe": "/healthz",
            "livenessProbe": "/healthz",
            "readinessProbe": "/readyz",
        }, name
        assert container["ports"] == [{"name": "http", "containerPort": PORT}], name


def test_deployments_are_replaced_without_a_gap() -> None:
    deployments = {found["metadata"]["name"]: found["spec"] for found in manifests() if found["kind"] == "Deployment"}

    assert {name: spec["replicas"] for name, spec in deployments.items()} == {
        "bridge-ingress": 2,
        "bridge-worker": 3,
        "bridge-scheduler": 1,
    }
    for spec in deployments.values():
        assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_what_stands_in_front_passes_on_every_route_but_those_for_operators() -> None:
    (ingress,) = [resource for resource in manifests() if resource["kind"] == "Ingress"]
    ways = ingress["spec"]["rules"][0]["http"]["paths"]
    enabled = {f"BRIDGE_CHANNELS__{name}__ENABLED": "true" for name in ("SLACK", "TELEGRAM", "WHATSAPP")}
    settings = {"BRIDGE_CHANNELS__WIDGET__DEMO_PAGE": "false", "BRIDGE_CHANNELS__TELEGRAM__MODE": "webhook"}
    read = config.read(ROOT / "config.toml", SECRETS | enabled | settings)
    tables = [channel.routes() for channel in app.speechless(read).values()]
    routes = {route.path for table in tables for route in table if isinstance(route, RouteDef)}

    def is_passed_on(path: str) -> bool:
        return any(
            path == way["path"] or (way["pathType"] == "Prefix" and path.startswith(f"{way['path']}/")) for way in ways
        )

    assert len(routes) > 10
    assert {path for path in routes if not is_passed_on(path)} == set()
    assert not any(is_passed_on(path) for path in FOR_OPERATORS)


def test_one_redis_is_configured_everywhere() -> None:
    assert (KUBERNETES / "base/redis.conf").read_text() == (ROOT / "deploy/redis/redis.conf").read_text()


# ---------------------------------------------------------------- nothing that must not be there


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_holds_a_secret_or_names_a_registry(path: Path) -> None:
    text = path.read_text()

    assert not KEY_SHAPED.search(text)
    for registry in ("pypi", "npmjs", "docker.io", "ghcr.io", "quay.io", "index-url"):
        assert registry not in text


def test_the_example_of_a_secret_holds_none() -> None:
    example = yaml.safe_load((KUBERNETES / "secret.example.yaml").read_text())

    assert set(example["stringData"].values()) == {""}
    assert example["metadata"]["name"] == "bridge-secrets"
