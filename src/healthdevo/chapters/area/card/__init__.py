"""The summary card at the top of every area page: who runs what, and the six numbers that matter."""
