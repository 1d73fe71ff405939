/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio console (virtio 1.0, 5.3) as test guests use it. */
#ifndef GATEHOUSE_TEST_GUESTS_LIB_GCONSOLE_H
#define GATEHOUSE_TEST_GUESTS_LIB_GCONSOLE_H

#include "test/guests/lib/gvirtio.h"

enum { GCONSOLE_INPUT, GCONSOLE_OUTPUT };

/* Starts the console of the lguest bus and gives it one buffer of all descriptors, each `bytes`
 * zeros, which a console drops. Returns at once. The guest has more than 64 MiB. */
#define GCONSOLE_ENDLESS (66u << 20)
void gconsole_give_zeros(struct gvirtio *d, uint32_t bytes);

/* Prints the text, or fails the test if it is not taken. The device is started. */
void gconsole_say(struct gvirtio *d, const char *text);

#endif
