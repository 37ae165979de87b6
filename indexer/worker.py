"""What `celery -A indexer.worker` starts."""

from indexer.app import create_app
from indexer.settings import IndexerSettings

app = create_app(IndexerSettings())  # every value comes from the environment
