import sys, os, runpy
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "src"))
runpy.run_module("desk", run_name="__main__")
