/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random instructions, out of all bytes or of opcodes that a hypervisor has to do with. */
#ifndef GATEHOUSE_TEST_GUESTS_FUZZ_CODE_CODE_H
#define GATEHOUSE_TEST_GUESTS_FUZZ_CODE_CODE_H

#include "test/guests/lib/fuzz.h"

/* A selector of some segment, or of none. */
uint32_t code_selector(void);

/* Writes instructions of at most that many bytes, at least 16. */
void code_make(uint8_t *at, unsigned bytes);

#endif
