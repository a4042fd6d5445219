"""What operators can do: the maintenance mode, broadcasts, figures; and what they are told."""
