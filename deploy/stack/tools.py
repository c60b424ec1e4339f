"""Programs the native stack needs; whatever is missing is named with its remedy."""

import re
import shutil
import subprocess
from collections.abc import Callable
from typing import TypeAlias

from deploy.stack.errors import StackError
from deploy.stack.pins import JAVA_AT_LEAST

Tool: TypeAlias = Callable[[], str]
"""Answers a program's path. Raises StackError, naming the remedy, when it is missing."""

_INSTALL_JAVA = (
    "On Debian or Ubuntu: apt-get install openjdk-17-jre-headless maven. "
    "On macOS: brew install openjdk@17 maven. "
    "Or use the stack that needs neither: --kind embedded (CROUPIER_STACK=embedded)"
)


def java() -> str:
    """A Java that can run the broker."""
    path = shutil.which("java")
    if path is None:
        raise StackError(
            f"Apache Kafka needs Java {JAVA_AT_LEAST}, and `java` is missing. {_INSTALL_JAVA}."
        )
    told = subprocess.run(  # noqa: S603 - the java found on PATH
        [path, "-version"], capture_output=True, text=True, check=False
    ).stderr
    version = java_major(told)
    if version < JAVA_AT_LEAST:
        raise StackError(
            f"Apache Kafka needs Java {JAVA_AT_LEAST}, and {path} is {version}. {_INSTALL_JAVA}."
        )
    return path


def java_major(told: str) -> int:
    """The major version in what `java -version` prints: `1.8.0_392` is 8, `17.0.15` is 17."""
    found = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(found.group(1)) if found else 0


def maven() -> str:
    """Maven downloads the broker's jars, once."""
    path = shutil.which("mvn")
    if path is None:
        raise StackError(
            f"Kafka's jars come from Maven Central, and `mvn` is missing. {_INSTALL_JAVA}."
        )
    return path


def cargo() -> str:
    """Cargo builds the durable store, once."""
    path = shutil.which("cargo")
    if path is None:
        raise StackError(
            "the durable store is built by Rust's `cargo`, which is missing. Install it from "
            "https://rustup.rs, or put a `mongod` 8 on PATH, which is then used instead."
        )
    return path
