"""Cases that are not right yet, by the name of their test (without lane and engine). Whoever mends one takes its line away.

They must fail: a line that stays behind turns the suite red.
"""

from __future__ import annotations

import re

import pytest

JUNIT = "one reader for what the family of JUnit writers produces"
NAMES = "names and addresses with their owners' alphabets"
GONE = "what is gone takes nothing along"
LANES = "lanes read one request alike"
TEXTS = "one bad thing does not take its neighbours"
JENKINS = "what Jenkins answers besides JSON, and how much it takes"
MAIL = "mail that other servers take"

NOT_YET = {
    "test_a_time_with_grouped_digits_or_none_is_read": JUNIT,
    "test_nested_suites_count_once": JUNIT,
    "test_properties_and_outputs_do_not_hide_how_a_case_ended": JUNIT,
    "test_times_may_be_missing[java, none on the root]": JUNIT,
    "test_times_may_be_missing[none]": JUNIT,
    "test_times_may_be_missing[on the root only]": JUNIT,
    "test_what_googletest_did_not_run_has_not_passed": JUNIT,
    "test_a_jenkins_job_with_a_control_character_can_be_read": NAMES,
    "test_a_key_of_any_project_on_any_server_is_one[http://jira.example:8080": NAMES,
    "test_a_key_of_any_project_on_any_server_is_one[https://jira.example-https://Jira.Example": NAMES,
    "test_a_key_of_any_project_on_any_server_is_one[https://jira.example-https://jira.example/browse/MY_TEAM": NAMES,
    "test_a_key_of_any_project_on_any_server_is_one[https://jira.example-https://jira.example/browse/QA2": NAMES,
    "test_a_key_of_any_project_on_any_server_is_one[https://x.example/jira": NAMES,
    "test_a_release_of_any_name_has_its_pages[6.2/rc1]": NAMES,
    "test_a_view_with_a_slash_in_its_name_opens": NAMES,
    "test_an_issue_of_any_owner_and_repository_is_one": NAMES,
    "test_nobody_is_mentioned_by_another_name_or_an_address": NAMES,
    "test_the_history_of_a_test_whose_id_has_slashes_can_be_read": NAMES,
    "test_a_column_with_a_dash_has_its_graph_in_views": NAMES,
    "test_a_parameter_that_a_client_left_out_is_left_out_of_its_replay": TEXTS,
    "test_a_property_that_is_no_text_loses_no_result": TEXTS,
    "test_half_a_surrogate_takes_no_event_along": TEXTS,
    "test_a_header_sent_twice_counts_once": LANES,
    "test_a_range_of_another_unit_is_ignored": LANES,
    "test_comments_of_one_second_stay_in_order": GONE,
    "test_a_test_moved_to_another_release_is_in_the_statistics_of_one": GONE,
    "test_a_deleted_test_takes_nothing_of_its_view_along": GONE,
    "test_a_test_without_versions_takes_nothing_of_its_view_along": GONE,
    "test_a_login_page_in_place_of_json_is_said_to_be_jenkins": JENKINS,
    "test_long_parameters_go_into_the_body": JENKINS,
    "test_a_mail_has_a_date_and_an_id": MAIL,
    "test_a_receivers_name_may_be_of_any_alphabet": MAIL,
    "test_a_title_makes_no_header_of_its_own": MAIL,
}
RIGHT_ON = {"test_a_header_sent_twice_counts_once": "fastapi"}
"""Cases that only the other lane has wrong."""

WHERE = re.compile(r"(flask|fastapi)-(sqlite|cassandra)-?")


def mark(item: pytest.Item) -> None:
    """An expected failure, where the case is not right yet."""
    lane = WHERE.search(item.name)
    name = WHERE.sub("", item.name)
    for wrong, reason in NOT_YET.items():
        meant = name == wrong or name.startswith(wrong if "[" in wrong else f"{wrong}[")
        if meant and (lane is None or RIGHT_ON.get(wrong) != lane[1]):
            item.add_marker(pytest.mark.xfail(strict=True, reason=reason))
