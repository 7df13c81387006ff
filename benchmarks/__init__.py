"""Every figure this project states about its own speed, measured next to its goal.

``python -m benchmarks`` runs all of it, ``--quick`` a shorter form. The exchange's side runs in its
own process, every measurement in another fresh one, and what is compared is measured in turns. CPU
time is the process's own (``time.process_time``): it counts all threads and nothing else on the
machine.
"""
