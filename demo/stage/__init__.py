"""What the tour and the page stand on: the program as a child process, and the office's files."""
