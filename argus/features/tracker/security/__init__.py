"""The security log, for administrators."""
