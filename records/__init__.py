"""What a record is, who may read it, and where it is kept: the only package that indexer and API share."""
