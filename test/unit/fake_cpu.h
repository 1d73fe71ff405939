/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arch/x86/cpu.h for tests of the core, which gets it by -include: CR2 is the test's. */
#ifndef GATEHOUSE_TEST_UNIT_FAKE_CPU_H
#define GATEHOUSE_TEST_UNIT_FAKE_CPU_H

#include "arch/x86/cpu.h"

uint32_t fake_cr2(void);

#define read_cr2 fake_cr2

#endif
