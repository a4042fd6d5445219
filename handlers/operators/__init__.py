"""What operators do in the chat. To everybody else none of it exists."""
