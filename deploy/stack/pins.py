"""Every version the stacks run, in one place.

The Kafka jars' full list follows from `deploy/kafka/pom.xml`, and `docker-compose.yml` names the
same images; a unit test keeps all three in step.
"""

from typing import Final

KAFKA: Final = "4.1.1"
JAVA_AT_LEAST: Final = 17  # Kafka 4 brokers
SECANTUS: Final = "0.5.3-beta.196"
KAFKA_IMAGE: Final = f"apache/kafka:{KAFKA}"
MONGO_IMAGE: Final = "mongo:8.0"

TRANSACTION_LIFETIME_SECONDS: Final = 5
"""The store ends a transaction that lives longer: a router stopped inside one must not keep its
successor from taking over (docs/decisions, fence by transaction)."""
