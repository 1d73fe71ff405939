/* SPDX-License-Identifier: GPL-2.0-or-later */
/* paging: both */
/*
 * A small kernel with programs in ring 3: an address space each, preemption by
 * the clock, system calls, demand-zero memory, copy on write. Ends with a
 * summary and powers off; runs forever with "forever" on its command line.
 */
#include "guests/lib/boot.h"
#include "guests/lib/console.h"
#include "guests/lib/irq.h"
#include "guests/lib/paging.h"
#include "guests/lib/ring3.h"
#include "guests/lib/string.h"
#include "guests/lib/time.h"
#include "guests/procs/procs.h"

#define SLICE_NS   (10 * NSEC_PER_MSEC)
#define PAGES_EACH (HEAP_PAGES + STACK_PAGES + 8)
#define ARGV_BYTES 16 /* left free at the top of the stack */

enum state { PROC_FREE, PROC_READY, PROC_SLEEPING };

struct proc {
	const struct program *program;
	enum state state;
	uint32_t pid, root;
	struct regs regs;
	uint64_t wake_ns, started_ns;
	uint32_t faults, calls, switches;
	uint32_t page_count;
	struct {
		uint32_t va, gpa;
	} pages[PAGES_EACH];
};

static const struct program programs[] = {
	{"primes", user_primes}, {"count", user_count}, {"nap", user_nap},
	{"sleep", user_sleep},   {"calls", user_calls}, {"memory", user_memory},
	{"crash", user_crash},   {"halt", user_halt},
};

static struct proc procs[ARRAY_SIZE(programs)];
static struct proc *current;
static uint32_t free_pages[ARRAY_SIZE(programs) * PAGES_EACH], free_count;
static struct {
	uint32_t exited, failed, killed, switches, faults, calls;
} total;

extern char guest_user_start[], guest_user_end[], guest_user_phys[];

static uint32_t page_get(void)
{
	uint32_t gpa;

	if (!free_count)
		return boot_alloc_pages(1);
	gpa = free_pages[--free_count];
	memset(phys_to_virt(gpa), 0, PAGE_SIZE);
	return gpa;
}

/* Gives the program a page of its own at va; false if it has had its share. */
static bool proc_give_page(struct proc *p, uint32_t va, uint32_t gpa)
{
	if (p->page_count == PAGES_EACH)
		return false;
	p->pages[p->page_count].va = va;
	p->pages[p->page_count].gpa = gpa;
	p->page_count++;
	pt_map(p->root, va, gpa | PTE_USER_PAGE);
	return true;
}

static bool image_contains(uint32_t va)
{
	return va >= addr32(guest_user_start) && va < addr32(guest_user_end);
}

static uint32_t image_page(uint32_t va)
{
	return addr32(guest_user_phys) + ((va & PAGE_MASK) - addr32(guest_user_start));
}

static void proc_start(struct proc *p, const struct program *program)
{
	static uint32_t next_pid = 1;
	uint32_t root = p->root ? p->root : pt_create();

	*p = (struct proc){
		.program = program, .pid = next_pid++, .root = root, .state = PROC_READY};
	p->started_ns = now_ns();
	p->regs = ring3_start(program->entry);
	p->regs.esp = USER_STACK_TOP - ARGV_BYTES;
	for (uint32_t va = addr32(guest_user_start); va < addr32(guest_user_end); va += PAGE_SIZE)
		pt_map(root, va, image_page(va) | PTE_PRESENT | PTE_USER);
	printf("procs: %u (%s) starts\n", p->pid, program->name);
}

static void proc_end(struct proc *p)
{
	uint64_t ms = div_u64(now_ns() - p->started_ns, NSEC_PER_MSEC, NULL);

	for (uint32_t i = 0; i < p->page_count; i++) {
		pt_map(p->root, p->pages[i].va, 0);
		free_pages[free_count++] = p->pages[i].gpa;
	}
	printf("procs: %u (%s) is gone after %llu ms, %u page faults, %u system calls, %u turns\n",
	       p->pid, p->program->name, ms, p->faults, p->calls, p->switches);
	total.faults += p->faults;
	total.calls += p->calls;
	total.switches += p->switches;
	p->state = PROC_FREE;
}

static void proc_kill(struct proc *p, const char *why, uint32_t address)
{
	printf("procs: %u (%s) killed: %s 0x%x, at 0x%x\n", p->pid, p->program->name, why, address,
	       p->regs.eip);
	total.killed++;
	proc_end(p);
}

/* Resolves a fault the program is entitled to: false if it is not. */
static bool proc_page_fault(struct proc *p, uint32_t cr2, uint32_t error)
{
	uint32_t va = cr2 & PAGE_MASK, gpa;
	bool in_heap = va >= HEAP_START && va < HEAP_START + HEAP_PAGES * PAGE_SIZE;
	bool in_stack = va < USER_STACK_TOP && va >= USER_STACK_TOP - STACK_PAGES * PAGE_SIZE;

	p->faults++;
	if (!(error & PF_PRESENT) && (in_heap || in_stack))
		return proc_give_page(p, va, page_get());
	if (!(error & PF_WRITE) || !image_contains(va))
		return false;
	gpa = page_get();
	memcpy(phys_to_virt(gpa), phys_to_virt(image_page(va)), PAGE_SIZE);
	return proc_give_page(p, va, gpa);
}

/* Copies text out of the program's memory as far as it is mapped. */
static uint32_t copy_from_user(struct proc *p, char *to, uint32_t from, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++) {
		pte_t pte = pt_get(p->root, from + i);

		if (from + i >= KERNEL_BASE || !(pte & PTE_PRESENT) || !(pte & PTE_USER))
			return i;
		to[i] = *((const char *)phys_to_virt((uint32_t)pte & PAGE_MASK) +
			  ((from + i) & ~PAGE_MASK));
	}
	return len;
}

static void proc_print(struct proc *p)
{
	char text[100];
	uint32_t len = p->regs.ecx < sizeof(text) ? p->regs.ecx : sizeof(text) - 1;

	text[copy_from_user(p, text, p->regs.ebx, len)] = '\0';
	printf("%u (%s): %s\n", p->pid, p->program->name, text);
}

static void proc_syscall(struct proc *p)
{
	struct regs *r = &p->regs;
	uint32_t number = r->eax;

	p->calls++;
	r->eax = 0;
	switch (number) {
	case SYS_EXIT:
		printf("procs: %u (%s) exits with %u\n", p->pid, p->program->name, r->ebx);
		total.exited++;
		total.failed += r->ebx != 0;
		proc_end(p);
		break;
	case SYS_PRINT:
		proc_print(p);
		break;
	case SYS_SLEEP:
		p->wake_ns = now_ns() + (uint64_t)r->ebx * NSEC_PER_MSEC;
		p->state = PROC_SLEEPING;
		break;
	case SYS_TIME_US:
		r->eax = (uint32_t)div_u64(now_ns(), NSEC_PER_USEC, NULL);
		break;
	case SYS_YIELD:
		break;
	default:
		proc_kill(p, "unknown system call", number);
		break;
	}
}

/* The quick ones are answered on the trap stack, without leaving the program's turn. */
static bool syscall_fast(struct regs *r)
{
	if (r->eax != SYS_GETPID || !regs_from_user(r))
		return false;
	r->eax = current->pid;
	current->calls++;
	return true;
}

static bool stays_running(const struct regs *r)
{
	return r->vector == 0x80 && r->eax != SYS_YIELD && r->eax != SYS_SLEEP;
}

/* One turn: until the slice is over or the program cannot go on. */
static void proc_run(struct proc *p)
{
	uint64_t end = now_ns() + SLICE_NS, now;

	current = p;
	p->switches++;
	pt_load(p->root);
	while (p->state == PROC_READY && (now = now_ns()) < end) {
		struct regs *r = &p->regs;
		bool more;

		clock_arm_ns((uint32_t)(end - now));
		ring3_run(r);
		more = stays_running(r) || r->vector == TRAP_PAGE_FAULT;
		if (r->vector == 0x80) {
			proc_syscall(p);
		} else if (r->vector == TRAP_PAGE_FAULT) {
			uint32_t cr2 = READ_ONCE(lguest_data.cr2);

			if (!proc_page_fault(p, cr2, r->error))
				proc_kill(p, r->error & PF_WRITE ? "writes to" : "reads from", cr2);
		} else if (r->vector < LGUEST_FIRST_VECTOR) {
			proc_kill(p, "exception", r->vector);
		}
		if (!more)
			break;
	}
}

/* Sleeps until the first sleeper is due. */
static void idle_until(uint64_t ns)
{
	uint64_t now = now_ns();

	if (now >= ns)
		return;
	ns -= now;
	clock_arm_ns(ns < NSEC_PER_SEC ? (uint32_t)ns : NSEC_PER_SEC);
	irq_halt();
	irq_disable();
}

/* Runs all programs to their end. */
static void run_all(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(procs); i++)
		proc_start(&procs[i], &programs[i]);
	for (;;) {
		uint64_t first_wake = ~0ull;
		unsigned alive = 0, ran = 0;

		for (unsigned i = 0; i < ARRAY_SIZE(procs); i++) {
			struct proc *p = &procs[i];

			if (p->state == PROC_SLEEPING && now_ns() >= p->wake_ns)
				p->state = PROC_READY;
			if (p->state == PROC_READY) {
				proc_run(p);
				ran++;
			}
			if (p->state == PROC_SLEEPING && p->wake_ns < first_wake)
				first_wake = p->wake_ns;
			alive += p->state != PROC_FREE;
		}
		if (!alive)
			return;
		if (!ran)
			idle_until(first_wake);
	}
}

void guest_main(void)
{
	uint32_t rounds = 0;

	ring3_init();
	trap_handle(0x80, syscall_fast);
	printf("procs: %u KiB of memory, %s page tables\n", boot_ram_bytes() / 1024,
	       pt_is_pae() ? "PAE" : "two-level");
	do {
		run_all();
		rounds++;
		printf("procs: round %u: %u exited (%u with an error), %u killed, %u turns, "
		       "%u page faults, %u system calls\n",
		       rounds, total.exited, total.failed, total.killed, total.switches,
		       total.faults, total.calls);
	} while (boot_has_word("forever"));
	shutdown(LGUEST_SHUTDOWN_POWEROFF, "procs is done");
}
