/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors and gates that change at random, and what must come of them. */
#ifndef GATEHOUSE_TEST_GUESTS_FUZZ_TABLES_DESCRIPTORS_H
#define GATEHOUSE_TEST_GUESTS_FUZZ_TABLES_DESCRIPTORS_H

/* Changes one, and looks whether the CPU has it. */
void descriptors_step(void);

#endif
