# What a month of training costs, and whether the budget holds it.
package bench.arithmetic

hours(job) := (job.nodes * job.hours_per_day) * job.days

discount(job) := 30 if job.days >= 20

discount(job) := 15 if {
	job.days >= 10
	job.days < 20
}

discount(job) := 0 if job.days < 10

cost(job) := round((hours(job) * data.cents_per_hour[job.instance]) * (100 - discount(job)) / 100)

costs := {job.name: cost(job) | some job in input.jobs}

total := sum([amount | some amount in costs])

largest := max([amount | some amount in costs])

mean := floor(total / count(costs))

spread := sum([square | some amount in costs; square := (amount - mean) * (amount - mean)])

report := {
	"total": total,
	"largest": largest,
	"mean": mean,
	"spread": spread,
	"over": over,
	"shards": sum([rest | some job in input.jobs; rest := hours(job) % 7]),
}

over contains name if {
	some name, amount in costs
	amount > data.budget_cents / count(input.jobs)
}
