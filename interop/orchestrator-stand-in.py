"""Answers as Tulle's API does where a run is started and asked for: the product `mayfly` fails, every other one succeeds."""
import http.server
import json
import sys

started = []


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.headers.get("authorization") != "Bearer interop-token":
            return self.answer(401, {"code": "not-signed-in"})
        product = self.path.split("/")[-2]
        started.append({"product": product, "asked": 0})
        self.answer(202, {"runId": str(len(started) - 1)})

    def do_GET(self):
        if self.path == "/started":
            return self.answer(200, [one["product"] for one in started])
        one = started[int(self.path.split("/")[-1])]
        one["asked"] += 1
        if one["asked"] < 2:
            return self.answer(200, {"status": "running", "diagnostics": []})
        if one["product"] == "mayfly":
            return self.answer(200, {"status": "failed", "diagnostics": [{"code": "check-failed", "message": "a planted failure"}]})
        self.answer(200, {"status": "succeeded", "rowsWritten": 7, "diagnostics": []})

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
