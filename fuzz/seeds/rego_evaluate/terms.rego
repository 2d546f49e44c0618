package t

default a := 0
a := count(b) if input.a == 1
else := sum([1 | some x in input.items; x != 2])

b contains x if some x in input.c.b
c[x] := y if { some x, y in input.tags; y != null }
d if every x in input.items { is_string(x) }
e := {x: y | some x in input.d; y := sprintf("%v", [x])}
g := object.union(input.tags, {"z": data.d[_]})
h := input.tags.a with input.tags.a as "b"
i := walked if walked := [x | walk(input.c, [_, x])]
j := concat(",", split("a.b", "."))
