/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every way of jumping, from ring 1 and ring 3, to every byte of what is mapped in the window. */
/* paging: 2level */
/* expect: success or dead ".*" */
/* guest-line: mem=4M on-crash=restart restarts=any watchdog=2000 */
#include "test/guests/lib/lives.h"

/*
 * An address that leads to itself, and, as an instruction, traps: hlt. All
 * registers are this, the memory around it is full of it, and so is what lies
 * above the stack; so whatever is executed there works on this.
 */
#define HLTS        0xF4F4F4F4u
#define HLT_PAGES   4u
#define STEPS_MAX   6u   /* single steps of a jump */
#define STACK       512u /* words */
#define HOWS        4u   /* single steps or not, rings */
#define FRAMES      128u /* bytes at the end of a page of data */
#define DATA_STEP   512u
#define DATA_PLACES (FRAMES + (PAGE_SIZE - FRAMES) / DATA_STEP)
#define TICK_NS     (NSEC_PER_MSEC / 2)

enum way { JMP, CALL, RET, FAR_JMP, FAR_RET, IRET, WAYS };

static uint32_t steps, jumps, jump_of_tick;
PAGE_ALIGNED uint32_t window_stack[STACK];
uint32_t window_target[2], window_esp, window_flags;
void window_jump(enum way way);

/* In ring 1 the flags, TF with them, are loaded by the instruction before the jump. */
__asm__("window_jump:\n\t"
	"pushal\n\t"
	"movl %esp, window_esp\n\t"
	"movl $window_jumped, trap_fixup\n\t"
	"movl 36(%esp), %eax\n\t"
	"movl $window_stack + 4 * 256, %esp\n\t"
	"jmp *window_ways(,%eax,4)\n"
	".macro fresh\n\t"
	"movl $0xF4F4F4F4, %eax\n\tmovl %eax, %ebx\n\tmovl %eax, %ecx\n\tmovl %eax, %edx\n\t"
	"movl %eax, %esi\n\tmovl %eax, %edi\n\tmovl %eax, %ebp\n\t"
	".endm\n"
	"way_jmp: fresh\n\tpushl window_flags\n\tpopfl\n\tjmp *window_target\n"
	"way_call: fresh\n\tpushl window_flags\n\tpopfl\n\tcall *window_target\n\thlt\n"
	"way_ret: pushl window_target\n\tfresh\n\tpushl window_flags\n\tpopfl\n\tret\n"
	"way_far_jmp: fresh\n\tpushl window_flags\n\tpopfl\n\tljmp *window_target\n"
	"way_far_ret: pushl window_target + 4\n\tpushl window_target\n\tfresh\n\t"
	"pushl window_flags\n\tpopfl\n\tlret\n"
	"way_iret: pushl window_flags\n\tpushl window_target + 4\n\tpushl "
	"window_target\n\tfresh\n\t"
	"iret\n"
	".globl window_jumped\n"
	"window_jumped:\n\t"
	"movl %ss:window_esp, %esp\n\t"
	"movl $0x69, %eax\n\tmovl %eax, %ds\n\tmovl %eax, %es\n\t"
	"xorl %eax, %eax\n\tmovl %eax, %fs\n\tmovl %eax, %gs\n\tcld\n\t"
	"popal\n\tret\n"
	".pushsection .rodata\n"
	"window_ways: .long way_jmp, way_call, way_ret, way_far_jmp, way_far_ret, way_iret\n"
	".popsection");
extern const char window_jumped[];

USER_CODE(user_jmp, "jmp *%ebx");
USER_CODE(user_call, "call *%ebx");
USER_CODE(user_ret, "pushl %ebx\n\tret");
USER_CODE(user_far_jmp, "pushl %ecx\n\tpushl %ebx\n\tljmp *(%esp)");
USER_CODE(user_far_ret, "pushl %ecx\n\tpushl %ebx\n\tlret");
USER_CODE(user_iret, "pushfl\n\tpushl %ecx\n\tpushl %ebx\n\tiret");

static void end_jump(struct regs *r)
{
	trap_fixup = 0;
	r->eip = addr32(window_jumped);
	r->eflags &= ~X86_EFLAGS_TF;
}

/* Every trap, also of data segments that were changed: the stubs reload these. */
static bool trapped(struct regs *r)
{
	if (regs_from_user(r))
		return false;
	if (!trap_fixup) /* its own stack or memory is not what it was */
		shutdown(LGUEST_SHUTDOWN_RESTART, "astray");
	if (r->vector == TRAP_DEBUG && ++steps < STEPS_MAX)
		return true;
	end_jump(r);
	return true;
}

/* Whoever is there since the last tick runs in circles. */
static bool tick(struct regs *r)
{
	clock_arm_ns(TICK_NS);
	if (trap_fixup && jump_of_tick == jumps)
		end_jump(r);
	jump_of_tick = jumps;
	return true;
}

static void jump(enum way way, uint32_t to, bool single_step)
{
	for (unsigned i = 200; i < STACK; i++)
		window_stack[i] = HLTS;
	window_target[0] = to;
	window_target[1] = LGUEST_CS;
	window_flags = X86_EFLAGS_IF | 2 | (single_step ? X86_EFLAGS_TF : 0);
	steps = 0;
	jumps++;
	WRITE_ONCE(lguest_data.irq_enabled, X86_EFLAGS_IF);
	window_jump(way);
	trap_fixup = 0;
	irq_disable();
}

/* Nothing there is for ring 3, whatever leads there. */
static void jump_from_ring3(enum way way, uint32_t to, bool single_step)
{
	static const char *const codes[WAYS] = {user_jmp,     user_call,    user_ret,
						user_far_jmp, user_far_ret, user_iret};
	struct regs r = ring3_start(codes[way]);

	r.ebx = to;
	r.ecx = USER_CS;
	if (single_step)
		r.eflags |= X86_EFLAGS_TF;
	do
		ring3_run(&r);
	while (r.vector == TRAP_DEBUG);
	CHECK(r.vector == TRAP_PAGE_FAULT && r.eip == to && READ_ONCE(lguest_data.cr2) == to,
	      "way %u to 0x%x: vector %u at 0x%x", way, to, r.vector, r.eip);
	CHECK(r.error & PF_USER && !(r.error & (PF_PRESENT | PF_WRITE)), "error code 0x%x",
	      r.error);
}

/* The switcher's code, and behind a gap what else is there: the CPU's frames, its tables. */
static uint32_t code_pages, code_bytes, data_pages, first_data;

static void find_pages(void)
{
	for (uint32_t at = window_start(); at >= window_start(); at += PAGE_SIZE) {
		if (!try_read(at, NULL))
			continue;
		if (at == window_start() + code_pages * PAGE_SIZE)
			code_pages++;
		else if (!data_pages++)
			first_data = at;
	}
	for (code_bytes = code_pages * PAGE_SIZE;
	     !((const uint8_t *)window_start())[code_bytes - 1];)
		code_bytes--;
	code_bytes = ALIGN_UP(code_bytes, 8);
	CHECK(code_pages >= 1 && data_pages >= 2, "%u pages of code, %u of data", code_pages,
	      data_pages);
}

/* Where the CPU's frames are, each byte; of the rest some, for QEMU is slow where code changes. */
static uint32_t data_place(uint32_t n)
{
	uint32_t i = n % DATA_PLACES, page = first_data + n / DATA_PLACES * PAGE_SIZE;

	return page + (i < FRAMES ? PAGE_SIZE - 1 - i : (i - FRAMES) * DATA_STEP);
}

/* how: bit 0 single steps, bit 1 from ring 3 */
static void jump_somehow(enum way way, uint32_t to, unsigned how)
{
	if (how & 2)
		jump_from_ring3(way, to, how & 1);
	else
		jump(way, to, how & 1);
}

/*
 * One way to each byte of the code, the others, and single steps, to each eighth: what
 * happens there is the same. Then to the data: what runs there is the guest's own.
 */
static void attempt(uint32_t n)
{
	uint32_t bytes = code_bytes, kind, way;

	if (n < 2 * bytes) {
		jump_somehow(JMP, window_start() + n % bytes, n / bytes * 2);
		return;
	}
	n -= 2 * bytes;
	kind = n / (bytes / 8);
	way = kind % WAYS;
	if (kind < HOWS * WAYS)
		jump_somehow(way, window_start() + n % (bytes / 8) * 8 + way, kind / WAYS);
	else
		jump(JMP, data_place(n - HOWS * WAYS * (bytes / 8)), false);
}

static uint32_t attempts(void)
{
	return (2 * 8 + HOWS * WAYS) * (code_bytes / 8) + data_pages * DATA_PLACES;
}

/* What was led astray must not change what leads the others. */
static void protect_code(void)
{
	extern char guest_entry[], guest_boot_root[];

	for (uint32_t va = addr32(guest_entry); va < addr32(guest_boot_root); va += PAGE_SIZE)
		pt_map(pt_root(), va, pt_get(pt_root(), va) & ~PTE_WRITE);
}

static void make_hlts(void)
{
	uint32_t gpa = boot_alloc_pages(HLT_PAGES), va = (HLTS & PAGE_MASK) - PAGE_SIZE * 2;

	memset(phys_to_virt(gpa), HLTS & 0xFF, HLT_PAGES * PAGE_SIZE);
	for (unsigned i = 0; i < HLT_PAGES; i++)
		pt_map(pt_root(), va + i * PAGE_SIZE, (gpa + i * PAGE_SIZE) | PTE_KERNEL_PAGE);
}

void test_main(void)
{
	find_pages();
	make_hlts();
	ring3_init();
	protect_code();
	for (unsigned v = 0; v < IRQ_CLOCK_VECTOR; v++)
		trap_handle(v, trapped);
	trap_handle(IRQ_CLOCK_VECTOR, tick);
	clock_arm_ns(TICK_NS);
	lives_run(attempts(), attempt);
}
