" Scenarios of assay (docs/scenario-language.md)
if exists("b:current_syntax")
  finish
endif
syntax case match

syntax match scnComment  "^\s*#.*$"
syntax match scnClient   "^\s*C\%(:\||\|<\.\|<=\|!\).*$" contains=scnName,scnText,scnSide
syntax match scnServer   "^\s*S\%(:\||\|!\).*$" contains=scnName,scnText,scnSide,scnCode
syntax match scnSide     "^\s*[CS]\%(:\||\|<\.\|<=\|!\)" contained
syntax match scnCode     "\<[1-5][0-9x][0-9x]\>" contained
syntax match scnHeader   "^\s*\%(scenario\|source\|req\|need\|set\|vary\|actor\|use\|reversible\)\>"
syntax match scnPlay     "^\s*\%(TLS:\|either\|or\|end\|do\|--\|\~\~\)\ze\%(\s\|$\)"
syntax match scnConn     "^\s*\[[^]]*\]\%(\s\+after\s.*\)\?$"
syntax match scnExpect   "^\s*expect\>.*$" contains=scnName,scnText,scnWord
syntax keyword scnWord contained file flights log mail queue rtt same spool tls wire
syntax keyword scnWord contained arc authres body dkim from header part rcpt
syntax match scnNote     "^\s*\^\s\+\%(req\|name\|because\|masked\)\>.*$"
syntax match scnWrong    "!fail\>"
syntax match scnSection  "^===.*$"
syntax match scnName     "@{[^}]*}"
syntax region scnText    start=+"+ skip=+\\.+ end=+"+ oneline contains=scnName

highlight default link scnComment Comment
highlight default link scnClient  Identifier
highlight default link scnServer  Constant
highlight default link scnSide    Statement
highlight default link scnCode    Number
highlight default link scnHeader  Keyword
highlight default link scnPlay    Statement
highlight default link scnConn    Label
highlight default link scnExpect  PreProc
highlight default link scnWord    Type
highlight default link scnNote    SpecialComment
highlight default link scnWrong   Error
highlight default link scnSection Title
highlight default link scnName    Special
highlight default link scnText    String

let b:current_syntax = "scenario"
