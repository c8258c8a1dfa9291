"""Runs the end-to-end tests. Prints at the end which were skipped and why, and "N passed, N failed, N skipped".

usage: suite.py [NAME]...     NAME is a module, a class (test_chart.Life) or a test; default: all tests"""
import pathlib
import signal
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent


class Result(unittest.TextTestResult):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.passed = set()

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed.add(test.id())


def ids(tests):
    return {id for test in tests for id in (ids(test) if isinstance(test, unittest.TestSuite) else [test.id()])}


def covers(name, id):
    """Whether `name` is the test itself, or the set-up of its class or module: "setUpClass (file.Class)"."""
    return id == name or id.startswith(name.partition("(")[2].rstrip(")") + ".")


def main(names):
    sys.path.insert(0, str(HERE))
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that clusters are stopped
    loader = unittest.defaultTestLoader
    tests = loader.loadTestsFromNames(names) if names else loader.discover(str(HERE), "test_*.py")
    every = ids(tests)  # the suite drops its tests when they have run
    result = unittest.TextTestRunner(sys.stdout, verbosity=2, resultclass=Result).run(tests)
    for test, why in result.skipped:
        print(f"skipped {test.id()}: {why}")
    skipped = {id for id in every for test, _ in result.skipped if covers(test.id(), id)}
    failed = every - result.passed - skipped  # including those that did not run
    print(f"{len(result.passed)} passed, {len(failed)} failed, {len(skipped)} skipped")
    return bool(failed) or not result.wasSuccessful()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
