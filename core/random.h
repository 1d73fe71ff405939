/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random numbers for guests and drivers. Interrupts off. */
#ifndef GATEHOUSE_CORE_RANDOM_H
#define GATEHOUSE_CORE_RANDOM_H

#include "core/types.h"

/*
 * Once, at boot: seeds from RDRAND and from timing jitter, and says in the log
 * from which, or that there was not enough. Takes a few milliseconds.
 */
void random_init(void);

/*
 * Never waits. One block of ChaCha20 for each 64 bytes, two more at most, and
 * at most eight for events. Before random_is_seeded() whoever knows the machine
 * well may predict the bytes.
 */
void random_bytes(void *to, uint32_t bytes);

/* Whether 256 bits of entropy went in, by a conservative count. */
bool random_is_seeded(void);

/* Something happened at that reading of the TSC that was not foreseen: an interrupt. Cheap. */
void random_add_event(uint64_t tsc);

#endif
