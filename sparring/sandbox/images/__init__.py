"""Container images of authors: read without an engine, made into a plain tree of files and a command, and built."""
