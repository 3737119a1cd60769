# The page of a run in a browser: its script runs without an error, filters, and opens what a link leads to.
. "$(dirname "$0")/lib.sh"
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
    { echo "there is no chromium here"; exit 77; }
cp "$root/reports/report.corpus/every-state" "$here/report.json"
"$ASSAY" report convert "$here/report.json" --format html --out "$here" || exit 1

look() { # OPTION... REFERENCE: a browser of its own
    "$browser" --headless=new --no-sandbox --disable-gpu --user-data-dir="$here/profile" \
        --virtual-time-budget=2000 --enable-logging=stderr "$@" 2> "$here/console"
    status=$?
    grep 'CONSOLE' "$here/console"
    return $status
}
page=file://$here/report.html
look --dump-dom "$page#c1" > "$here/dom" || { echo "chromium does not start here"; exit 77; }
claim "nothing is complained of" 1 -- grep CONSOLE "$here/dom"
claim "the filter is there when the script is" 0 -- grep '<form id="filter">' "$here/dom"
claim "and counts" 0 '>11 cases</output>' -- cat "$here/dom"
claim "what a link leads to is open" 0 'data-state="fail"[^>]* open=""' -- cat "$here/dom"
claim "what it does not is closed" 1 -- grep 'data-state="warn"[^>]* open=""' "$here/dom"
for size in 1300,1000 390,800; do
    look --window-size="$size" --screenshot="$here/$size.png" "$page" > "$here/said" 2>&1
    claim "it can be drawn at $size" 0 -- test -s "$here/$size.png"
done
finish
