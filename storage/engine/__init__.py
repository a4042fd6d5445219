"""The database itself: connections, encryption, types, migrations, backups and the other tools for all of it."""
