/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest with 2-level page tables, or none, and all that core/traps.c and emulate.c call. */
#ifndef GATEHOUSE_TEST_UNIT_TRAPS_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_TRAPS_FIXTURE_H

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "arch/x86/interrupts.h"
#include "arch/x86/machine_check.h"
#include "arch/x86/pte.h"
#include "core/cpu.h"
#include "core/gdb.h"
#include "core/guest.h"
#include "core/hypercall.h"
#include "core/shadow_tables.h"
#include "core/virq.h"
#include "test/unit/fake_cpu.h"
#include "test/unit/unit.h"

#define PAGES     16u
#define MEMORY    (PAGES * PAGE_SIZE)
#define TOP       0x1000u
#define TABLE     0x2000u
#define KERNEL_VA 0xC0000000u /* mapped to 0, all of memory */
#define HANDLER   0xC0008000u
#define EIP       (KERNEL_VA + 0x4000u)
#define ESP       (KERNEL_VA + 0x6000u)
#define ESP1      (KERNEL_VA + 0x7000u)
#define RING1_SS  0x69u
#define USER_CS   0x73u
#define USER_SS   0x7Bu

static struct guest g;
static struct cpu cpu;
static struct config_guest config = {.name = "unit"};
static struct regs regs;
static uint8_t *memory;
static struct lguest_data *data;
static unsigned fails, hypercalls, vector_seen, nmis, woken, checks;
static uint32_t cr2, segment_base, dr6_taken;
static bool debugger_takes_it, debugger_told;

/* What shadow_fault() answers, and what it was asked. */
static enum shadow_result fault_result;
static gva_t fault_va;
static unsigned fault_code;
static uint64_t fault_device;

void guest_fail(struct guest *who, const char *fmt, ...)
{
	who->state = GUEST_DEAD;
	fails++;
}

uint32_t fake_cr2(void)
{
	return cr2;
}

/* Where memory is broken; 0: not in memory that belongs to anybody. */
static uint64_t broken_address;
static bool machine_broken;

bool machine_check_can_go_on(uint64_t *address)
{
	*address = broken_address;
	return broken_address != 0;
}

/* A test that comes here goes on behind the machine's end. */
static jmp_buf machine_ended;

void machine_check_panic(const struct regs *r)
{
	machine_broken = true;
	longjmp(machine_ended, 1);
}

uint64_t fake_tsc(void)
{
	return 0;
}

/* What the shadow maps every address to; 0: nothing, writes go by the guest's own tables. */
static uint64_t shadow_entry;

uint64_t *shadow_leaf(const struct shadow *s, unsigned root, gva_t va)
{
	return shadow_entry ? &shadow_entry : NULL;
}

void hypercall(struct guest *who, unsigned length)
{
	hypercalls += length;
}

enum shadow_result shadow_fault(struct guest *who, gva_t va, unsigned *error_code, uint64_t *device)
{
	fault_va = va;
	fault_code = *error_code;
	*device = fault_device;
	if (fault_result == SHADOW_STOPPED)
		guest_fail(who, "stopped");
	return fault_result;
}

void vcpu_set_rules(struct vcpu *v, const struct gate_rules *rules)
{
	v->rules = *rules;
}

uint32_t vcpu_segment_base(const struct vcpu *v, uint16_t selector)
{
	return segment_base;
}

uint32_t vcpu_take_dr6(const struct vcpu *v)
{
	return 0x4001;
}

void vcpu_note_debug_trap(struct vcpu *v, uint32_t dr6)
{
	dr6_taken = dr6;
}

void virq_wake(struct guest *who)
{
	who->state = GUEST_RUNNING;
	woken++;
}

void interrupt_arrived(unsigned vector)
{
	vector_seen = vector;
}

void interrupt_nmi(const struct regs *r)
{
	nmis++;
}

void interrupts_unblock_nmi(void)
{
	nmis += 100;
}

bool gdb_takes_exit(struct guest *who)
{
	return debugger_takes_it;
}

void gdb_guest_left(struct guest *who)
{
	debugger_told = true;
}

void devices_check(struct guest *who)
{
	checks++;
}

void devices_check_one(struct guest *who, struct virtio_device *d)
{
	checks++;
}

static inline void map(unsigned page, uint32_t flags)
{
	uint32_t entry_value = page * PAGE_SIZE | flags;

	memcpy(memory + TABLE + page * 4, &entry_value, 4);
}

/* In ring 1 at EIP, with tables that map all of its memory at KERNEL_VA. */
static inline int set_up(void **state)
{
	uint32_t directory = TABLE | 7;

	memory = calloc(1, MEMORY);
	memset(&g, 0, sizeof(g));
	memset(&regs, 0, sizeof(regs));
	g.base = (uintptr_t)memory;
	g.ram_bytes = g.mem_bytes = MEMORY;
	g.config = &config;
	g.cpu = &cpu;
	g.state = GUEST_RUNNING;
	g.vcpu.regs = &regs;
	g.vcpu.slot = &cpu.slot;
	g.vcpu.state.tss.ss1 = RING1_SS;
	g.vcpu.state.tss.esp1 = ESP1;
	g.shadow.tables = (struct guest_tables){.memory = memory, .bytes = MEMORY, .top = TOP};
	memcpy(memory + TOP + (KERNEL_VA >> 22) * 4, &directory, 4);
	for (unsigned i = 0; i < PAGES; i++)
		map(i, 3);
	g.data = data = (struct lguest_data *)(memory + 0x3000);
	regs = (struct regs){.eip = EIP, .cs = LGUEST_CS, .ss = RING1_SS, .esp = ESP};
	regs.eflags = X86_EFLAGS_IF | X86_EFLAGS_FIXED;
	fails = hypercalls = vector_seen = nmis = woken = checks = 0;
	cr2 = segment_base = dr6_taken = 0;
	debugger_takes_it = debugger_told = false;
	fault_result = SHADOW_FIXED;
	return 0;
}

static inline int tear_down(void **state)
{
	free(memory);
	return 0;
}

static inline void user(void)
{
	regs.cs = USER_CS;
	regs.ss = USER_SS;
}

static inline void handler(unsigned vector, unsigned type, unsigned dpl)
{
	g.vcpu.idt[vector] = gate_make(HANDLER, LGUEST_CS, type, dpl);
}

static inline uint32_t word_at(gva_t va)
{
	uint32_t value;

	memcpy(&value, memory + (va - KERNEL_VA), 4);
	return value;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
