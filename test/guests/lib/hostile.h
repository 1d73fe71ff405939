/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What no driver should do to a queue, whatever the device behind it. */
#ifndef GATEHOUSE_TEST_GUESTS_LIB_HOSTILE_H
#define GATEHOUSE_TEST_GUESTS_LIB_HOSTILE_H

#include "test/guests/lib/gvirtio.h"

/*
 * Gives the queue, which the device takes buffers from at once, one wrong thing
 * after the other. After each the device must have stopped, and start again:
 * then works() shows that it is as good as new. The device is started at the end.
 */
void hostile_queue(struct gqueue *q, void (*works)(struct gvirtio *d));

#endif
