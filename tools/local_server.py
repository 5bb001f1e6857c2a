"""A kithd of a build of this tree on a loopback port, and its command.

For the scripts of tools/ and tests/. Python's standard library only.
"""

import os
import pathlib
import secrets
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
DEFAULT_PORT = 50051


def find_bin(given=None):
    """The folder of kithd and kith: given, or of the newest build here."""
    if given:
        return pathlib.Path(given).resolve()
    built = [path.parent for path in ROOT.glob("build/*/bin/kithd")
             if (path.parent / "kith").exists()
             and path.parts[-3] in ("release", "dev")]
    if not built:
        raise SystemExit("no build with kithd and kith: run tools/dev build")
    return max(built, key=lambda path: (path / "kithd").stat().st_mtime)


def free_port(wanted=DEFAULT_PORT):
    """`wanted` when nobody listens there, else 0: the system chooses."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return 0
    return wanted


def ensure_key(path):
    """The preshared key in `path`, made once, readable by its owner only."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL,
                             0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(24) + "\n")
    return path.read_text().strip()


class LocalServer:
    """Runs kithd on `folder`/data until stop() or the end of `with`."""

    def __init__(self, bin_folder, folder, port=0):
        self.bin = pathlib.Path(bin_folder)
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        key_file = self.folder / "preshared.key"
        self.token = ensure_key(key_file)
        self.log = self.folder / "kithd.log"
        ready = self.folder / "ready"
        ready.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            # A process group of its own: Ctrl-C reaches the script, which
            # then stops the server in order.
            self.process = subprocess.Popen(
                [self.bin / "kithd", "serve", "--data", self.folder / "data",
                 "--grpc-addr", f"127.0.0.1:{port}", "--preshared-key-file",
                 key_file, "--ready-file", ready],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)
        self.endpoint = self.await_ready(ready)

    def await_ready(self, ready, timeout_s=60):
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            if ready.exists() and ready.read_text().strip():
                return ready.read_text().split()[0]
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        self.stop()
        raise SystemExit(f"kithd did not start; its log:\n{self.tail()}")

    def tail(self, lines=20):
        text = self.log.read_text(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def kith(self, *arguments, **options):
        """Runs the kith command against this server."""
        environment = dict(os.environ, KITH_ENDPOINT=self.endpoint,
                           KITH_TOKEN=self.token)
        return subprocess.run(
            [self.bin / "kith", *map(str, arguments)], env=environment,
            stdin=subprocess.DEVNULL, text=True, **options)

    def stop(self):
        """Asks the server to end; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
