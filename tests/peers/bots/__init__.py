"""Small bots written with other people's libraries; run by tests.peers.telegram in environments of their own.

All do the same, so that one driver can play the person for each of them: `/start` shows a counter with buttons,
`/help` lists the commands, a tap counts up and edits the message, "File" sends a file, "Alert" shows an alert,
and whatever file the person sends comes back with its letters turned into capitals.
"""
