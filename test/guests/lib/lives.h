/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attempts of which any may kill the guest: the next life goes on with the next one. Wants `test`
 * on the host's line and on-crash=restart restarts=any on the guest's.
 */
#ifndef GATEHOUSE_TEST_GUESTS_LIB_LIVES_H
#define GATEHOUSE_TEST_GUESTS_LIB_LIVES_H

#include "test/guests/lib/test.h"

/* Numbers 0 to 3, which the host keeps from life to life. */
uint32_t kept(unsigned n);
void keep(unsigned n, uint32_t value);

/* The host's audit of this guest: how many findings. */
uint32_t audit_findings(void);

/* Makes attempts 0 to count - 1, each in some life, then the audit; ends with SUCCESS. */
__attribute__((noreturn)) void lives_run(uint32_t count, void (*attempt)(uint32_t n));

#endif
