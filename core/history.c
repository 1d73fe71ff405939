/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened last: reading it. */
#include "core/history.h"

#include "arch/x86/cpu_bits.h"
#include "core/lib.h"

unsigned history_exits(const struct exit_history *h, unsigned guest,
		       struct exit_record to[HISTORY_SHOWN])
{
	uint32_t have = MIN(h->next, HISTORY_EXITS), count = 0;

	for (uint32_t back = 1; back <= have && count < HISTORY_SHOWN; back++) {
		const struct exit_record *r = &h->last[(h->next - back) % HISTORY_EXITS];

		if (guest == HISTORY_ANYONE || r->guest == guest)
			to[HISTORY_SHOWN - ++count] = *r;
	}
	memmove(to, &to[HISTORY_SHOWN - count], count * sizeof(*to));
	return count;
}

void history_trap_name(unsigned trap, char *to, size_t size)
{
	if (trap == LGUEST_TRAP_ENTRY)
		snprintf(to, size, "hypercall");
	else if (trap < 32)
		snprintf(to, size, "trap %u", trap);
	else if (trap == EXIT_IRET_FAULT)
		snprintf(to, size, "not entered");
	else if (trap == EXIT_VM86)
		snprintf(to, size, "virtual-8086 mode");
	else
		snprintf(to, size, "interrupt 0x%x", trap);
}
