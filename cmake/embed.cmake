# Turns a text file into an array of octets and a span of them, for programs that carry their own files.
#   cmake -DIN=reports/page.css -DOUT=BUILD/reports/page.css.inc -DNAME=PAGE_CSS -P cmake/embed.cmake
file(READ ${IN} octets HEX)
string(REGEX REPLACE "(................................)" "\\1\n" octets "${octets}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," octets "${octets}")
string(TOLOWER ${NAME} array)
file(WRITE ${OUT} "static const unsigned char ${array}[] = {\n${octets}};\n"
  "#define ${NAME} ((span){${array}, sizeof ${array}})\n")
