package t

f(x) := x * 2 if x > 1
f(x) := x if x <= 1
g(x, y) := [f(x), f(y)] if x != y
p := g(input.a, input.c.c)
q := f(1e3) with f as count
s.a.b[x] if some x in input.items
o := $"{input.a} and {input.kind}"
u := json.patch(input.tags, [{"op": "add", "path": "/n", "value": 1}])
v := regex.match("^a+$", input.kind)
w := base64.encode(json.marshal(input.tags))
