"""docker-compose.yml is well formed, and says what the services and the stacks say.

There is no Docker engine in CI, so it is checked on paper: against the Compose specification's
JSON schema (`compose/compose_spec.json`, from PyPI's docker-compose 1.29.2, Apache-2.0), and by
`docker compose config` where that client is installed.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from services.ingest.settings import IngestSettings
from services.notifier.settings import NotifierSettings
from services.router.settings import RouterSettings
from shared.runtime.settings import ServiceSettings

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
SCHEMA = Path(__file__).with_name("compose") / "compose_spec.json"
SETTINGS: dict[str, type[ServiceSettings]] = {
    "ingest": IngestSettings,
    "courier": IngestSettings,
    "lobby": IngestSettings,
    "poller": IngestSettings,
    "router": RouterSettings,
    "notifier": NotifierSettings,
    "provision": ServiceSettings,
}
PORTS = {
    "ingest": 8080,
    "router": 8081,
    "notifier": 8082,
    "courier": 8083,
    "lobby": 8084,
    "poller": 8086,
}
PREFIXES = {"courier": "INGEST", "lobby": "INGEST", "poller": "INGEST"}


def _has_compose() -> bool:
    if shutil.which("docker") is None:
        return False
    asked = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return asked.returncode == 0


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return loaded


def test_the_file_obeys_the_compose_schema(compose: dict[str, Any]) -> None:
    complaints = [
        f"{error.json_path}: {error.message}"
        for error in Draft7Validator(json.loads(SCHEMA.read_text())).iter_errors(compose)
    ]
    assert complaints == []


def test_the_schema_would_notice_a_mistake(compose: dict[str, Any]) -> None:
    broken = compose | {"services": {"router": {"imgae": "croupier"}}}
    assert not Draft7Validator(json.loads(SCHEMA.read_text())).is_valid(broken)


@pytest.mark.parametrize("service", sorted(SETTINGS))
def test_every_variable_is_a_setting_of_its_service(compose: dict[str, Any], service: str) -> None:
    known = {f"CROUPIER_{field.upper()}" for field in SETTINGS[service].model_fields}
    assert set(compose["services"][service]["environment"]) <= known


@pytest.mark.parametrize("service", sorted(PORTS))
def test_health_and_metrics_are_asked_where_the_service_serves_them(
    compose: dict[str, Any], service: str
) -> None:
    description = compose["services"][service]
    port = PORTS[service]
    prometheus = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    (job,) = [job for job in prometheus["scrape_configs"] if job["job_name"] == service]

    prefix = PREFIXES.get(service, service.upper())
    assert description["environment"][f"CROUPIER_{prefix}_PORT"] == port
    assert description["healthcheck"]["test"][-1] == str(port)
    assert job["dns_sd_configs"][0] | {"names": [service], "port": port} == job["dns_sd_configs"][0]


def test_two_routers_share_the_work_and_no_secret_is_in_the_file(compose: dict[str, Any]) -> None:
    assert compose["services"]["router"]["deploy"]["replicas"] == 2
    secret = compose["services"]["notifier"]["environment"]["CROUPIER_NOTIFIER_SECRET"]
    assert secret.startswith("${CROUPIER_NOTIFIER_SECRET:?")


def test_every_port_is_published_to_this_machine_only(compose: dict[str, Any]) -> None:
    published = [p for service in compose["services"].values() for p in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_file_that_is_mounted_exists(compose: dict[str, Any]) -> None:
    mounts = [m for service in compose["services"].values() for m in service.get("volumes", [])]
    sources = [mount.split(":")[0] for mount in mounts if mount.startswith("./")]
    assert len(sources) == 2
    assert all((ROOT / source).is_file() for source in sources)


def test_images_ship_the_versions_the_tests_ran_with_and_no_test_tools() -> None:
    def pins(path: str) -> set[str]:
        lines = (ROOT / path).read_text().splitlines()
        return {line.split(" ")[0] for line in lines if line[:1].isalnum()}

    shipped = pins("deploy/images/requirements.lock")

    assert shipped <= pins("requirements.lock")
    assert {name.split("==")[0] for name in shipped}.isdisjoint(
        {"pytest", "hypothesis", "testcontainers", "noida-db", "secantusdb"}
    )


@pytest.mark.skipif(not _has_compose(), reason="the docker compose client is not installed")
def test_docker_itself_accepts_the_file() -> None:
    done = subprocess.run(
        ["docker", "compose", "--file", str(FILE), "config", "--quiet"],
        env=os.environ | {"CROUPIER_NOTIFIER_SECRET": "x" * 32},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
