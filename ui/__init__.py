"""The pages clerks see: rendered here, filled over HTTP by the search API, importing nothing else of this house."""
