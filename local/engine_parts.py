"""Which modules and plugins make up the engine here, and what each has to be told. Values only."""

from __future__ import annotations

from dataclasses import dataclass

ENGINE_VERSION = "3.4.0"


@dataclass(frozen=True)
class Module:
    """A module of the engine: its folder, its artifact, the class that is loaded, and what it extends."""

    name: str
    artifact: str
    classname: str
    extends: str = ""


@dataclass(frozen=True)
class Plugin:
    """A plugin of the engine: what it may extend here, and the libraries its own archive leaves to others."""

    name: str
    extends: str | None = None
    additions: tuple[str, ...] = ()


_PACKAGE = "org.opensearch"

MODULES = (
    Module(
        "analysis-common", "analysis-common", f"{_PACKAGE}.analysis.common.CommonAnalysisModulePlugin", "lang-painless"
    ),
    Module("lang-painless", "lang-painless", f"{_PACKAGE}.painless.PainlessModulePlugin"),
    Module("ingest-common", "ingest-common", f"{_PACKAGE}.ingest.common.IngestCommonModulePlugin", "lang-painless"),
    Module("parent-join", "parent-join-client", f"{_PACKAGE}.join.ParentJoinModulePlugin"),
    Module("reindex", "reindex-client", f"{_PACKAGE}.index.reindex.ReindexModulePlugin"),
    Module("mapper-extras", "mapper-extras-client", f"{_PACKAGE}.index.mapper.MapperExtrasModulePlugin"),
    Module("transport-netty4", "transport-netty4-client", f"{_PACKAGE}.transport.Netty4ModulePlugin"),
    Module("percolator", "percolator-client", f"{_PACKAGE}.percolator.PercolatorModulePlugin"),
)

PLUGINS = (
    Plugin("opensearch-job-scheduler"),
    Plugin(
        "opensearch-knn",
        "lang-painless",
        (
            "com.google.guava:guava:33.2.1-jre",
            "com.google.guava:failureaccess:1.0.2",
            f"{_PACKAGE}.plugin:transport-grpc-spi:3.6.0",
            f"{_PACKAGE}:protobufs:1.3.0",
        ),
    ),
    # without the addition every search under a document filter answers 500
    Plugin("opensearch-security", "", ("org.apache.commons:commons-collections4:4.5.0",)),
)
