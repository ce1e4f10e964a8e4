"""The page on which administrators watch the migration and steer it. Its script talks to the gateway's console (web/console.py)."""
