"""Apache Kafka on this machine: one broker, or three that survive the loss of any one."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.stack import cache, progress, tools
from deploy.stack.errors import StackError
from deploy.stack.ports import LOOPBACK, Ports
from deploy.stack.process import ProcessSpec
from deploy.stack.progress import Say

_HERE = Path(__file__).parents[1] / "kafka"
_CLUSTER_ID = "Y3JvdXBpZXJjcm91cGllcg"  # 16 bytes in base64; any will do on a machine of its own
_JVM = (
    *("-Xms128m", "-Xmx1g"),
    # A stack lives for minutes beside everything else on a small machine: the optimising compiler
    # and a collector with threads of its own would take more than they give in that time.
    *("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
)


def jars(*, say: Say) -> Path:
    """The folder of jars that `deploy/kafka/pom.xml` pins, downloaded on first use."""
    pom = _HERE / "pom.xml"
    name = f"kafka-{cache.fingerprint(pom.read_text())}"

    def download(folder: Path) -> None:
        say("downloading Apache Kafka from Maven Central (43 MB, once)")
        argv = [tools.maven(), "-B", "-Dstyle.color=never", "--strict-checksums", "-f", str(pom)]
        argv += ["dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
        log = cache.root(os.environ) / f"{name}.log"
        progress.run(argv, log=log, label="maven", say=say)

    return cache.made_once(name, download, say=say)


def brokers(folder: Path, *, ports: Ports, say: Say) -> list[ProcessSpec]:
    """Specs of the brokers, each of which is a controller too.

    Formats data folders that are new. Raises StackError when Java, Maven or the network is missing.
    """
    java, classpath = tools.java(), f"{jars(say=say)}/*"
    configs = [
        _write_config(folder / f"kafka-{node}", node=node, ports=ports)
        for node in range(len(ports.kafka))
    ]
    say("formatting the brokers' data folders")
    with ThreadPoolExecutor(len(configs)) as pool:
        list(pool.map(lambda config: _format(config, java=java, classpath=classpath), configs))
    log4j = f"-Dlog4j2.configurationFile={_HERE / 'log4j2.properties'}"
    command = (java, *_JVM, log4j, "-cp", classpath, "kafka.Kafka")
    return [
        ProcessSpec(
            name=f"kafka-{node}",
            role="broker",
            port=port,
            argv=(*command, str(config)),
            log=folder / f"kafka-{node}.log",
        )
        for node, (port, config) in enumerate(zip(ports.kafka, configs, strict=True))
    ]


def _write_config(folder: Path, *, node: int, ports: Ports) -> Path:
    """The node's settings: what all have in common, and what differs from node to node."""
    folder.mkdir(parents=True, exist_ok=True)
    count = len(ports.kafka)
    voters = [f"{voter}@{LOOPBACK}:{port}" for voter, port in enumerate(ports.controllers)]
    plain, controller = f"{LOOPBACK}:{ports.kafka[node]}", f"{LOOPBACK}:{ports.controllers[node]}"
    own = {
        "node.id": node,
        "controller.quorum.voters": ",".join(voters),
        "listeners": f"PLAINTEXT://{plain},CONTROLLER://{controller}",
        "log.dirs": folder / "data",
        # Three brokers: a write is acknowledged by two, so any one may be lost.
        "default.replication.factor": count,
        "offsets.topic.replication.factor": count,
        "transaction.state.log.replication.factor": count,
        "min.insync.replicas": min(2, count),
        "transaction.state.log.min.isr": min(2, count),
    }
    config = folder / "server.properties"
    common = (_HERE / "server.properties").read_text()
    config.write_text(common + "".join(f"{key}={value}\n" for key, value in own.items()))
    return config


def _format(config: Path, *, java: str, classpath: str) -> None:
    if (config.parent / "data" / "meta.properties").exists():
        return
    tool = ["kafka.tools.StorageTool", "format", "--cluster-id", _CLUSTER_ID]
    done = subprocess.run(  # noqa: S603 - argv is ours, no shell
        [java, "-Xmx128m", "-cp", classpath, *tool, "--config", str(config)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StackError(f"Kafka refuses to format {config.parent}: {done.stdout}{done.stderr}")
