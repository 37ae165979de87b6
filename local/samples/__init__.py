"""Sample records of four towns, generated: invented people, each record marked as an example. Starts nothing."""

from local.samples.generate import generate

__all__ = ["generate"]
