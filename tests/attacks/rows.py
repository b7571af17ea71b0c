"""What has gone wrong in systems like this one, row by row, and where each row is shown not to go wrong here.

A row is a section and a number. Its test begins with it (`test_t1_02_...`), or stands in ELSEWHERE.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = {
    "t1_01": "CVE-2015-3440: a text that is cut after it was cleaned",
    "t1_02": "CVE-2015-3438: a text that is cut at a letter of four bytes, and joined by the next comment",
    "t1_03": "CVE-2019-9787: another site's form, and a weaker cleaning of an administrator's own comment",
    "t1_04": "CVE-2026-27469: website and name, on every path that writes them",
    "t1_05": "Isso: the cleaner was called so that it let unknown tags through",
    "t1_06": "CVE-2020-15885, CVE-2018-11339: a second view that does not escape",
    "t1_07": "the scheme of the writer's address",
    "t1_08": "GHSA-gj48-438w-jh9v: formaction",
    "t1_09": "CVE-2018-7753: entities in an address",
    "t1_10": "CVE-2020-6802, CVE-2020-6816, CVE-2021-23980, RUSTSEC-2021-0074 and kin: mutation",
    "t1_11": "CVE-2020-6817: a slow pattern for style",
    "t1_12": "a Markdown preset that lets raw HTML through",
    "t1_13": "CVE-2017-16876, CVE-2017-15612, CVE-2018-5773, CVE-2020-11888, CVE-2009-3724: Markdown's safe modes",
    "t1_14": "a list of allowed tags that is wider than what is needed",
    "t1_15": "the big list of naughty strings in every field",
    "t2_01": "WordPress 5.4.2: an address that shows a pending comment",
    "t2_02": "WordPress 53962: the parent of a reply",
    "t2_03": "pending texts in feeds, counts, search, JSON",
    "t2_04": "CVE-2026-53538: a semicolon that parts fields",
    "t2_05": "CVE-2026-22595: a permission that goes by the spelling of a path",
    "t2_06": "CVE-2026-48710: a malformed Host header",
    "t2_07": "a change by GET",
    "t2_08": "forms of other sites, in every form",
    "t2_09": "a page in somebody's frame",
    "t2_10": "a comment that comes in while the discussion is closed",
    "t2_11": "two decisions at the same moment",
    "t2_12": "emptying what nobody saw",
    "t3_01": "a flood of comments",
    "t3_02": "a forwarded address that the client made up",
    "t3_03": "CVE-2026-22182: anybody sends everybody mail",
    "t3_04": "a subscription for somebody else",
    "t3_05": "CVE-2024-6923, CVE-2026-1299: lines in a mail's header",
    "t3_06": "the hash of an email address",
    "t3_07": "the honeypot and the stamp",
    "t4_01": "CVE-2013-0235, CVE-2022-3590: the server fetches what a visitor names",
    "t4_02": "CVE-2026-48788, CVE-2026-53946, CVE-2026-22597: a proxy for images",
    "t5_01": "CVE-2023-30798: form fields without end",
    "t5_02": "CVE-2024-47874: a part without a file name",
    "t5_03": "CVE-2025-54121: a file that blocks everybody",
    "t5_04": "CVE-2026-54283: limits that forget urlencoded forms",
    "t5_05": "a body without a limit, and lengths that lie",
    "t5_06": "CVE-2026-53539: a;a;a;",
    "t5_07": "CVE-2024-53981, CVE-2026-24486, CVE-2026-40347, CVE-2026-42561: multipart",
    "t5_08": "CVE-2023-29159, GHSA-wqp7-x3pw-xc5r: a path that leads out of the folder",
    "t5_09": "a method's name that is an attribute's",
    "t5_10": "CVE-2023-26302, CVE-2023-26303: letters that are none",
    "t5_11": "markdown-it-py before 4.3: runs that cost their square",
    "t5_12": "CVE-2026-48801, CVE-2026-59887, CVE-2022-21670: links that are looked for too long",
    "t5_13": "a table that swells",
    "t5_14": "CVE-2022-34749, CVE-2021-26813: other Markdown libraries",
    "t5_15": "slow clients",
    "t5_16": "patterns in a list of words",
    "t5_17": "CVE-2025-7709, CVE-2026-11822, CVE-2026-11824: what full-text search takes for its own",
    "t6_01": "CVE-2026-26980, CVE-2020-13640, CVE-2022-21661: SQL in a filter",
    "t6_02": "CVE-2017-18342, CVE-2020-14343: YAML that runs something",
    "t6_03": "CVE-2021-29447, CVE-2012-2921: XML that reads files or swells",
    "t6_04": "CVE-2023-40028: an archive that writes elsewhere",
    "t6_05": "a slug that is a path",
    "t6_06": "a template in a text",
    "t6_07": "a template that does not escape",
    "t6_08": "sessions that outlive their end, secrets that anybody knows",
    "t6_09": "guessing passwords, and names",
    "t6_10": "a redirect that leads elsewhere",
    "t6_11": "CVE-2021-32670, CVE-2023-40570: what was meant for developers",
    "t6_12": "an account that everybody knows",
}
ELSEWHERE = {
    "t1_05": ("tests/attacks/test_markup.py::test_no_text_comes_out_with_more_than_the_short_list",),
    "t1_06": ("tests/attacks/test_surfaces.py::test_stored_texts_are_clean_wherever_they_are_shown",),
    "t1_10": ("tests/attacks/test_markup.py::test_what_comes_out_is_the_same_after_it_was_parsed_and_written_again",),
    "t2_03": (
        "tests/test_secrecy.py::test_what_is_hidden_is_at_no_public_address",
        "tests/test_secrecy.py::test_what_is_hidden_changes_no_page_no_count_and_no_etag",
    ),
    "t2_04": ("tests/web/test_comments.py::test_semicolons_part_no_fields",),
    "t2_09": ("tests/web/test_headers.py::test_every_route_answers_with_every_header",),
    "t2_10": (
        "tests/test_races.py::test_two_hundred_while_it_is_being_closed_are_stored_before_it_or_refused_with_their_text",
    ),
    "t2_11": (
        "tests/test_races.py::test_fifty_decisions_at_once_on_one_comment_leave_one_state_that_the_journal_explains",
    ),
    "t2_12": ("tests/web/admin/test_waiting.py::test_emptying_leaves_what_came_or_moved_after_the_page_was_made",),
    "t3_02": (
        "tests/web/test_security.py::test_forwarded_addresses_are_believed_from_configured_proxies_only",
        "tests/web/test_comments.py::test_a_forwarded_header_moves_no_limit",
        "tests/web/test_limits.py::test_no_header_of_a_client_gives_it_another_bucket",
    ),
    "t3_06": ("tests/test_secrecy.py::test_of_a_public_comment_email_ip_and_browser_are_told_to_nobody",),
    "t3_07": (
        "tests/web/test_comments.py::test_a_scripts_post_is_held_with_that_reason",
        "tests/web/test_comments.py::test_what_a_rule_takes_for_spam_or_trash_is_answered_like_what_is_held",
    ),
    "t5_11": ("tests/attacks/test_markup.py::test_every_text_is_rendered_in_time",),
    "t5_15": ("tests/test_slow.py::test_slow_headers_do_not_keep_readers_waiting",),
    "t5_16": (
        "tests/rules/test_words.py::test_a_line_that_would_be_slow_as_a_pattern_takes_few_steps",
        "tests/rules/test_words.py::test_65_000_words_cost_a_comment_no_more_than_one",
    ),
    "t6_02": ("tests/posts/test_files.py::test_no_tag_of_yaml_runs_anything",),
    "t6_06": ("tests/attacks/test_surfaces.py::test_template_words_are_shown_as_they_are",),
    "t6_09": (
        "tests/web/admin/test_signing_in.py::test_a_thousand_wrong_passwords_are_hardly_read",
        "tests/web/admin/test_signing_in.py::test_the_owner_is_not_locked_out_where_the_account_is_known",
        "tests/web/admin/test_signing_in.py::test_a_wrong_name_takes_as_long_as_a_wrong_password",
    ),
}
NOT_APPLICABLE = {
    "t3_03": "No mail is sent.",
    "t3_04": "No mail is sent, and nothing can be subscribed to by mail.",
    "t3_05": "No mail is sent.",
}


def tests_of(file: Path) -> list[str]:
    return re.findall(r"^(?:async )?def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)


def shown() -> dict[str, list[str]]:
    """Return the rows with the tests that begin with them, in this folder, or that ELSEWHERE names and are there."""
    found: dict[str, list[str]] = {}
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        for name in tests_of(file):
            if row := re.match(r"test_(t\d_\d\d)_", name):
                found.setdefault(row[1], []).append(name)
    for row, places in ELSEWHERE.items():
        for place in places:
            path, _, name = place.partition("::")
            if name in tests_of(ROOT / path):
                found.setdefault(row, []).append(place)
    return found
