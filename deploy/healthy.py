"""Exit code 0 when the server of this container is alive: GET /healthz on the port that it was told to listen on.

The image has no curl. Restarting is for what is not alive; what is not ready (/readyz) waits for others to come back.
"""

import http.client
import os
import sys

ANSWER_S = 3.0


def main() -> int:
    port = int(os.environ.get("BRIDGE_SERVER__PORT", "8080"))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_S)
    try:
        connection.request("GET", "/healthz")
        return 0 if connection.getresponse().status == http.client.OK else 1
    except (OSError, http.client.HTTPException):
        return 1


if __name__ == "__main__":
    sys.exit(main())
