x := data.a[i].b; some y in x; y == -1; not z[y] with input.a as [1, "b", null]
