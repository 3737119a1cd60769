# What cannot be the same, and where both are right.
s/\r$//
s/boundary=.*/boundary=BOUNDARY/
s/^--[0-9]{10}.*[0-9a-f](--)?$/--BOUNDARY\1/
s/port=[0-9]+/port=PORT/
s/^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]+ (\[[0-9]+\] )?/TIME /
s/[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}\b/ID/g
s/\b(QT|DT|RT|D)=[0-9.]+(ms|s)?/\1=T/g
s/\b(SIZE|S)=[0-9]+/\1=N/g
s/\b(SIZE) [0-9]+/\1 N/
s/\]:[0-9]{5}\b/]:PORT/g
s/(Mon|Tue|Wed|Thu|Fri|Sat|Sun), +[0-9]+ [A-Z][a-z]+ [0-9]+ [0-9:]+ [+-][0-9]{4}/DATE/g
s/(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]+ +[0-9]+ [0-9:]+ [0-9]{4}/DATE/g
s/pid=[0-9]+/pid=P/
s/^( *[0-9]+[mhd] +)[0-9.K]+ ID/\1N ID/
s/exim 4\.96 daemon started: pid=P/MTA daemon started: pid=P/
# their names; refmta reports as who runs it, Exim as its own user
s/Exim 4\.96/MTA/
s/refmta [0-9][0-9.]*[0-9]/MTA/
s/ESMTP refmta/ESMTP MTA/
s/U=(root|Debian-exim) P=local/U=user P=local/
s/^Received: from (root|Debian-exim) by/Received: from user by/
s/^exim: //
s/^refmta: //
# 4.96 has not yet: the blank before the colon of "**", PS=, enhanced status codes (RFC 2034)
s/^(TIME [^ ]+ \*\* .*[^ ]) : /\1: /
s/ PS=[a-z]+//
/^250-ENHANCEDSTATUSCODES$/d
s/^([245][0-9][0-9][ -])[245]\.[0-9]+\.[0-9]+ /\1/
# the greeting of a program tells a program its user
s/Hello root at /Hello /
