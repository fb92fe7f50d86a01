"""The web container's health check: asks /healthz on this machine, by a name that the pages answer to.

Standard library only: it runs every few seconds.
"""

import http.client
import os
import sys


def is_healthy(port: int, host: str) -> bool:
    """Whether /healthz says 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    name = os.environ.get("SAMSVAR_ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".") or "localhost"
    sys.exit(0 if is_healthy(int(os.environ.get("PORT", "8000")), name) else 1)
