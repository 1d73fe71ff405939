/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this processor has to offer that cannot be predicted. Raw: core/random.c judges it. */
#ifndef GATEHOUSE_ARCH_X86_RANDOM_H
#define GATEHOUSE_ARCH_X86_RANDOM_H

#include "core/types.h"

/* RDRAND, tried ten times (SDM 1, 7.3.17.1). False: the CPU has none, or it gave nothing. */
bool random_rdrand(uint32_t *word);

/*
 * TSC ticks that a fixed number of instructions over memory took: under a
 * clock that counts instructions it is always the same.
 */
uint32_t random_jitter(void);

#endif
