# The command line, and the results for people and machines.
load ../broken/submission

setup() { solution 01-date-daemon; }

@test "--gentle leaves out what disturbs" {
  judge --gentle
  [[ $status == 0 && $results != *stop* && $results != *restart* && $report == *'2 left out'* ]]
}

@test "--unit names the unit" {
  put
  lab_run mv "$SYSTEM/$STAGE.service" "$SYSTEM/dates.service"
  lab_run bash -c 'systemctl daemon-reload; systemctl enable --quiet --now dates'
  STARTED=yes judge --unit dates --gentle
  lab_run bash -c "systemctl disable --quiet --now dates; rm $SYSTEM/dates.service"
  [[ $status == 0 ]]
}

@test "in Spanish: the failure, its reason and its lesson" {
  change 's/multi-user.target/user.multi.target/'
  judge --gentle --lang es
  [[ $status == 1 ]]
  [[ $report == *'✗ WantedBy= nombra un target que existe'* ]]
  [[ $report == *'razón '*'no existe user.multi.target'* ]]
  [[ $report == *'docs/es/01-date-daemon.md'* ]]
}

@test "the results as JUnit and as JSON" {
  change 's/multi-user.target/user.multi.target/'
  judge --gentle --junit /run/results.xml
  lab_run python3 -c '
import json, xml.etree.ElementTree as xml
results = json.load(open("/run/results.json"))
suite = xml.parse("/run/results.xml").getroot().find("testsuite")
assert results["failed"] == 1 and suite.get("failures") == "1"
assert len(results["checks"]) == int(suite.get("tests")) == len(suite.findall("testcase"))
assert "user.multi.target" in suite.find("testcase/failure").get("message")
skipped = [check["check"] for check in results["checks"] if check["result"] == "skipped"]
assert skipped == ["enabled"], skipped'
}

@test "the results are well-formed and complete, whatever a program says" {
  program <<'END'
#!/bin/sh
printf '\033[31mred\001\377 <&|*x*`"]]> \357\277\277 no price\n' >&2
exit 3
END
  change '/^Restart=/d'
  local language
  for language in en es; do
    lab_run rm -f /run/summary.md
    judge --gentle --lang "$language" --junit /run/results.xml
    [[ $status == 1 && $report == *'"\x1b[31mred\x01\xff <&|*x*`\"]]> \uffff no price"'* ]]
    lab_run python3 - "$CHECKOUT/docs/check-results.md" <<'END'
import json, re, sys, xml.etree.ElementTree as xml
failure = xml.parse("/run/results.xml").find("testsuite/testcase/failure")
assert "\\x1b[31mred\\x01\\xff <&|*x*`" in failure.get("message")
results = json.load(open("/run/results.json"))
# Each key that has a row in the page is there, and no other.
rows = [line.split("|")[1] for line in open(sys.argv[1]) if line.startswith("| `")]
keys = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
there = set(results) | {key for check in results["checks"] for key in check}
assert there == keys, there ^ keys
for check in results["checks"]:
    reasons = ("looked_at", "expected", "found", "reason", "hint", "lesson")
    assert all(bool(check.get(key)) == (check["result"] == "fail") for key in reasons), check
END
  done
}

@test "a summary for GitHub: a table in Markdown, in which nothing is Markdown" {
  program <<<$'#!/bin/sh\necho "a|b <b> *c* \\`d\\` [e](f) \\$g" >&2; exit 3'
  change '/^Restart=/d'
  start
  local language header summary
  for language in 'en reason hint' 'es razón pista'; do
    read -r language header <<<"$language"
    summary=$(lab_run env GITHUB_STEP_SUMMARY=/dev/stderr \
      servicios-check "$STAGE" --interval 1 --gentle --lang "$language" 2>&1 >/dev/null) || true
    echo "$summary"
    [[ $summary == '### '*$'\n\n'"| | | ${header/ / | } |"$'\n|---|---|---|---|\n| ✅ | 01-date-daemon: '* ]]
    grep -qF 'a\|b \<b\> \*c\* \`d\` \[e\](f) \$g' <<<"$summary"
    # As many columns in each row; what is escaped ends none.
    [[ $(sed -e 1,2d -e 's/\\|//g' -e 's/[^|]//g' <<<"$summary" | sort -u) == '|||||' ]]
  done
}

@test "a wrong option: one line, and exit status 2" {
  fails_in_one_line 2 "servicios-check: --interval 'soon': write seconds" \
    lab_run servicios-check "$STAGE" --interval soon
  fails_in_one_line 2 "there is no stage '06'; there are: 01-date-daemon, " lab_run servicios-check 06
  fails_in_one_line 2 'servicios-report does' lab_run servicios-check 01 --stream --json /run/x
}

@test "a file that cannot be written: exit status 3, and not the submission's failure" {
  start_and_wait
  fails_with 3 'cannot write /nowhere/x' \
    lab_run servicios-check "$STAGE" --interval 1 --gentle --json /nowhere/x
}

@test "a user who may not look: not a failure, exit status 3" {
  start
  fails_with 3 'join the group systemd-journal' \
    lab_run setpriv --reuid 65534 --clear-groups servicios-check "$STAGE" --interval 1
  [[ $output != *✗* ]]
  fails_with 3 'use sudo' lab_run setpriv --reuid 65534 \
    --groups "$(lab_run getent group systemd-journal | cut -d: -f3)" \
    servicios-check "$STAGE" --interval 1
  [[ $output != *✗* ]]
}

@test "as a stream: announced, one result a check, what is waited for; the report is the same" {
  change 's/multi-user.target/user.multi.target/' 's/--interval 1/--interval 3/'
  start
  lab_run bash -c "servicios-check $STAGE --interval 3 --gentle --stream >/run/stream" || status=$?
  [[ $status == 1 ]]
  lab_run cat /run/stream >"$BATS_TEST_TMPDIR/stream"
  local events
  events=$(jq --raw-output .event "$BATS_TEST_TMPDIR/stream")
  echo "$events"
  [[ $(head -1 <<<"$events") == stage && $(tail -1 <<<"$events") == end ]]
  grep -q '^waiting$' <<<"$events"
  # Of each check that is announced one result, in that order.
  [[ $(jq --raw-output 'select(.event == "stage").checks[].id' "$BATS_TEST_TMPDIR/stream") == \
    "$(jq --raw-output 'select(.event == "result").check' "$BATS_TEST_TMPDIR/stream")" ]]
  fails_with 1 'there is no user.multi.target' \
    lab_run bash -c 'servicios-report --json /run/results.json </run/stream'
  [[ $output == *'2 left out'* ]]
  # What the file has is what the stream had.
  [[ $(lab_run jq --sort-keys --compact-output '.checks[]' /run/results.json) == \
    "$(jq --sort-keys --compact-output 'select(.event == "result") | del(.event)' "$BATS_TEST_TMPDIR/stream")" ]]
}

@test "a text of 100,000 characters is cut, and says so" {
  program <<'END'
#!/bin/sh
head -c 100000 /dev/zero | tr '\0' x >>dates.txt
exec sleep infinity
END
  fails dates-form 'half a line'
  [[ $report == *'bytes more)'* ]]
}
