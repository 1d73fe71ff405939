/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lguest bus of kernels up to 3.19: a page of device descriptors right
 * above RAM, rings in the pages after it (guest-interface.md section 7).
 * One device so far: the console.
 */
#ifndef GATEHOUSE_CORE_LGBUS_H
#define GATEHOUSE_CORE_LGBUS_H

#include "core/types.h"
#include "core/virtio/virtq.h"

struct guest;

enum { LGBUS_CONSOLE_IN, LGBUS_CONSOLE_OUT, LGBUS_QUEUES };

#define LGBUS_RING_NUM   64
#define LGBUS_RING_PAGES 2u
#define LGBUS_PAGES      (1u + LGBUS_QUEUES * LGBUS_RING_PAGES)

struct lgbus {
	struct virtq queues[LGBUS_QUEUES];
	bool is_ready;    /* the guest drives the console */
	bool output_left; /* the last kick's budget was not enough */
};

/* Writes the descriptor page; the guest's memory is zeroed. */
void lgbus_init(struct guest *g);

/* NOTIFY: a device, a ring, or a string for the early console. */
void lgbus_notify(struct guest *g, gpa_t at);

/* Some guest has work left that nothing but time holds up: lgbus_work() soon. */
extern bool lgbus_work_due;

/* Device work left over or become possible: output after a budget, input that was typed. */
void lgbus_work(struct guest *g);

#endif
