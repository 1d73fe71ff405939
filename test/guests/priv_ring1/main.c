/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Privileged instructions in ring 1: cli is skipped, the rest is the guest's own #GP. */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

/* sti is not in interface 3's list of what is emulated, so it is the guest's #GP, too; at any rate
 * the virtual and the real IF stay as they are. */
void test_main(void)
{
	static uint8_t memory[16];
	uint32_t flags;

	WRITE_ONCE(lguest_data.irq_enabled, X86_EFLAGS_IF);
	TRAP_TRY("cli");
	check_no_trap("cli");
	__asm__ volatile("pushfl\n\tpopl %0" : "=r"(flags));
	CHECK(flags & X86_EFLAGS_IF, "cli cleared the real IF");
	TRAP_TRY("hlt");
	check_fault("hlt", TRAP_PROTECTION, 0);
	TRAP_TRY("movl %%cr0, %%eax", : : "eax");
	check_fault("read of cr0", TRAP_PROTECTION, 0);
	TRAP_TRY("movl %%eax, %%cr0", : "a"(0));
	check_fault("write of cr0", TRAP_PROTECTION, 0);
	TRAP_TRY("movl %%cr3, %%eax", : : "eax");
	check_fault("read of cr3", TRAP_PROTECTION, 0);
	TRAP_TRY("movl %%eax, %%cr3", : "a"(0));
	check_fault("write of cr3", TRAP_PROTECTION, 0);
	TRAP_TRY("movl %%eax, %%cr4", : "a"(0));
	check_fault("write of cr4", TRAP_PROTECTION, 0);
	TRAP_TRY("movl %%eax, %%dr7", : "a"(0));
	check_fault("write of dr7", TRAP_PROTECTION, 0);
	TRAP_TRY("clts");
	check_fault("clts", TRAP_PROTECTION, 0);
	TRAP_TRY("invlpg (%0)", : "r"(memory) : "memory");
	check_fault("invlpg", TRAP_PROTECTION, 0);
	TRAP_TRY("lgdt (%0)", : "r"(memory) : "memory");
	check_fault("lgdt", TRAP_PROTECTION, 0);
	TRAP_TRY("lidt (%0)", : "r"(memory) : "memory");
	check_fault("lidt", TRAP_PROTECTION, 0);
	TRAP_TRY("lmsw %%ax", : "a"(0));
	check_fault("lmsw", TRAP_PROTECTION, 0);
	TRAP_TRY("rdmsr", : "c"(0x1B) : "eax", "edx");
	check_fault("rdmsr", TRAP_PROTECTION, 0);
	TRAP_TRY("wrmsr", : "a"(0), "d"(0), "c"(0x174));
	check_fault("wrmsr", TRAP_PROTECTION, 0);
	TRAP_TRY("wbinvd");
	check_fault("wbinvd", TRAP_PROTECTION, 0);
	TRAP_TRY("sti");
	CHECK(trap_seen.count == 0 || trap_was(TRAP_PROTECTION), "sti: vector %u",
	      trap_seen.vector);
	CHECK(READ_ONCE(lguest_data.irq_enabled) & X86_EFLAGS_IF, "irq_enabled changed");
}
