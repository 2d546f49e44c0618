package old

p[x] { x = input[_]; not q(x) }

q(x) = y { y := x | {1} & {2} }

r.a["b"] = 1 { true } else = 2 { false }
