"""The service as far as the container's checks need it: every job has the status that its id names.

    service.py CERT KEY PORT
"""

import http.server
import json
import ssl
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        job = self.path.split("/")[-2]
        if self.headers["unstructured-api-key"] != "the-key":
            self.answer(401, {"detail": "bad key"})
        else:
            self.answer(200, {"id": job, "processing_status": job.replace("-", "_"), "node_stats": [], "message": None})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


certificate, key, port = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
