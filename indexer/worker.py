"""What `celery -A indexer.worker` starts."""

from indexer.environment import worker_app

app = worker_app()
