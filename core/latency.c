/* SPDX-License-Identifier: GPL-2.0-or-later */
/* I6: how long interrupts are off at most. */
#include "core/latency.h"

#include "arch/x86/cpu.h"
#include "core/clock.h"
#include "core/machine.h"
#include "core/util.h"

bool latency_is_measured;

static uint64_t since;
static uint32_t longest_ns;

void latency_note_begin(void)
{
	since = clock_now_ns();
}

void latency_note_end(void)
{
	uint64_t ns = clock_now_ns() - since;

	if (since && ns > longest_ns) {
		longest_ns = (uint32_t)ns;
		machine_note_latency(longest_ns);
	}
}

void latency_breathe(void)
{
	latency_end();
	cpu_let_interrupts_in();
	latency_begin();
}
