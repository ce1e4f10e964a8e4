"""What every blueprint and every router uses: requests in, answers out, the same on both lanes.

`flask.py` and `fastapi.py` are twins; `failure.py` is the one place that says how an error is answered.
"""
