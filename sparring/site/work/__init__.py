"""Work that must not be lost: leases, the worker that does it, the scheduler that makes it."""
