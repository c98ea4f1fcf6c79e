// The part of an exported file that talks to Tulle, by what Python itself brings. It holds no secret: address and token are in the
// environment of the orchestrator.

export const CLIENT = String.raw`import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request


class RunFailed(Exception):
    """A run that ended otherwise than well, with what it says of why."""


class _StayHere(urllib.request.HTTPRedirectHandler):
    """A token is for one host alone."""

    def redirect_request(self, *_):
        return None


_OPENER = urllib.request.build_opener(_StayHere)


def _ask(method, path, body=None):
    server, token = os.environ.get("TULLE_URL", ""), os.environ.get("TULLE_TOKEN", "")
    if server == "" or token == "":
        raise RunFailed("TULLE_URL and TULLE_TOKEN are not both set: the server, and an API token that may run the product.")
    address = server.rstrip("/") + "/api/v1" + path
    request = urllib.request.Request(
        address, method=method, data=None if body is None else json.dumps(body).encode(),
        headers={"authorization": "Bearer " + token, "content-type": "application/json", "accept": "application/json"},
    )
    try:
        with _OPENER.open(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        said = error.read(2000).decode("utf-8", "replace")
        raise RunFailed("Tulle answers %d to %s %s: %s" % (error.code, method, path, said)) from None


def run_product(product, log=print):
    """Runs a product and waits for its end; a run that does not succeed is an exception."""
    run_id = _ask("POST", "/products/" + urllib.parse.quote(product, safe="") + "/runs", {})["runId"]
    log("Run %s of %s is queued." % (run_id, product))
    deadline = time.monotonic() + float(os.environ.get("TULLE_RUN_SECONDS", "21600"))
    pause, misses = 0.5, 0
    while True:
        try:
            run = _ask("GET", "/runs/" + run_id)
            misses = 0
        except (OSError, ValueError):
            # The run goes on without us; a server that restarts is asked again.
            misses += 1
            if misses > 20:
                raise
            run = {"status": "unknown"}
        if run["status"] == "succeeded":
            return {"run": run_id, "rows_written": run.get("rowsWritten")}
        if run["status"] in ("failed", "cancelled"):
            why = "; ".join("%s: %s" % (one.get("code"), one.get("message")) for one in run.get("diagnostics", []))
            raise RunFailed("Run %s of %s is %s. %s" % (run_id, product, run["status"], why))
        if time.monotonic() > deadline:
            raise RunFailed("Run %s of %s has not ended within TULLE_RUN_SECONDS." % (run_id, product))
        time.sleep(pause)
        pause = min(pause * 1.5, 15)
`
