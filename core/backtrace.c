/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who called whom in a guest: frames chained by ebp, as far as they make sense. */
#include "core/backtrace.h"

#include "core/guest.h"
#include "core/guest_mem.h"
#include "core/lib.h"

/* A return address is behind the call, which may have been the caller's last instruction. */
static uint32_t within_call(const struct backtrace *b)
{
	return b->address - (b->depth > 0);
}

void backtrace_start(struct backtrace *b, const struct guest *g)
{
	const struct config_guest *c = g->config;

	*b = (struct backtrace){.guest = g, .address = g->vcpu.regs->eip, .ebp = g->vcpu.regs->ebp};
	elf_symbols_open(&b->symbols, (const void *)(uintptr_t)c->kernel_start,
			 c->kernel_end - c->kernel_start);
	symbol_search_start(&b->search, b->address);
}

/* Frames lie above each other; anything else is no chain, or one without end. */
static void next_frame(struct backtrace *b)
{
	uint32_t frame[2];

	b->is_over = true;
	if (++b->depth >= BACKTRACE_MAX || !b->ebp ||
	    guest_peek_virtual(b->guest, b->ebp, frame, sizeof(frame)) || !frame[1])
		return;
	b->is_over = false;
	b->address = frame[1];
	b->ebp = frame[0] > b->ebp ? frame[0] : 0;
	symbol_search_start(&b->search, within_call(b));
}

bool backtrace_step(struct backtrace *b, char *text, size_t size)
{
	char name[80];

	text[0] = 0;
	if (b->is_over)
		return false;
	if (!symbol_search_step(&b->symbols, &b->search))
		return true;
	symbol_search_text(&b->symbols, &b->search, name, sizeof(name));
	snprintf(text, size, "0x%08x%s%s", b->address, name[0] ? " " : "", name);
	next_frame(b);
	return true;
}
