package a.b["c d"]

import data.x as y # why

p := "tab\t, quote\", \u00e9" if `raw \ text` != "x"

q contains -1.5e+3 if { not input.a; x := $"a {input.b + 1} {{c}}"; x == $`{y}` }
