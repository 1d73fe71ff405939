/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio driver as test guests use it: which transport, what is done wrong, what must follow.
 */
#ifndef GATEHOUSE_TEST_GUESTS_LIB_GVIRTIO_H
#define GATEHOUSE_TEST_GUESTS_LIB_GVIRTIO_H

#include "guests/lib/gvirtio.h"
#include "test/guests/lib/test.h"

/* The transport under test: even cases the lguest bus, odd ones PCI (wants page tables). */
const struct gvirtio_ops *gvirtio_transport(void);

/* Finds the first device of that kind on the transport under test, or fails the test. */
void gvirtio_open(struct gvirtio *d, unsigned id);

/*
 * After gvirtio_drain() and a kick: fails the test unless the
 * device refuses to go on. On PCI it says so, on the lguest bus it just does no
 * more; either way there is an interrupt.
 */
void gvirtio_check_stopped(struct gvirtio *d, const char *what);

/* Makes one chain of all descriptors, each this piece for the device to read; returns its head. */
uint16_t gqueue_chain_all(struct gqueue *q, uint64_t gpa, uint32_t bytes);

#endif
