/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arch/x86/cpu.h for tests of the core, which gets it by -include: CR2 and TSC are the test's. */
#ifndef GATEHOUSE_TEST_UNIT_FAKE_CPU_H
#define GATEHOUSE_TEST_UNIT_FAKE_CPU_H

#include "arch/x86/cpu.h"

uint32_t fake_cr2(void);
uint64_t fake_tsc(void);

#define read_cr2 fake_cr2
#define rdtsc    fake_tsc

#endif
