/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compiled to assembly only: the source of the generated asm_offsets.h. */
#include "arch/x86/regs.h"

#define DEFINE(name, value) __asm__ volatile("\n.ascii \"#define " #name " %c0\\n\"" : : "i"(value))
#define REG(name, member)   DEFINE(REGS_##name, offsetof(struct regs, member))
#define STATE(name, member) DEFINE(STATE_##name, offsetof(struct state_page, member))

void asm_offsets(void);

void asm_offsets(void)
{
	REG(GS, gs);
	REG(FS, fs);
	REG(ES, es);
	REG(DS, ds);
	REG(TRAPNO, trapno);
	REG(ERRCODE, errcode);
	REG(EIP, eip);
	REG(CS, cs);
	REG(EFLAGS, eflags);
	DEFINE(REGS_BYTES, sizeof(struct regs));
	STATE(HOST_CR3, host_cr3);
	STATE(HOST_ESP, host_esp);
	STATE(GUEST_CR3, guest_cr3);
	STATE(GUEST_DR7, guest_dr7);
	STATE(HOST_IDTR, host_idtr);
	STATE(GUEST_IDTR, guest_idtr);
	DEFINE(ENTRY_FAULT_TRAPNO, offsetof(struct entry_page, fault_trapno));
	DEFINE(ENTRY_FAULT_ERRCODE, offsetof(struct entry_page, fault_errcode));
}
