/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How fast the CPU's counters are, by whatever other clocks the machine has. */
#include "core/calibrate.h"

#include "core/div64.h"
#include "core/util.h"
#include "drivers/pit8254.h"
#include "drivers/pm_timer.h"

#define WAIT_NS         (8 * 1000 * 1000)
#define ROUNDS          3
#define AGREE_PER_MILLE 2 /* how far two references may differ */

/* What all counters said at the start and the end of one measurement. */
struct sample {
	uint64_t tsc, hpet;
	uint32_t apic, pm_timer;
};

static struct {
	struct hpet *hpet;
	uint16_t pm_timer;
	calibrate_read_fn read;
	unsigned count;
	struct sample samples[2];
} m;

static uint64_t take_sample(void)
{
	struct sample *s = &m.samples[m.count < 2 ? m.count++ : 1];

	s->hpet = m.hpet ? hpet_read(m.hpet) : 0;
	s->pm_timer = m.pm_timer ? pm_timer_read(m.pm_timer) : 0;
	m.read(&s->tsc, &s->apic);
	return s->tsc;
}

static bool wait_by_pm_timer(void)
{
	bool counts;

	take_sample();
	counts = pm_timer_wait_ns(m.pm_timer, WAIT_NS);
	take_sample();
	return counts;
}

/* One measurement: the nanoseconds it took by each reference, 0 for one that is absent. */
static bool measure(uint64_t ns[REFERENCES])
{
	const struct sample *s = m.samples;
	uint64_t unused;
	uint32_t by_pit = 0;
	bool has_pit;

	m.count = 0;
	has_pit = pit_wait_ns(WAIT_NS, &by_pit, &unused, take_sample);
	if (!has_pit)
		m.count = 0;
	if (!has_pit && !(m.hpet && hpet_wait_ns(m.hpet, WAIT_NS, &unused, &unused, take_sample))) {
		m.count = 0;
		if (!m.pm_timer || !wait_by_pm_timer())
			return false;
	}
	ns[REFERENCE_PIT] = has_pit ? by_pit : 0;
	ns[REFERENCE_HPET] = m.hpet ? hpet_ticks_to_ns(m.hpet, s[1].hpet - s[0].hpet) : 0;
	ns[REFERENCE_PM_TIMER] = pm_timer_ticks_to_ns(pm_timer_ticks(s[0].pm_timer, s[1].pm_timer));
	return true;
}

static bool agree(uint64_t a, uint64_t b)
{
	uint64_t difference = a > b ? a - b : b - a;

	return difference * 1000 <= a * AGREE_PER_MILLE;
}

/* Those that agree with reference r, itself among them. */
static uint8_t supporters(const uint64_t ns[REFERENCES], unsigned r)
{
	uint8_t found = 0;

	for (unsigned i = 0; i < REFERENCES; i++)
		if (ns[i] && agree(ns[r], ns[i]))
			found |= (uint8_t)(1u << i);
	return found;
}

/* The first that another supports, or else the first. */
static void choose(struct calibration *c, const uint64_t ns[REFERENCES])
{
	for (unsigned r = REFERENCES; r-- > 0;) {
		uint8_t found = supporters(ns, r);

		if (!ns[r])
			continue;
		c->present |= (uint8_t)(1u << r);
		if (c->right & (c->right - 1) && !(found & (found - 1)))
			continue;
		c->right = found;
		c->used = (enum reference)r;
	}
	c->is_trusted = c->right == c->present || c->right & (c->right - 1);
}

static bool measure_round(struct calibration *c)
{
	const struct sample *s = m.samples;
	uint64_t ns[REFERENCES];

	*c = (struct calibration){0};
	if (!measure(ns))
		return false;
	choose(c, ns);
	if (!c->present)
		return false;
	c->tsc_khz = (uint32_t)div64_u64((s[1].tsc - s[0].tsc) * 1000000, ns[c->used]);
	c->apic_khz = (uint32_t)div64_u64((uint64_t)(s[1].apic - s[0].apic) * 1000000, ns[c->used]);
	return c->tsc_khz != 0;
}

/* Whoever was held up in the middle (an emulator, an SMI) is an outlier: the median is not. */
static const struct calibration *median(struct calibration *c, unsigned count)
{
	for (unsigned i = 1; i < count; i++)
		for (unsigned j = i; j > 0 && c[j].tsc_khz < c[j - 1].tsc_khz; j--) {
			struct calibration other = c[j];

			c[j] = c[j - 1];
			c[j - 1] = other;
		}
	return &c[count / 2];
}

bool calibrate(struct calibration *result, struct hpet *hpet, uint16_t pm_timer,
	       calibrate_read_fn read)
{
	struct calibration rounds[ROUNDS];
	struct calibration all = {0};

	m.hpet = hpet;
	m.pm_timer = pm_timer;
	m.read = read;
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (!measure_round(&rounds[i]))
			return false;
		all.present |= rounds[i].present;
		all.right |= rounds[i].right;
		all.is_trusted |= rounds[i].is_trusted;
	}
	*result = *median(rounds, ROUNDS);
	result->present = all.present;
	result->right = all.right;
	result->is_trusted = all.is_trusted;
	return true;
}
