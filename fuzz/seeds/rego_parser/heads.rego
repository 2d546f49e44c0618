# METADATA
# title: heads
package heads

import data.users as people

default allow := false

allow if input.a else := 2 if { input.b } else := 3

f(x, [y, _], {"k": z}) := x + y * z if not z

set contains [a, b] if some a, b in input.xs

object[key].inner[1] := value if some key, value in input

every_one if every key, value in input { key != value }

comprehensions := [[x | x := 1], {x | some x in [1]}, {k: v | some k, v in {"a": 1}}]

with_it := x if x := data.y with input as {"a": set()} with data.z as null

a.b.c if 1 in {1, 2}; ("a", 1) in {"a": 1}

text := $"x {1 + 1} {{y}} {[z | some z in input]}"
