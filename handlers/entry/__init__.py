"""What every update passes, from its arrival to the last resort."""
