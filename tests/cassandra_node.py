"""One Apache Cassandra node on 127.0.0.1, for tests: jars from Maven Central, data in a folder of its own.

`python -m tests.cassandra_node [FOLDER]` runs one in the foreground. Needs Java 17 and, the first time, Maven.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

VERSION = "5.0.5"
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>cassandra-for-tests</artifactId><version>1</version>
<dependencies><dependency>
<groupId>org.apache.cassandra</groupId><artifactId>cassandra-all</artifactId><version>{VERSION}</version>
</dependency></dependencies></project>
"""
YAML = """cluster_name: argus-tests
num_tokens: 1
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
data_file_directories: [{data}/data]
commitlog_directory: {data}/commitlog
saved_caches_directory: {data}/saved_caches
hints_directory: {data}/hints
cdc_raw_directory: {data}/cdc
{commitlog}
endpoint_snitch: SimpleSnitch
listen_address: 127.0.0.1
rpc_address: 127.0.0.1
native_transport_port: {port}
cas_contention_timeout: 10s
write_request_timeout: 10s
storage_port: {storage_port}
start_native_transport: true
authenticator: AllowAllAuthenticator
authorizer: AllowAllAuthorizer
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{{seeds: "127.0.0.1:{storage_port}"}}]
auto_snapshot: false
memtable_allocation_type: heap_buffers
"""
WRITTEN = {True: "commitlog_sync: batch", False: "commitlog_sync: periodic\ncommitlog_sync_period: 10000ms"}
LOGBACK = """<configuration><appender name="out" class="ch.qos.logback.core.ConsoleAppender">
<encoder><pattern>%-5level %date{ISO8601} %msg%n</pattern></encoder></appender>
<root level="INFO"><appender-ref ref="out"/></root></configuration>
"""
# What Cassandra reaches into, which Java 17 closes by default.
OPENED = {
    "java.base": (
        "java.lang java.lang.module java.lang.reflect java.math java.net java.nio java.nio.charset java.util java.util.concurrent "
        "java.util.concurrent.atomic java.io java.text jdk.internal.loader jdk.internal.ref jdk.internal.reflect jdk.internal.math "
        "jdk.internal.module jdk.internal.util.jar jdk.internal.vm jdk.internal.misc sun.nio.ch"
    ),
    "jdk.management.jfr": "jdk.management.jfr",
    "java.management": "com.sun.jmx.remote.internal",
    "java.management.rmi": "com.sun.jmx.remote.internal.rmi",
    "java.rmi": "java.rmi.registry java.rmi.server sun.rmi.registry sun.rmi.server sun.rmi.transport.tcp",
    "jdk.compiler": "com.sun.tools.javac.file",
    "jdk.management": "com.sun.management.internal",
    "java.sql": "java.sql",
}


class CannotRun(Exception):
    """This machine cannot run Cassandra; the text says what is missing."""


def jars() -> Path:
    """The folder with Cassandra's jars, in the user's cache; downloaded once.

    Raises:
        CannotRun: no Maven, or it could not fetch them.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "argus" / f"cassandra-{VERSION}"
    if cache.is_dir():
        return cache
    if shutil.which("mvn") is None:
        raise CannotRun("Maven (mvn) is needed to fetch Cassandra's jars")
    cache.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache.parent) as folder:
        (Path(folder) / "pom.xml").write_text(POM)
        fetched = Path(folder) / "jars"
        command = ["mvn", "-q", "-B", "-f", f"{folder}/pom.xml", "dependency:copy-dependencies", f"-DoutputDirectory={fetched}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotRun(f"Maven could not fetch Cassandra: {(done.stdout + done.stderr).strip()[-500:]}")
        try:
            fetched.rename(cache)
        except OSError:
            if not cache.is_dir():  # somebody else was faster, or it really failed
                raise
    return cache


def java() -> str:
    """The path of Java 17.

    Raises:
        CannotRun: there is none, or another version.
    """
    home = os.environ.get("JAVA_HOME")
    found = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if not found or not Path(found).exists():
        raise CannotRun("Java 17 is needed to run Cassandra")
    says = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', says)
    if version is None or version[1] != "17":
        raise CannotRun(f"Cassandra {VERSION} needs Java 17, not {version[1] if version else 'an unknown version'}")
    return found


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Node:
    """A node that can be stopped, killed and started again on the same data and port.

    Not a durable one: it acknowledges before it writes to the disk, and is three times faster at changes of the schema.
    """

    host = "127.0.0.1"

    def __init__(self, folder: Path, heap: str | None = None, *, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self.durable = durable
        self.heap = heap or os.environ.get("CASSANDRA_HEAP", "768M")
        self.port, self.storage_port = free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Begin to start; `wait` says when it answers."""
        runtime, lib = java(), jars()
        conf = self.folder / "conf"
        conf.mkdir(parents=True, exist_ok=True)
        data = self.folder / "data"
        (conf / "cassandra.yaml").write_text(
            YAML.format(data=data, commitlog=WRITTEN[self.durable], port=self.port, storage_port=self.storage_port)
        )
        (conf / "logback.xml").write_text(LOGBACK)
        opened = [
            argument
            for module, packages in OPENED.items()
            for package in packages.split()
            for argument in ("--add-exports", f"{module}/{package}=ALL-UNNAMED", "--add-opens", f"{module}/{package}=ALL-UNNAMED")
        ]
        properties = {
            "jdk.attach.allowAttachSelf": "true",
            "java.net.preferIPv4Stack": "true",
            "io.netty.tryReflectionSetAccessible": "true",
            "cassandra.config": f"file://{conf}/cassandra.yaml",
            "cassandra.storagedir": str(data),
            "cassandra-foreground": "yes",
            "cassandra.skip_wait_for_gossip_to_settle": "0",
            "cassandra.ring_delay_ms": "0",
            "cassandra.superuser_setup_delay_ms": "0",
            "cassandra.unsafesystem": "false" if self.durable else "true",
            "logback.configurationFile": f"{conf}/logback.xml",
        }
        command = [runtime, f"-Xms{self.heap}", f"-Xmx{self.heap}", "-XX:+UseG1GC", *(f"-D{k}={v}" for k, v in properties.items())]
        command += [*opened, "-cp", f"{conf}:{lib}/*", "org.apache.cassandra.service.CassandraDaemon"]
        with (self.folder / "output.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def wait(self, seconds: float = 90) -> None:
        """Until the CQL port accepts connections.

        Raises:
            CannotRun: the process ended, or time is up.
        """
        assert self.process is not None
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise CannotRun(f"Cassandra ended at start: {(self.folder / 'output.log').read_text()[-800:]}")
            with socket.socket() as client:
                client.settimeout(1)
                if client.connect_ex((self.host, self.port)) == 0:
                    return
            time.sleep(0.1)
        raise CannotRun(f"Cassandra did not open port {self.port} in {seconds:g} s")

    def start(self) -> None:
        self.launch()
        self.wait()

    def kill(self) -> None:
        """As `kill -9`: nothing is flushed."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


def main() -> None:
    node = Node(Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="argus-cassandra-")))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        node.start()
        sys.stdout.write(f"Cassandra {VERSION} at {node.host}:{node.port}, files in {node.folder}; Ctrl-C ends it\n")
        sys.stdout.flush()
        assert node.process is not None
        node.process.wait()
    except KeyboardInterrupt:
        pass
    finally:
        node.stop()


if __name__ == "__main__":
    main()
