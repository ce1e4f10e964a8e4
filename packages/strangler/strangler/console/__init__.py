"""The console: a page on which operators watch a migration and steer it, for any gateway. `app.Console` is mounted into FastAPI."""
