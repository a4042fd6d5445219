"""What people read, approved by a person: every state of a screen as text, in a file beside its test."""
