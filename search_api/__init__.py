"""The search over HTTP: request to Principal to query to answer. Imports nothing of the indexer."""
