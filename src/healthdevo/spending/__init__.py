"""What a pound of spending goes with, and how sure anyone can be: panels, instruments, returns, robustness."""
