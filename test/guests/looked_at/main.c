/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest with known tables, memory and registers, for what looks at it (cmdline: stay). */
/* paging: both */
/* expect: success */
#include "test/guests/lib/test.h"

#define VA(n) (0x40000000u + (n)*PAGE_SIZE)

/* Frames of two callers, registers a looker will find, and then it stays. */
__asm__("looked_at_outer:\n"
	"	xorl %ebp, %ebp\n"
	"	pushl %ebp\n"
	"	movl %esp, %ebp\n"
	"	call looked_at_middle\n"
	"looked_at_return_1:\n"
	"looked_at_middle:\n"
	"	pushl %ebp\n"
	"	movl %esp, %ebp\n"
	"	call looked_at_innermost\n"
	"looked_at_return_2:\n"
	"looked_at_innermost:\n"
	"	pushl %ebp\n"
	"	movl %esp, %ebp\n"
	"	movl $0xA1A1A1A1, %eax\n"
	"	movl $0xB2B2B2B2, %ebx\n"
	"	movl $0xC3C3C3C3, %ecx\n"
	"	movl $0xD4D4D4D4, %edx\n"
	"	movl $0xE5E5E5E5, %esi\n"
	"	movl $0xF6F6F6F6, %edi\n"
	"	stc\n"
	"looked_at_here:\n"
	"	jmp looked_at_here\n");

void looked_at_outer(void);

static void set_descriptors(void)
{
	segment_load(20, segment_flat(0, SEGMENT_DATA));
	segment_load(21, segment_make(0x123000, 0x45, 0xFB, 0x6)); /* code, ring 3, 64-bit */
	segment_load(22, segment_make(0x5000, 0x67, 0x89, 0x0));   /* a TSS */
	segment_load(23, segment_make(0x1000, 0x2FFF, 0xF3, 0x4));
	segment_load(10, segment_flat(3, SEGMENT_CODE)); /* the host's */
}

static void set_gates(void)
{
	trap_gate_to(TRAP_BREAKPOINT, GATE_TRAP, 3, 0xC0100333);
	trap_gate_to(TRAP_OVERFLOW, GATE_INTERRUPT, 3, 0xC0100444);
	trap_gate_to(TRAP_PAGE_FAULT, GATE_TRAP, 0, 0xC0100EEE);
}

/* A page of each sort there can be, at VA(0) and up. */
static uint32_t set_pages(uint32_t root)
{
	static const char text[] = "look at this text";
	uint32_t gpa = boot_alloc_pages(8), value;

	memcpy(phys_to_virt(gpa + 0x18), text, sizeof(text));
	pt_map(root, VA(0), gpa | PTE_KERNEL_PAGE);
	pt_map(root, VA(1), (gpa + PAGE_SIZE) | PTE_PRESENT | PTE_WRITE | PTE_ACCESSED);
	pt_map(root, VA(2), (gpa + 2 * PAGE_SIZE) | PTE_PRESENT | PTE_WRITE);
	pt_map(root, VA(3), (boot_ram_bytes() + (8u << 20)) | PTE_PRESENT | PTE_WRITE);
	pt_map(root, VA(5), (gpa + 5 * PAGE_SIZE) | PTE_KERNEL_PAGE);
	try_write(VA(0), 1);
	try_read(VA(1), &value);
	try_read(VA(5), &value);
	pt_write(root, VA(5), (gpa + 6 * PAGE_SIZE) | PTE_KERNEL_PAGE); /* nobody is told */
	return gpa;
}

void test_main(void)
{
	uint32_t root = pt_root(), gpa;

	if (!boot_has_word("stay"))
		return;
	clock_arm_ns(NSEC_PER_MSEC); /* interrupts are off: it stays pending */
	irq_block(1);
	set_descriptors();
	gpa = set_pages(root);
	set_gates();
	printf("looked_at: root 0x%08x page 0x%08x\n", root, gpa);
	looked_at_outer();
}
