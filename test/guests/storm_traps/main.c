/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traps, interrupts and emulated instructions without end: bystanders must not notice. */
/* paging: both */
/* expect: success */
/* guest-line: tsc=on mem=6M */
/* cases: 10 */
#include "test/guests/lib/test.h"

#define ABSENT 0x50000000u

USER_CODE(user_call, "1: int $0x80; jmp 1b");
USER_CODE(user_touch, "1: movl 0x50000000, %eax; jmp 1b");
USER_CODE(user_spin, "1: jmp 1b");

static uint32_t count;
static uint64_t end;

static bool clock_again(struct regs *r)
{
	(void)r;
	count++;
	clock_arm_ns(1);
	return true;
}

/* Comes from ring 3 and goes back there, until the time is over. */
static bool user_again(struct regs *r)
{
	count++;
	return regs_from_user(r) && rdtsc() < end;
}

/* A root that nobody has filled a shadow for: every page faults anew. */
static void touch_everything(void)
{
	uint32_t root = pt_root();

	hcall1(LHCALL_FLUSH_TLB, 1);
	for (uint32_t gpa = 0; gpa < boot_ram_bytes(); gpa += PAGE_SIZE)
		(void)*(volatile uint32_t *)phys_to_virt(gpa);
	pt_load(root);
}

static void ports(void)
{
	uint32_t eax;

	__asm__ volatile("inb $0x60, %%al\n\toutb %%al, $0x80\n\tinl $0x40, %%eax" : "=a"(eax));
}

static void from_ring3(const char *code, unsigned vector)
{
	struct regs r = ring3_start(code);

	trap_handle(vector, user_again);
	ring3_run(&r);
	trap_handle(vector, NULL);
}

static void storm(uint32_t which)
{
	switch (which) {
	case 0:
		TRAP_TRY("ud2", :);
		break;
	case 1:
		TRAP_TRY("int3", :);
		break;
	case 2:
		TRAP_TRY("movl %%cr3, %%eax", : : "eax");
		break;
	case 3:
		try_read(ABSENT, NULL);
		break;
	case 4:
		touch_everything();
		break;
	case 5:
		ports();
		break;
	case 6:
		from_ring3(user_call, 0x80);
		break;
	case 7:
		from_ring3(user_touch, TRAP_PAGE_FAULT);
		break;
	case 8:
		break; /* the clock's handler asks for the next at once, in ring 1 */
	default:
		from_ring3(user_spin, IRQ_CLOCK_VECTOR);
		break;
	}
}

void test_main(void)
{
	uint32_t which = test_case();

	need_tsc();
	ring3_init();
	end = rdtsc() + tsc_from_ns(boot_number("ms", 100) * (uint64_t)NSEC_PER_MSEC);
	if (which >= 8) {
		trap_handle(IRQ_CLOCK_VECTOR, clock_again);
		irq_enable();
		clock_arm_ns(1);
	}
	if (which == 9)
		set_deadline(100 * NSEC_PER_MSEC); /* of ring 3, which spins */
	while (rdtsc() < end) {
		storm(which);
		count++;
	}
	irq_disable();
	printf("%u times\n", count);
}
