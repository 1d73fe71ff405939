/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * I6: the longest time from leaving a guest (or waking) to entering one (or
 * sleeping), with interrupts off all the while. Only test runs pay for it.
 */
#ifndef GATEHOUSE_CORE_LATENCY_H
#define GATEHOUSE_CORE_LATENCY_H

/* Interrupts went off just now; or what a test run itself does ends here. */
void latency_begin(void);

/* They come on again. */
void latency_end(void);

/* Both: interrupts are let in here, to be acknowledged; what follows from them waits. */
void latency_breathe(void);

#endif
