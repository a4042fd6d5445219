"""What the services of every subject stand on: elapsed time, and much work at once."""
