/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traps, calls and interrupts on ring-1 stacks of every shape: 16-bit, odd, cut off, wrapping. */
/* paging: 2level */
/* expect: success or dead ".*" */
/* guest-line: mem=4M on-crash=restart restarts=any watchdog=1000 */
#include "test/guests/lib/lives.h"

#define STACK_VA    0x50000000u
#define STACK_BYTES 0x10000u
#define INDEX       20u
#define SS          (INDEX << 3 | 1)

/* Access bytes of data segments, and flags: granularity and size. */
#define WRITABLE    0xB2u
#define EXPAND_DOWN 0xB6u
#define BITS_16     0x0u
#define BITS_32     0x4u
#define PAGES_32    0xCu

static const struct shape {
	uint32_t base, limit, access, flags, esp;
} shapes[] = {
	{STACK_VA, 0xFFFF, WRITABLE, BITS_16, 0x800},
	{STACK_VA, 0xFFFF, WRITABLE, BITS_16, 0x801},
	{STACK_VA, 0xFFFF, WRITABLE, BITS_16, 2},
	{STACK_VA, 0xFFFF, WRITABLE, BITS_16, 0},
	{STACK_VA, 0xFFFF, WRITABLE, BITS_16, 0xFFFF},
	{STACK_VA, 0xFFFF, WRITABLE, BITS_16, 0xFFC11800},
	{STACK_VA, 0, WRITABLE, BITS_32, 0x800},
	{STACK_VA, 0x800 - 9, WRITABLE, BITS_32, 0x800},
	{STACK_VA, 0xFFF, EXPAND_DOWN, BITS_32, 0x1004},
	{STACK_VA, 0x7FF, EXPAND_DOWN, BITS_16, 0x804},
	{STACK_VA, 0xFFFFF, EXPAND_DOWN, PAGES_32, 0x800},
	{0, 0xFFFFF, WRITABLE, PAGES_32, STACK_VA + 0x801},
	{0, 0xFFFFF, WRITABLE, PAGES_32, 3},
	{0xFFFFF000, 0xFFFF, WRITABLE, BITS_16, 0x1004},
	/* the page that the hypervisor's own frames are on, and the one behind it */
	{0xFFC11000, 0xFFFFF, WRITABLE, PAGES_32, 0x1000},
	{0xFFC11000, 0xFFFF, WRITABLE, BITS_16, 0x1000},
	{0xFFC11000, 0xFFFFF, WRITABLE, PAGES_32, 0x1008},
	{0xFFC12000, 0xFFFF, WRITABLE, BITS_16, 0x800},
};

enum event { DIRECT_INT, DIRECT_FAULT, REFLECTED, PAGE_FAULT, CALL, INTERRUPT, EVENTS };

uint32_t shape_saved_esp, shape_frame[5];
uint32_t shape_stack[2]; /* esp, ss */
uint32_t shape_is_on;    /* ring 1: an interrupt may come before it is */
void shape_run(enum event event);
void shape_run_ring3(void);
extern const char shape_landed[];

/* All gates lead to shape_landed, which trusts neither stack nor segments. */
__asm__("shape_run:\n\t"
	"pushal\n\t"
	"movl %esp, shape_saved_esp\n\t"
	"movl 36(%esp), %edx\n\t"
	"lss shape_stack, %esp\n\t"
	"movl $1, shape_is_on\n\t"
	"jmp *shape_events(,%edx,4)\n"
	"shape_run_ring3:\n\t"
	"pushal\n\t"
	"movl %esp, shape_saved_esp\n\t"
	"movl $shape_frame, %esp\n\t"
	"iret\n"
	".globl shape_landed\n"
	"shape_landed:\n\t"
	"movl $0x69, %eax\n\t"
	"movl %eax, %ss\n\t"
	"movl %ss:shape_saved_esp, %esp\n\t"
	"movl %eax, %ds\n\tmovl %eax, %es\n\tcld\n\t"
	"popal\n\tret\n"
	"1: int $0x80\n"
	"2: ud2\n"
	"3: hlt\n"
	"4: movl 0x60000010, %eax\n"
	"5: xorl %eax, %eax\n\tint $0x1F\n\tjmp shape_landed\n"
	"6: jmp 6b\n"
	".pushsection .rodata\n"
	"shape_events: .long 1b, 2b, 3b, 4b, 5b, 6b\n"
	".popsection");

USER_CODE(user_int, "int $0x80");
USER_CODE(user_ud, "ud2");
USER_CODE(user_hlt, "hlt");
USER_CODE(user_fault, "movl 0x60000010, %eax");
USER_CODE(user_call, "int $0x1F");
USER_CODE(user_spin, "1: jmp 1b");

static void run_ring3(enum event event, uint32_t esp)
{
	static const char *const codes[EVENTS] = {user_int,   user_ud,   user_hlt,
						  user_fault, user_call, user_spin};

	shape_frame[0] = addr32(codes[event]);
	shape_frame[1] = USER_CS;
	shape_frame[2] = X86_EFLAGS_IF | 2;
	shape_frame[3] = USER_STACK_TOP - 16;
	shape_frame[4] = USER_DS;
	hcall3(LHCALL_SET_STACK, SS, esp, 1);
	if (event == INTERRUPT) {
		clock_arm_ns(50000);
		WRITE_ONCE(lguest_data.irq_enabled, X86_EFLAGS_IF);
	}
	shape_run_ring3();
}

static void attempt(uint32_t n)
{
	const struct shape *s = &shapes[n / EVENTS / 2];
	enum event event = n % EVENTS;

	segment_load(INDEX, segment_make(s->base, s->limit, s->access, s->flags));
	shape_is_on = n / EVENTS % 2; /* of ring 3 from the start */
	if (n / EVENTS % 2) {
		run_ring3(event, s->esp);
	} else {
		shape_stack[0] = s->esp;
		shape_stack[1] = SS;
		if (event == INTERRUPT) {
			clock_arm_ns(50000);
			WRITE_ONCE(lguest_data.irq_enabled, X86_EFLAGS_IF);
		}
		shape_run(event);
	}
	/* what the CPU pushes there is the guest's own doing, but the host must not */
	CHECK(s->base < window_start() || (event == INTERRUPT && !shape_is_on) ||
		      (event != REFLECTED && event != PAGE_FAULT && event != INTERRUPT),
	      "the host pushed a frame to base 0x%x, event %u, ring %u", s->base, event,
	      n / EVENTS % 2 ? 3 : 1);
	irq_disable();
	clock_arm_ns(0);
}

void test_main(void)
{
	uint32_t gpa = boot_alloc_pages(STACK_BYTES / PAGE_SIZE);

	ring3_init();
	for (uint32_t at = 0; at < STACK_BYTES; at += PAGE_SIZE)
		pt_map(pt_root(), STACK_VA + at, (gpa + at) | PTE_KERNEL_PAGE);
	for (unsigned v = 0; v < 20; v++)
		trap_gate_to(v, GATE_TRAP, 3, addr32(shape_landed));
	trap_gate_to(0x80, GATE_TRAP, 3, addr32(shape_landed));
	trap_gate_to(IRQ_CLOCK_VECTOR, GATE_INTERRUPT, 0, addr32(shape_landed));
	lives_run(ARRAY_SIZE(shapes) * EVENTS * 2, attempt);
}
