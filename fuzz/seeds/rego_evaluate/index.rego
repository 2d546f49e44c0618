package t

p contains 1 if input.kind == "a"
p contains 2 if input.kind == "b"
p contains 3 if input.kind in {"a", 2}
p contains 4 if { x := input.items[_]; x > 1; "c" = input.kind }
p contains 5 if not input.kind

f("a") := 1
f("b") := 2
f(1) := 3
f(2) := 4
f([x, _]) := x

q[k] := f(v) if some k, v in input.tags
r := f(input.c.c)
