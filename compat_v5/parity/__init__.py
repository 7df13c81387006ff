"""Proof that moving to v6 changes nothing a callback can see.

Two streams of received frames go into a pure comparison (:mod:`compat_v5.parity.comparison`) and a
verdict comes out, in words, as JSON and as a page. Where the streams come from is someone else's
business: two clients side by side in one process (:mod:`~compat_v5.parity.side_by_side`) or two
programs, one after the other, in processes of their own (:mod:`~compat_v5.parity.before_after`).
"""
