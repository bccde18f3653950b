"""What is left when the process is killed at any moment.

A *scenario* is a module with four functions: `prepare()` fills an empty database once, `run()` brings everything to
rest and may be called again and again, `dump()` answers what matters afterwards as lines, `check()` raises if something
does not add up. Optional: `surroundings()`, a context in which everything happens, and `stores()`, further things with
`keep()` and `restore()`.

`driver.py` runs it undisturbed, counts the *points* (before and after every COMMIT and every remote call), then once
more per point: killed there with SIGKILL, run again with the clock set forward so that leases have run out, and
compared. The product knows nothing of this: points are found by wrapping Django's connection and the HTTP session.
"""
