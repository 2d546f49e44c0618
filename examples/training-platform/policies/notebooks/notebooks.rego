# METADATA
# title: A notebook holds at most one accelerator
# description: >-
#   A notebook is open all day and computes for minutes. What needs more than one accelerator is a job, which ends.
# custom:
#   provost:
#     id: NOTEBOOK-001
#     input: request
#     classes: [notebook]
#     severity: medium
#     remediation: start a training job, or choose an instance type with one GPU
package platform.notebooks

deny contains sprintf("holds %v accelerators (%s); a notebook may hold 1", [total, types]) if {
	total := sum([accelerator.count | some accelerator in input.resource.accelerators])
	total > 1
	types := concat(", ", {accelerator.resource | some accelerator in input.resource.accelerators})
}
