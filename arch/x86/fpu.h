/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The FPU and SSE state of a guest, saved and loaded eagerly (I7). */
#ifndef GATEHOUSE_ARCH_X86_FPU_H
#define GATEHOUSE_ARCH_X86_FPU_H

#include "arch/x86/cpu.h"

struct fpu_state {
	uint8_t area[512] ALIGNED(16); /* FXSAVE image, or FNSAVE's 108 bytes */
};

/* Sets CR4 for FXSR/SSE and remembers the state a fresh CPU has. */
void fpu_init(const struct cpu_features *f);

/* Whether states are FXSAVE images. */
bool fpu_is_fxsave(void);

/* The state a guest starts with. */
void fpu_reset(struct fpu_state *s);

/* CR0.TS, which is the loaded guest's own: the fast tier sets and clears it, too. */
bool fpu_ts(void);
void fpu_set_ts(bool on);

/* CR0.TS must be clear. */
void fpu_save(struct fpu_state *s);
void fpu_load(const struct fpu_state *s);

#endif
