"""Everything that waits: sockets, tasks, event loops."""
