"""Runs in the clients' virtualenv: the clients of generic, driver-matrix and Sirenada runs.

    play_others.py URL TOKEN GENERIC_ID DRIVER_ID SIRENADA_ID FOLDER

Prints as JSON what they read back.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

from argus.client.driver_matrix_tests.client import ArgusDriverMatrixClient
from argus.client.generic.client import ArgusGenericClient
from argus.client.sct.types import LogLink
from argus.client.sirenada.client import ArgusSirenadaClient
from argus.common.enums import TestStatus

url, token, generic_id, driver_id, sirenada_id, folder = sys.argv[1:]

generic = ArgusGenericClient(token, url, log_dir=folder, use_tunnel=False)
generic.submit_generic_run("clients/generic", generic_id, "pipeline", "https://jenkins.example.com/job/generic/3/", "dtest")
generic.heartbeat("generic", generic_id)
generic.set_status("generic", generic_id, TestStatus.RUNNING)
generic.submit_logs("generic", generic_id, [LogLink("all.log", "https://example.com/all.log")])
generic.update_product_version("generic", generic_id, "6.2.1-0.20241001.abcdef0")
generic.finalize_generic_run(generic_id, "passed", "6.2.1-0.20241001.abcdef0")
try:
    trigger = generic.trigger_jobs({"a": "b"}, [], version="none-such-version")
except Exception as refused:  # there is no plan of that version, and no Jenkins
    trigger = str(refused)

JUNIT = (
    b'<testsuites name="all" tests="2" failures="1" errors="0" disabled="0" time="1.5">'
    b'<testsuite name="s" tests="2" failures="1" errors="0" skipped="0" disabled="0" time="1.5" timestamp="2024-01-02T03:04:05">'
    b'<testcase name="a" classname="c" time="1.0"/>'
    b'<testcase name="b" classname="c" time="0.5"><failure message="no">trace</failure></testcase>'
    b"</testsuite></testsuites>"
)
driver = ArgusDriverMatrixClient(driver_id, token, url, log_dir=folder, use_tunnel=False)
driver.submit_driver_matrix_run("clients/driver", "https://jenkins.example.com/job/driver/4/")
driver.submit_env("SCYLLA-VERSION: 6.2.1\nscylla_version: 6.2.1\nother: x")
driver.submit_driver_result("TEST-java-4.x.xml", "java", base64.b64encode(JUNIT))
driver.submit_driver_failure("TEST-cpp-2.x.xml", "cpp", "did not build")
driver.finalize_run(driver.test_type, driver_id)
driver.set_matrix_status(TestStatus.FAILED)

results = Path(folder) / "sirenada"
results.mkdir(exist_ok=True)
(results / "junit_results.xml").write_bytes(b'<testsuite><testcase classname="C" file="f.py" name="login" time="2.5"/></testsuite>')
(results / "test_credentials.json").write_text(json.dumps({"SIRENADA_TEST_ID": "t1", "SIRENADA_USER_NAME": "u", "SIRENADA_USER_PASS": "p"}))
sirenada = ArgusSirenadaClient(token, url, log_dir=folder, use_tunnel=False)
sirenada.submit_sirenada_run(
    {
        "SIRENADA_JOB_ID": sirenada_id,
        "SIRENADA_BROWSER": "chrome",
        "SIRENADA_REGION": "us-east-1",
        "SIRENADA_CLUSTER": "free",
        "WORKSPACE": folder,
        "BUILD_NUMBER": "5",
        "BUILD_URL": "https://jenkins.example.com/job/sirenada/5/",
        "JOB_NAME": "clients/sirenada",
    },
    results,
)
print(
    json.dumps(
        {
            "generic": generic.get_run("generic", generic_id),
            "driver": driver.get_run(driver.test_type, driver_id),
            "sirenada": sirenada.get_run("sirenada", sirenada_id),
            "trigger": trigger,
        }
    )
)
