/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The local APIC (SDM 3A chapter 10). */
#include "arch/x86/apic.h"

#include "arch/x86/io.h"
#include "arch/x86/paging.h"
#include "core/div64.h"
#include "core/log.h"

enum apic_register {
	APIC_ID = 0x20,
	APIC_TPR = 0x80,
	APIC_EOI = 0xB0,
	APIC_LDR = 0xD0,
	APIC_DFR = 0xE0,
	APIC_SVR = 0xF0,
	APIC_LVT_TIMER = 0x320,
	APIC_LVT_LINT0 = 0x350,
	APIC_LVT_LINT1 = 0x360,
	APIC_LVT_ERROR = 0x370,
	APIC_TIMER_INITIAL = 0x380,
	APIC_TIMER_CURRENT = 0x390,
	APIC_TIMER_DIVIDE = 0x3E0,
};

#define APIC_BASE_X2     (1u << 10)
#define SVR_ENABLE       0x100
#define LVT_MASKED       0x10000
#define LVT_EXTINT       0x700
#define LVT_NMI          0x400
#define LVT_TSC_DEADLINE 0x40000
#define DIVIDE_BY_1      0xB
#define MSR_TSC_DEADLINE 0x6E0
#define TICKS_SHIFT      22
#define ARM_MAX_NS       4000000000ull

static volatile uint8_t *apic;
static bool deadline_mode;
static uint32_t ticks_per_ns; /* << TICKS_SHIFT, of whatever counter is used */

static uint32_t apic_read(enum apic_register r)
{
	return mmio_read32(apic + r);
}

static void apic_write(enum apic_register r, uint32_t value)
{
	mmio_write32(apic + r, value);
}

/* x2APIC can only be left through "off" (SDM 3A 10.12.5). */
static uint64_t enable_mmio_mode(void)
{
	uint64_t base = rdmsr(MSR_IA32_APIC_BASE);

	if (base & APIC_BASE_X2) {
		log_info("apic: firmware left x2APIC on, switching back");
		wrmsr(MSR_IA32_APIC_BASE, base & ~(uint64_t)(APIC_BASE_X2 | APIC_BASE_ENABLE));
		base &= ~(uint64_t)APIC_BASE_X2;
	}
	wrmsr(MSR_IA32_APIC_BASE, base | APIC_BASE_ENABLE);
	return base & 0xFFFFFF000ull;
}

void apic_init(const struct cpu_features *f)
{
	apic = paging_map_mmio(enable_mmio_mode());
	deadline_mode = f->tsc_deadline;
	apic_write(APIC_DFR, 0xFFFFFFFF);
	apic_write(APIC_TPR, 0);
	apic_write(APIC_LVT_TIMER, LVT_MASKED | VECTOR_LAPIC_TIMER);
	apic_write(APIC_LVT_LINT0, LVT_EXTINT);
	apic_write(APIC_LVT_LINT1, LVT_NMI);
	apic_write(APIC_LVT_ERROR, VECTOR_LAPIC_ERROR);
	apic_write(APIC_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
	apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
	for (int i = 0; i < 16; i++)
		apic_eoi(); /* whatever the firmware left in service */
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

uint8_t apic_id(void)
{
	return (uint8_t)(apic_read(APIC_ID) >> 24);
}

void apic_timer_start_free(void)
{
	apic_write(APIC_LVT_TIMER, LVT_MASKED | VECTOR_LAPIC_TIMER);
	apic_write(APIC_TIMER_INITIAL, 0xFFFFFFFF);
}

uint32_t apic_timer_elapsed(void)
{
	return 0xFFFFFFFF - apic_read(APIC_TIMER_CURRENT);
}

void apic_timer_set_rate(uint32_t timer_khz, uint32_t tsc_khz)
{
	uint32_t khz = deadline_mode ? tsc_khz : timer_khz;

	apic_write(APIC_TIMER_INITIAL, 0);
	ticks_per_ns = (uint32_t)div64_u64((uint64_t)khz << TICKS_SHIFT, 1000000);
	apic_write(APIC_LVT_TIMER, (deadline_mode ? LVT_TSC_DEADLINE : 0) | VECTOR_LAPIC_TIMER);
	if (deadline_mode)
		__asm__ volatile("lock; addl $0, (%%esp)" : : : "memory"); /* SDM 3A 10.5.4.1 */
}

void apic_timer_arm(uint64_t ns)
{
	uint64_t ticks = mul_u64_u32_shr(MIN(ns, ARM_MAX_NS), ticks_per_ns, TICKS_SHIFT);

	if (ticks == 0)
		ticks = 1;
	if (deadline_mode)
		wrmsr(MSR_TSC_DEADLINE, rdtsc() + ticks);
	else
		apic_write(APIC_TIMER_INITIAL, (uint32_t)MIN(ticks, 0xFFFFFFFFull));
}

void apic_timer_stop(void)
{
	if (deadline_mode)
		wrmsr(MSR_TSC_DEADLINE, 0);
	else
		apic_write(APIC_TIMER_INITIAL, 0);
}
