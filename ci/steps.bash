# Sourced by the scripts beside it: steps that print one line each, keep their output in a log, and
# are counted. A step that fails does not end the script; the closing line and the status tell.

passed=0
failed=0
skipped=0
failures=()

# Logs of steps go to this folder, which the script makes.
logs=

# step NAME COMMAND...: one thing that works or not.
step() {
    local name=$1 log started=$SECONDS
    shift
    log=$logs/$(tr -c 'a-zA-Z0-9\n' - <<<"$name").log
    printf '%-44s' "$name"
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        printf 'ok      %4d s\n' $((SECONDS - started))
        return 0
    fi
    failed=$((failed + 1))
    failures+=("$name: $log")
    printf 'FAILED  %4d s\n' $((SECONDS - started))
    tail -n 30 "$log" | sed 's/^/    /'
    return 1
}

# build NAME CMAKE-ARGUMENTS... [--target TARGET...]: configures and builds into build/NAME.
configure_and_build() {
    local name=$1 options=()
    shift
    while [[ $# -gt 0 && $1 != --target ]]; do
        options+=("$1")
        shift
    done
    cmake "${options[@]}" -B "build/$name" >/dev/null && cmake --build "build/$name" "$@" -- --quiet
}
build() {
    step "build $1" configure_and_build "$@"
}

# attribute FILE NAME: a number of the head of a JUnit file.
attribute() {
    sed -n "s/.*[[:space:]]$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1
}

# tests NAME CTEST-ARGUMENTS...: what CTest has in build/NAME; counts its tests, not the step.
tests() {
    local name=$1 log started=$SECONDS xml total bad left
    shift
    log=$logs/tests-$name.log
    xml=$PWD/$logs/tests-$name.xml
    rm -f "$xml"
    printf '%-44s' "tests of build $name"
    # its status is not needed: the counts say more
    ctest --test-dir "build/$name" --output-on-failure --no-tests=error --output-junit "$xml" \
        "$@" >"$log" 2>&1 || true
    if [[ ! -s $xml ]]; then
        failed=$((failed + 1))
        failures+=("tests of build $name did not run: $log")
        printf 'FAILED  %4d s\n' $((SECONDS - started))
        tail -n 10 "$log" | sed 's/^/    /'
        return 1
    fi
    total=$(tr '\n' ' ' <"$xml" | sed 's/<testcase.*//' >"$xml.head" && attribute "$xml.head" tests)
    bad=$(attribute "$xml.head" failures)
    left=$(($(attribute "$xml.head" skipped) + $(attribute "$xml.head" disabled)))
    rm -f "$xml.head"
    passed=$((passed + total - bad - left))
    failed=$((failed + bad))
    skipped=$((skipped + left))
    if [[ $bad -eq 0 ]]; then
        printf 'ok      %4d s  %d tests%s\n' $((SECONDS - started)) "$total" \
            "$([[ $left -eq 0 ]] || echo ", $left skipped")"
        return 0
    fi
    printf 'FAILED  %4d s  %d of %d tests\n' $((SECONDS - started)) "$bad" "$total"
    failed_names "$log" | while read -r test; do
        echo "    ctest --test-dir build/$name --output-on-failure -R '^$test\$'"
        said_by "$log" "$test" | tail -n 25 | sed 's/^/        /'
    done
    failures+=("tests of build $name: $log")
    return 1
}

# said_by LOG TEST: what a test that failed printed.
said_by() {
    awk -v test="$2" '
        / Test +#[0-9]+: / { inside = $4 == test; next }
        /^ +Start +[0-9]+: / { next }
        /tests passed, [0-9]+ tests? failed/ { inside = 0 }
        inside' "$1"
}

# failed_names LOG: the names below "The following tests FAILED:".
failed_names() {
    sed -n '/The following tests FAILED:/,$ s/^[[:space:]]*[0-9]* - \([^ ]*\) (.*/\1/p' "$1"
}

# closing: what failed and where to read on, then `N passed, N failed[, N skipped]`; the status.
closing() {
    local failure
    echo
    for failure in ${failures[@]+"${failures[@]}"}; do
        echo "failed: $failure"
    done
    if [[ $skipped -eq 0 ]]; then
        echo "$passed passed, $failed failed"
    else
        echo "$passed passed, $failed failed, $skipped skipped"
    fi
    [[ $failed -eq 0 ]]
}
