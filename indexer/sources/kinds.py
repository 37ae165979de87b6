"""The kinds of sources there are. A new kind is its module and one line here."""

from __future__ import annotations

from indexer.sources.cmis import CmisSettings
from indexer.sources.folder import FolderSettings
from indexer.sources.oparl import OParlSettings
from indexer.sources.settings import SourceSettings
from indexer.sources.xdomea import XdomeaSettings

KINDS: tuple[type[SourceSettings], ...] = (CmisSettings, FolderSettings, OParlSettings, XdomeaSettings)
