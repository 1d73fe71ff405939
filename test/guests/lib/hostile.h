/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What no driver should do to a queue, whatever the device behind it. */
#ifndef GATEHOUSE_TEST_GUESTS_LIB_HOSTILE_H
#define GATEHOUSE_TEST_GUESTS_LIB_HOSTILE_H

#include "test/guests/lib/gvirtio.h"

/*
 * Gives the queue one wrong thing after the other. After each the device must
 * have stopped, and start again: then works() shows that it is as good as new.
 * poke() is for a device that takes buffers only when something comes, and has
 * it come; else NULL.
 */
void hostile_queue(struct gqueue *q, void (*works)(struct gvirtio *d),
		   void (*poke)(struct gvirtio *d));

#endif
