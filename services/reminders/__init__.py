"""What ends when, who is told of it, and when."""
