package platform.notebooks_test

import data.platform.notebooks

holding(count) := {"resource": {"accelerators": [{"count": count, "resource": "ml.g5.12xlarge"}]}}

test_one if {
	count(notebooks.deny) == 0 with input as holding(1)
}

test_four if {
	notebooks.deny == {"holds 4 accelerators (ml.g5.12xlarge); a notebook may hold 1"} with input as holding(4)
}
