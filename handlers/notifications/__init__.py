"""What the bot says of its own accord, and how it reaches a person."""
