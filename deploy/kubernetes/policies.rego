# METADATA
# title: A pod asks for no more than 4 GPUs
# custom:
#   provost:
#     id: GPU-100
#     input: request
#     kinds: [Pod]
#     remediation: Ask for fewer, or ask the platform team for a pool of your own.
package gpus

deny contains sprintf("asks for %d GPUs, and a pod may have 4", [total]) if {
	total := sum([one.count | some one in input.resource.accelerators])
	total > 4
}
