"""The database itself: connections, encryption, types, migrations, maintenance."""
