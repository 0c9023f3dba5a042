"""Accounts of the site's directory (LDAP): who may log in by it, what its groups give, and who has left it."""
