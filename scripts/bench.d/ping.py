"""A JSON-RPC server on stdin and stdout that knows one method, made with the library jsonrpcserver."""

import sys
from datetime import datetime, timezone

from jsonrpcserver import Result, Success, dispatch, method


@method
def ping() -> Result:
    return Success({"now": datetime.now(timezone.utc).isoformat()})


for line in sys.stdin:
    sys.stdout.write(dispatch(line) + "\n")
    sys.stdout.flush()
