#!/usr/bin/env python3
"""One cold `details` over TLS, beside `curl` asking the same server with the same CA, turn by turn.

    benches/cold_command.py target/x86_64-unknown-linux-musl/dist/unstructured-jobs [RUNS]

Prints medians of wall time and of the largest resident set, the size of the file, and the resident set of `wait` on
1,000 jobs. Needs nginx, openssl, curl and cc.
"""

import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

# wait4(2) counts what the parent held before exec as the child's: so the parent must be smaller than what is measured
LAUNCHER = r"""
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct timespec from, to;
    struct rusage usage;
    int status;
    if (argc < 2) return 99;
    clock_gettime(CLOCK_MONOTONIC, &from);
    pid_t child = fork();
    if (child == 0) { execv(argv[1], argv + 1); _exit(127); }
    if (wait4(child, &status, 0, &usage) != child) return 98;
    clock_gettime(CLOCK_MONOTONIC, &to);
    fprintf(stderr, "MEASURED %lld %ld\n",
            (to.tv_sec - from.tv_sec) * 1000000000LL + (to.tv_nsec - from.tv_nsec), usage.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 97;
}
"""

NGINX = """
daemon off; worker_processes 1; pid {work}/pid; error_log {work}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; keepalive_requests 100000;
  client_body_temp_path {work}/b; proxy_temp_path {work}/p; fastcgi_temp_path {work}/f;
  uwsgi_temp_path {work}/u; scgi_temp_path {work}/s;
  server {{
    listen 127.0.0.1:{port} ssl; ssl_certificate {work}/cert.pem; ssl_certificate_key {work}/key.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    default_type application/json;
    location ~ ^/api/v1/jobs/([^/]+)/details$ {{
      return 200 '{{"id":"$1","processing_status":"SUCCESS","node_stats":[{{"node_name":"partition",
"node_type":"partition","node_subtype":"auto","ready":0,"in_progress":0,"success":42,"failure":0}}],"message":null}}';
    }}
  }}
}}
"""


def main():
    command = os.path.abspath(sys.argv[1])
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        server, url = serve(work)
        try:
            measure(work, command, runs, url)
        finally:
            server.terminate()
            server.wait()


def serve(work):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=cold", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE",
         "-keyout", f"{work}/key.pem", "-out", f"{work}/cert.pem"],
        check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    pathlib.Path(work, "nginx.conf").write_text(NGINX.format(work=work, port=port))
    server = subprocess.Popen(["nginx", "-e", f"{work}/error.log", "-c", f"{work}/nginx.conf"])
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return server, f"https://127.0.0.1:{port}"
        except ConnectionRefusedError:
            time.sleep(0.01)
    sys.exit("nginx does not start")


def measure(work, command, runs, url):
    launcher = f"{work}/launcher"
    subprocess.run(["cc", "-O2", "-static", "-x", "c", "-", "-o", launcher], input=LAUNCHER.encode(), check=True)
    environment = {"UNSTRUCTURED_API_KEY": "key", "PATH": os.environ["PATH"]}

    def run(*arguments):
        done = subprocess.run([launcher, *arguments], env=environment, capture_output=True)
        if done.returncode != 0:
            sys.exit(f"{arguments[0]} failed: {done.stderr.decode()}")
        nanoseconds, kilobytes = done.stderr.decode().split("MEASURED ")[1].split()
        return done.stdout, int(nanoseconds) / 1e6, int(kilobytes)

    job = "b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e"
    curl = subprocess.run(["which", "curl"], check=True, capture_output=True, text=True).stdout.strip()
    ours = [command, "details", job, "--api-url", url, "--ca-file", f"{work}/cert.pem"]
    theirs = [curl, "-sS", "--cacert", f"{work}/cert.pem", "-H", "unstructured-api-key: key",
              f"{url}/api/v1/jobs/{job}/details"]
    assert b'"success":42' in run(*ours)[0] and b'"success":42' in run(*theirs)[0]
    samples = {"ours": [], "curl": []}
    for _ in range(runs):
        samples["ours"].append(run(*ours)[1:])
        samples["curl"].append(run(*theirs)[1:])
    (our_wall, our_rss), (curl_wall, curl_rss) = (
        [statistics.median(column) for column in zip(*samples[who])] for who in ("ours", "curl"))
    many = [f"job-{number}" for number in range(1000)]
    wait = run(command, "wait", "-q", "--api-url", url, "--ca-file", f"{work}/cert.pem", *many)
    assert wait[0].count(b"\n") == 1000

    print(f"size            {os.path.getsize(command) / 1e6:6.2f} MB")
    print(f"wall            {our_wall:6.2f} ms   curl {curl_wall:6.2f} ms   ratio {our_wall / curl_wall:.2f}")
    print(f"resident        {our_rss / 1024:6.2f} MiB  curl {curl_rss / 1024:6.2f} MiB  ratio {our_rss / curl_rss:.2f}")
    print(f"wait, 1000 jobs {wait[2] / 1024:6.2f} MiB  in {wait[1] / 1000:.2f} s")


main()
