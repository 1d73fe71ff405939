/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two virtual CPUs for tests of arch/x86/vcpu.c, and what it calls. */
#ifndef GATEHOUSE_TEST_UNIT_VCPU_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_VCPU_FIXTURE_H

#include "arch/x86/vcpu.h"

#include <string.h>

#include "arch/x86/switcher.h"
#include "core/errno.h"
#include "core/panic.h"
#include "gatehouse/lguest.h"
#include "test/unit/unit.h"

#define STUB(n) (0xFFC00000u + 16 * (n))
#define SECRET  0x5EC2E75Eu

const uint32_t vector_stubs[256] = {[3] = STUB(3), [0x40] = STUB(0x40), [0x80] = STUB(0x80)};

/* What the window's two pages are. */
static const struct entry_page *shown;
static const struct state_page *state;
static struct entry_page own_entry; /* the CPU's */
static struct state_page own_state;
static struct vcpu_slot slot;
static struct vcpu one, two;
static unsigned saves, loads, runs;

void switcher_run(struct state_page *s)
{
	assert_ptr_equal(s, slot.state);
	runs++;
}

void fpu_reset(struct fpu_state *s)
{
	memset(s, 0xF5, sizeof(*s));
}

static bool real_ts;

bool fpu_ts(void)
{
	return real_ts;
}

void fpu_set_ts(bool on)
{
	real_ts = on;
}

void fpu_save(struct fpu_state *s)
{
	assert_true(s == &one.fpu || s == &two.fpu);
	assert_false(real_ts); /* or it would trap */
	saves++;
}

void fpu_load(const struct fpu_state *s)
{
	assert_true(s == &one.fpu || s == &two.fpu);
	loads++;
}

static bool has_sysenter = true;
static uint32_t sysenter_set[3];
char sysenter_entry[1];

void paging_set_pages(unsigned cpu, const struct entry_page *entry, const struct state_page *tables)
{
	assert_int_equal(cpu, 0);
	shown = entry;
	state = tables;
}

bool cpu_has_sysenter(void)
{
	return has_sysenter;
}

void cpu_set_sysenter(uint32_t eip, uint32_t esp, uint16_t cs)
{
	sysenter_set[0] = eip;
	sysenter_set[1] = esp;
	sysenter_set[2] = cs;
}

uint32_t host_idt_address(void)
{
	return 0;
}

uint32_t host_df_tss_address(unsigned cpu)
{
	return 0;
}

void host_tables_load(struct state_page *s)
{
}

void panic(const char *fmt, ...)
{
	fail_msg("panic: %s", fmt);
	__builtin_unreachable();
}

static inline uint64_t gate(unsigned type, unsigned dpl)
{
	return gate_make(0xC1234560, LGUEST_CS, type, dpl);
}

static inline void set_up_slot(void)
{
	const struct gate_rules none = {0};

	slot = (struct vcpu_slot){.state = (struct state_page *)WINDOW_STATE(0),
				  .own_entry = &own_entry,
				  .own_state = &own_state};
	memset(&own_state, 0, sizeof(own_state));
	for (unsigned i = 0; i < 256; i++)
		own_state.idt[i] = gate_for_cpu(i, 0, vector_stubs[i], &none);
	own_state.gdt[GDT_ENTRY_HOST_CODE] = own_state.gdt[GDT_ENTRY_HOST_DATA] = SECRET;
	own_state.gdt[GDT_ENTRY_TSS] = own_state.gdt[GDT_ENTRY_DF_TSS] = SECRET;
	shown = &own_entry;
	state = &own_state;
}

static inline int set_up(void **unused)
{
	set_up_slot();
	memset(&one, 0, sizeof(one));
	memset(&two, 0, sizeof(two));
	real_ts = false;
	vcpu_reset(&one, &slot, 0x100000);
	vcpu_reset(&two, &slot, 0x200000);
	saves = loads = runs = 0;
	return 0;
}

static inline void use_syscall_vector(struct vcpu *v, unsigned vector)
{
	struct gate_rules rules = v->rules;

	rules.syscall_vector = vector;
	vcpu_set_rules(v, &rules);
	vcpu_set_gate(v, vector, gate(GATE_TRAP, 3));
}

#endif
