/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lies to devices: on the lguest bus, in PCI configuration space, in device memory, in rings. */
#ifndef GATEHOUSE_TEST_GUESTS_FUZZ_CALLS_CALLS_H
#define GATEHOUSE_TEST_GUESTS_FUZZ_CALLS_CALLS_H

#include "test/guests/lib/fuzz.h"

void device_init(void);
void device_step(void);

/* What may kill the guest. */
void device_last(void);

/* For NOTIFY: a descriptor, a ring, or an empty string. */
uint32_t device_notify_address(void);

#endif
