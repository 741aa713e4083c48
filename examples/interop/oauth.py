"""Drives an OAuth client library, the one named on the command line, one request at a time.

A line with a job (see type oauthJob in oauthclient_test.go) comes in on stdin, and a line with what the library made of the answer goes out on
stdout.
"""

import importlib
import json
import sys

library, base = sys.argv[1:]
adapter = importlib.import_module("with_" + library)

for line in sys.stdin:
    job = json.loads(line)
    operation = getattr(adapter, job["op"], None)
    if operation is None:
        outcome = {"unsupported": True}
    else:
        try:
            outcome = {"value": operation(base, job)}
        except Exception as err:  # whatever the library raises is the answer
            outcome = {"error": {"type": type(err).__name__, "message": str(err), **adapter.told(err)}}
    print(json.dumps(outcome), flush=True)
