"""The whole system on one machine: parts, processes, sign-in, sample records, command line."""
