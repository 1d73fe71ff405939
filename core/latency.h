/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * I6: the longest time from leaving a guest (or waking) to entering one (or
 * sleeping), with interrupts off all the while. Only test runs pay for it.
 */
#ifndef GATEHOUSE_CORE_LATENCY_H
#define GATEHOUSE_CORE_LATENCY_H

#include "core/types.h"
#include "core/util.h"

/* In test mode. */
extern bool latency_is_measured;
void latency_note_begin(void);
void latency_note_end(void);

/* Interrupts went off just now; or what a test run itself does ends here. */
static inline void latency_begin(void)
{
	if (unlikely(latency_is_measured))
		latency_note_begin();
}

/* They come on again. */
static inline void latency_end(void)
{
	if (unlikely(latency_is_measured))
		latency_note_end();
}

/* Both: interrupts are let in here, to be acknowledged; what follows from them waits. */
void latency_breathe(void);

#endif
