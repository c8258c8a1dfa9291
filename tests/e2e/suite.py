"""Runs the end-to-end tests, and ends with what was skipped and why, and "N passed, N failed, N skipped".

usage: suite.py [NAME]...     test_chart, or test_chart.Life, or one test of it; by default all"""
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent


class Result(unittest.TextTestResult):
    passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


def main(names):
    sys.path.insert(0, str(HERE))
    loader = unittest.defaultTestLoader
    tests = loader.loadTestsFromNames(names) if names else loader.discover(str(HERE), "test_*.py")
    count = tests.countTestCases()  # afterwards the suite has dropped them
    result = unittest.TextTestRunner(sys.stdout, verbosity=2, resultclass=Result).run(tests)
    for test, why in result.skipped:
        print(f"skipped {test.id()}: {why}")
    # What a class or a module needs may fail before any of its tests: they have failed, too.
    failed = count - result.passed - len(result.skipped)
    print(f"{result.passed} passed, {failed} failed, {len(result.skipped)} skipped")
    return failed > 0 or not result.wasSuccessful()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
