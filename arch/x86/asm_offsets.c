/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compiled to assembly only: the source of the generated asm_offsets.h. */
#include "arch/x86/fast.h"
#include "arch/x86/regs.h"
#include "gatehouse/lguest.h"

#define DEFINE(name, value) __asm__ volatile("\n.ascii \"#define " #name " %c0\\n\"" : : "i"(value))
#define REG(name, member)   DEFINE(REGS_##name, offsetof(struct regs, member))
#define FAST(name, member)                                                                         \
	DEFINE(FAST_##name, WINDOW_FAST_PAGE + offsetof(struct fast_page, member))
#define DATA(name, member)  DEFINE(DATA_##name, offsetof(struct lguest_data, member))
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
	STATE(SYSENTER_EIP, sysenter_eip);
	STATE(TSS_ESP1, tss.esp1);
	STATE(TSS_SS1, tss.ss1);
	STATE(HOST_IDTR, host_idtr);
	STATE(GUEST_IDTR, guest_idtr);
	FAST(DATA, data);
	FAST(ESP1, esp1);
	FAST(SS1, ss1);
	FAST(WALK, walk);
	FAST(ASYNC_NEXT, async_next);
	FAST(IRQS, irqs);
	FAST(NOIRQ_START, noirq_start);
	FAST(NOIRQ_BYTES, noirq_bytes);
	FAST(TIME_TSC, time_tsc);
	FAST(TIME_SEC, time_sec);
	FAST(TIME_NSEC, time_nsec);
	FAST(NS_PER_TICK, ns_per_tick);
	FAST(HANDLERS, handlers);
	FAST(KINDS, kinds);
	FAST(SEEN, tables);
	DATA(IRQ_ENABLED, irq_enabled);
	DATA(BLOCKED, blocked_interrupts);
	DATA(CR2, cr2);
	DATA(TIME_SEC, time_sec);
	DATA(TIME_NSEC, time_nsec);
	DATA(IRQ_PENDING, irq_pending);
	DATA(HCALL_STATUS, hcall_status);
	DEFINE(ENTRY_FAST_TRAPS, offsetof(struct entry_page, fast_traps));
	DEFINE(ENTRY_FAST_CALLS, offsetof(struct entry_page, fast_calls));
	DEFINE(ENTRY_FAST_IRQS, offsetof(struct entry_page, fast_irqs));
	DEFINE(ENTRY_FAULT_TRAPNO, offsetof(struct entry_page, fault_trapno));
	DEFINE(ENTRY_FAULT_ERRCODE, offsetof(struct entry_page, fault_errcode));
}
