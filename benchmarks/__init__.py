"""Speed as a ratio: each figure of ours stands beside the same work without us, measured in the same run."""
