# scdoc begins paragraphs where none can be: mandoc warns of each and drops them, and with them lines that keep options apart.
# A paragraph moves behind the end of what is indented, and into what is indented anew; none stands beside a heading.
# And a hyphen is one that can be copied into a terminal, and at which no option is broken in two.
/^\.PP?$/ { if (!heading) waiting = 1; next }
/^\.RE$/ { print; next }
/^\.S[HS] / { waiting = 0; print; heading = 1; next }
/^\.RS / && waiting { print; print ".P"; waiting = 0; next }
!/^\./ { gsub(/-/, "\\-") }
{ if (waiting) print ".P"; waiting = heading = 0; print }
