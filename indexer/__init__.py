"""Takes files in: source, ledger, queue, text, index; meaning follows from a queue of its own."""
