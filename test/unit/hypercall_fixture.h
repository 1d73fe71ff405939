/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that makes hypercalls, and notes of whatever core/hypercall.c passes them on to. */
#ifndef GATEHOUSE_TEST_UNIT_HYPERCALL_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_HYPERCALL_FIXTURE_H

#include "core/hypercall.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit.h"
#include "core/clock.h"
#include "core/cpu.h"
#include "core/errno.h"
#include "core/guest.h"
#include "core/guest_health.h"
#include "core/init_call.h"
#include "core/machine.h"
#include "core/virq.h"
#include "test/unit/unit.h"

#define MEMORY  0x10000u
#define DATA_AT 0x1000u
#define EIP     0xC0100002u
#define LENGTH  2u
#define NOBODY  1000u

static struct guest g;
static struct cpu cpu;
static struct config_guest config = {.name = "unit"};
static struct regs regs;
static uint8_t *memory; /* its end is the end of what may be touched */
static unsigned fails, calls_made;
static struct {
	unsigned number; /* of the call that reached somebody */
	uint32_t a, b, c;
	uint64_t wide;
} last;
static uint32_t order[3 * LHCALL_RING_SIZE];
static uint64_t now_ns, step_ns, timer_ns;
static char message[100];
static unsigned again_at = NOBODY;
static bool refill;

void guest_fail(struct guest *who, const char *fmt, ...)
{
	who->state = GUEST_DEAD;
	fails++;
}

static void note(unsigned number, uint32_t a, uint32_t b, uint32_t c, uint64_t wide)
{
	last.number = number;
	last.a = a;
	last.b = b;
	last.c = c;
	last.wide = wide;
	if (calls_made < ARRAY_SIZE(order))
		order[calls_made] = a;
	calls_made++;
	now_ns += step_ns;
}

void guest_init_call(struct guest *who, gpa_t at)
{
	note(LHCALL_LGUEST_INIT, at, 0, 0, 0);
}

void guest_shutdown(struct guest *who, bool restart, const char *text)
{
	note(LHCALL_SHUTDOWN, restart, 0, 0, 0);
	strcpy(message, text);
	who->state = GUEST_OFF;
}

uint64_t fake_tsc(void)
{
	return now_ns;
}

/* A GHz. */
uint64_t clock_ticks(uint32_t ns)
{
	return ns;
}

static bool is_test, restart_refused;

bool guest_health_allows(struct guest *who, const char *text)
{
	if (restart_refused)
		guest_fail(who, "restarted too often: %s", text);
	return !restart_refused;
}

uint32_t guest_health_feed(struct guest *who)
{
	note(LHCALL_GH_WATCHDOG, 0, 0, 0, 0);
	return 77;
}

bool machine_is_test(void)
{
	return is_test;
}

uint32_t audit_call(struct guest *who, uint32_t what, uint32_t n, uint32_t value)
{
	note(LHCALL_GH_TEST, what, n, value, 0);
	return 78;
}

void guest_set_pmd_without_pae(struct guest *who)
{
	note(NOBODY, 0, 0, 0, 0);
}

void shadow_new_top(struct guest *who, gpa_t top)
{
	note(LHCALL_NEW_PGTABLE, top, 0, 0, 0);
}

void shadow_flush_user(struct guest *who)
{
	note(LHCALL_FLUSH_TLB, 0, 0, 0, 0);
}

void shadow_flush_all(struct guest *who)
{
	note(LHCALL_FLUSH_TLB, 1, 0, 0, 0);
}

void shadow_set_pmd(struct guest *who, gpa_t directory, uint32_t index)
{
	note(LHCALL_SET_PMD, directory, index, 0, 0);
}

void shadow_set_pte(struct guest *who, gpa_t top, gva_t va)
{
	note(LHCALL_SET_PTE, top, va, 0, 0);
}

void shadow_set_top_entry(struct guest *who, gpa_t top, uint32_t index)
{
	note(LHCALL_SET_PGD, top, index, 0, 0);
}

static unsigned pinned;

void shadow_pin_stack(struct guest *who)
{
	pinned++;
}

void vcpu_set_gate(struct vcpu *v, unsigned vector, uint64_t wish)
{
	assert_true(vector < 256);
	v->idt[vector] = wish;
	note(LHCALL_LOAD_IDT_ENTRY, vector, 0, 0, wish);
}

void vcpu_set_descriptor(struct vcpu *v, unsigned index, uint64_t wish)
{
	assert_true(index < GDT_ENTRIES);
	v->gdt_wishes[index] = wish;
	note(LHCALL_LOAD_GDT_ENTRY, index, 0, 0, wish);
}

int vcpu_set_sysenter(struct vcpu *v, uint32_t eip)
{
	v->state.sysenter_eip = eip;
	return eip == 1 ? -ENODEV : 0;
}

void vcpu_set_ts(struct vcpu *v, bool on)
{
	v->ts = on;
}

void vcpu_set_stack(struct vcpu *v, uint16_t ss, uint32_t esp)
{
	note(LHCALL_SET_STACK, ss, esp, 0, 0);
}

int vcpu_set_debug(struct vcpu *v, unsigned n, uint32_t value)
{
	note(LHCALL_GH_DEBUGREG, n, value, 0, 0);
	return n == 3 ? -EINVAL : 0;
}

void virq_gate_changed(struct guest *who, unsigned vector, bool is_usable)
{
	last.b = is_usable;
}

void virq_raise(struct guest *who, unsigned n)
{
	note(LHCALL_SET_CLOCKEVENT, n, 0, 0, 0);
}

void virq_halt(struct guest *who)
{
	note(LHCALL_HALT, 0, 0, 0, 0);
}

uint64_t clock_now_ns(void)
{
	return now_ns;
}

void clock_add_timer(struct cpu *c, struct timer *t, uint64_t deadline_ns)
{
	timer_ns = deadline_ns;
}

void clock_remove_timer(struct timer *t)
{
	timer_ns = 0;
}

static void put_call(unsigned slot, uint32_t number, uint32_t a);

bool console_has_news;
static bool is_quick;

void lgbus_notify(struct guest *who, gpa_t at)
{
	note(LHCALL_NOTIFY, at, 0, 0, 0);
	who->call_again = at == again_at;
	if (refill)
		put_call((g.vcpu.fast.async_next + LHCALL_RING_SIZE - 1) % LHCALL_RING_SIZE,
			 LHCALL_NOTIFY, at);
}

static struct lguest_data *data(void)
{
	return (struct lguest_data *)(memory + DATA_AT);
}

static int set_up(void **state)
{
	memory = calloc(1, MEMORY);
	memset(&g, 0, sizeof(g));
	memset(&regs, 0, sizeof(regs));
	g.base = (uintptr_t)memory;
	g.ram_bytes = g.mem_bytes = MEMORY;
	g.config = &config;
	g.cpu = &cpu;
	g.state = GUEST_RUNNING;
	g.vcpu.regs = &regs;
	g.data = data();
	memset(g.data->hcall_status, 0xFF, sizeof(g.data->hcall_status));
	fails = calls_made = pinned = 0;
	memset(&last, 0, sizeof(last));
	now_ns = step_ns = timer_ns = 0;
	again_at = NOBODY;
	refill = is_quick = console_has_news = false;
	return 0;
}

static int set_up_quick(void **state)
{
	set_up(state);
	is_quick = true;
	return 0;
}

static int tear_down(void **state)
{
	free(memory);
	return 0;
}

static void call(uint32_t eax, uint32_t ebx, uint32_t ecx, uint32_t edx, uint32_t esi)
{
	g.state = GUEST_RUNNING;
	fails = 0;
	memset(&last, 0, sizeof(last));
	regs = (struct regs){
		.eax = eax, .ebx = ebx, .ecx = ecx, .edx = edx, .esi = esi, .eip = EIP};
	if (is_quick)
		hypercall_quick(&g);
	else
		hypercall(&g, LENGTH);
}

static void put_call(unsigned slot, uint32_t number, uint32_t a)
{
	data()->hcalls[slot] = (struct lguest_hcall_args){number, a, 0, 0, 0};
	data()->hcall_status[slot] = 0;
}

#endif
