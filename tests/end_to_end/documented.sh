# Every `assay run` and `assay list` that the documents show selects cases that there are. What stands for something of the
# reader's own (a path in capitals, his target, a host, a variable) is left out.
. "$(dirname "$0")/lib.sh"
cd "$root" || exit 1
sed -n 's/^\.Dl assay/assay/p' docs/assay.1 > "$here/lines"
sed -n 's/^ *\(\$ \)\{0,1\}\(build\/release\/\)\{0,1\}\(assay .*\)/\3/p' README.md docs/*.md | sed 's/  *# .*//' >> "$here/lines"
grep -E '^assay (run|list) .*--target (ref|exim|postfix|opensmtpd|sendmail)' "$here/lines" | grep -v '[$]' | sort -u > "$here/shown"
claim "there are such lines" 0 '[1-9][0-9]' -- wc -l "$here/shown"
while IFS= read -r line; do
    case $line in
    "assay run "*) line="$line --dry-run" ;;
    esac
    eval "claim \"\$line\" 0 -- '$ASSAY' ${line#assay }"
done < "$here/shown"
finish
