"""JUnit documents as the family writes them: surefire, Gradle, pytest, GoogleTest, CTest, nextest, Bazel, Go, Jest, PHPUnit and others.

The one reader of test cases from XML. It takes what can be understood and says what could not (`kit.losses`); only a document that is no
XML, that defines entities or that passes a bound is refused as a whole.
"""

from argus.kit.junit.model import Case, Report, Suite
from argus.kit.junit.reading import read_junit

__all__ = ["Case", "Report", "Suite", "read_junit"]
