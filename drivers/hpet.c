/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The main counter of a high precision event timer. */
#include "arch/x86/io.h"
#include "core/div64.h"
#include "core/types.h"
#include "drivers/hpet.h"

#define HPET_CAPABILITIES 0x000 /* low half; bits 31:16 vendor */
#define HPET_PERIOD_FS    0x004
#define HPET_CONFIG       0x010
#define HPET_COUNTER_LOW  0x0F0
#define HPET_COUNTER_HIGH 0x0F4
#define HPET_T0_CONFIG    0x100
#define HPET_T0_COMPARE   0x108

#define CAPABILITY_64BIT     (1u << 13)
#define CAPABILITY_LEGACY    (1u << 15)
#define CONFIG_ENABLE        (1u << 0)
#define CONFIG_LEGACY_ROUTES (1u << 1)
#define TIMER_LEVEL          (1u << 1)
#define TIMER_INTERRUPTS     (1u << 2)
#define TIMER_PERIODIC       (1u << 3)
#define TIMER_32BIT          (1u << 8)
#define TIMER_MESSAGES       (1u << 14)

#define MAX_PERIOD_FS    100000000u
#define FS_PER_NS        1000000u
#define STANDSTILL_POLLS 100000u

static uint32_t reg_read(const struct hpet *h, unsigned offset)
{
	return mmio_read32(h->mmio + offset);
}

static bool counts(const struct hpet *h)
{
	uint32_t first = hpet_read32(h);

	for (unsigned i = 0; i < STANDSTILL_POLLS; i++)
		if (hpet_read32(h) != first)
			return true;
	return false;
}

/* Binary long division, once: 64-bit division would need libgcc. */
static void set_scale(struct hpet *h)
{
	uint32_t rest = h->period_fs % FS_PER_NS;

	h->ns_per_tick = h->period_fs / FS_PER_NS;
	h->ns_per_tick_frac = 0;
	for (unsigned i = 0; i < 32; i++) {
		rest <<= 1;
		h->ns_per_tick_frac <<= 1;
		if (rest >= FS_PER_NS) {
			rest -= FS_PER_NS;
			h->ns_per_tick_frac |= 1;
		}
	}
}

bool hpet_init(struct hpet *h, volatile void *mmio)
{
	uint32_t capabilities, vendor, config;

	*h = (struct hpet){.mmio = mmio};
	capabilities = reg_read(h, HPET_CAPABILITIES);
	vendor = capabilities >> 16;
	h->period_fs = reg_read(h, HPET_PERIOD_FS);
	if (vendor == 0 || vendor == 0xFFFF || h->period_fs == 0 || h->period_fs > MAX_PERIOD_FS)
		return false;
	h->is_64bit = capabilities & CAPABILITY_64BIT;
	set_scale(h);
	config = reg_read(h, HPET_CONFIG) & ~CONFIG_LEGACY_ROUTES;
	mmio_write32(h->mmio + HPET_CONFIG, config | CONFIG_ENABLE);
	return counts(h);
}

uint32_t hpet_read32(const struct hpet *h)
{
	return reg_read(h, HPET_COUNTER_LOW);
}

/* The low half belongs to the high half read before it, unless that changed meanwhile. */
static uint64_t read_halves(const struct hpet *h)
{
	uint32_t before = reg_read(h, HPET_COUNTER_HIGH);
	uint32_t low = hpet_read32(h);
	uint32_t high = reg_read(h, HPET_COUNTER_HIGH);

	if (high != before)
		low = hpet_read32(h);
	return (uint64_t)high << 32 | low;
}

uint64_t hpet_read(struct hpet *h)
{
	uint32_t low;

	if (h->is_64bit)
		return read_halves(h);
	low = hpet_read32(h);
	if (low < h->last_low)
		h->high++;
	h->last_low = low;
	return (uint64_t)h->high << 32 | low;
}

uint64_t hpet_ticks_to_ns(const struct hpet *h, uint64_t ticks)
{
	uint64_t low_part = (uint64_t)(uint32_t)ticks * h->ns_per_tick_frac >> 32;
	uint64_t high_part = (ticks >> 32) * h->ns_per_tick_frac;

	return ticks * h->ns_per_tick + high_part + low_part;
}

bool hpet_wait_ns(const struct hpet *h, uint32_t ns, uint64_t *elapsed_ns,
		  uint64_t *counter_elapsed, uint64_t (*read_counter)(void))
{
	uint32_t start = hpet_read32(h), last = start, now = start;
	uint64_t before = read_counter();
	unsigned idle_polls = 0;

	if (ns > NSEC_PER_SEC)
		return false;
	while (hpet_ticks_to_ns(h, now - start) < ns) {
		now = hpet_read32(h);
		idle_polls = now == last ? idle_polls + 1 : 0;
		if (idle_polls == STANDSTILL_POLLS)
			return false;
		last = now;
	}
	*counter_elapsed = read_counter() - before;
	*elapsed_ns = hpet_ticks_to_ns(h, now - start);
	return true;
}

bool hpet_alarm_init(struct hpet *h)
{
	uint32_t config = reg_read(h, HPET_T0_CONFIG);

	if (!(reg_read(h, HPET_CAPABILITIES) & CAPABILITY_LEGACY))
		return false;
	config &= ~(TIMER_LEVEL | TIMER_INTERRUPTS | TIMER_PERIODIC | TIMER_MESSAGES);
	mmio_write32(h->mmio + HPET_T0_CONFIG, config | TIMER_32BIT);
	mmio_write32(h->mmio + HPET_CONFIG,
		     reg_read(h, HPET_CONFIG) | CONFIG_ENABLE | CONFIG_LEGACY_ROUTES);
	return true;
}

/* Let through last: the comparator may still be at an old time. */
void hpet_alarm_set(struct hpet *h, uint32_t ns)
{
	h->alarm_set = hpet_read32(h);
	h->alarm = h->alarm_set + (uint32_t)div64_u32((uint64_t)ns * FS_PER_NS, h->period_fs, NULL);
	mmio_write32(h->mmio + HPET_T0_COMPARE, h->alarm);
	mmio_write32(h->mmio + HPET_T0_CONFIG, reg_read(h, HPET_T0_CONFIG) | TIMER_INTERRUPTS);
}

/* In 32-bit mode there is an interrupt when the counter wraps, too (2.3.9.2.1). */
bool hpet_alarm_is_due(const struct hpet *h)
{
	uint32_t now = hpet_read32(h);

	return (int32_t)(now - h->alarm) >= 0 || now < h->alarm_set;
}

void hpet_alarm_stop(const struct hpet *h)
{
	mmio_write32(h->mmio + HPET_T0_CONFIG, reg_read(h, HPET_T0_CONFIG) & ~TIMER_INTERRUPTS);
}
