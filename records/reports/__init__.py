"""Reports for the administration of one town: figures that add up, and nothing about single persons or records."""
