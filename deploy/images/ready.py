"""Container health check: exit 0 when the service on this port says it is ready.

python deploy/images/ready.py 8081
"""

import sys
import urllib.request


def main(port: str) -> None:
    """Raises URLError, and so exits 1, on any answer but 2xx."""
    with urllib.request.urlopen(f"http://127.0.0.1:{int(port)}/health/ready", timeout=4):
        pass


if __name__ == "__main__":
    main(sys.argv[1])
