# A number before each line of a log: lines of one message stand together, messages in the order in which they
# came. When a report is delivered while its cause is finished is nobody's promise.
!/^[0-9][0-9][0-9][0-9]-/ { print at "\t" $0; next }
{
    at = 0
    for (i = 3; i <= 5 && i <= NF; i++) {
        if (length($i) >= 16 && split($i, part, "-") == 3 && length(part[1]) == 6 && $i ~ /^[0-9A-Za-z-]+$/) {
            if (!($i in of)) { of[$i] = ++seen }
            at = of[$i]
            break
        }
    }
    print at "\t" $0
}
