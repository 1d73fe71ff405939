/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LGUEST_INIT: finding out which kernel's lguest_data this is. */
#ifndef GATEHOUSE_CORE_INIT_CALL_H
#define GATEHOUSE_CORE_INIT_CALL_H

#include "gatehouse/lguest.h"
#include "core/types.h"

struct guest;

/* What the guest says in its struct lguest_data, whichever layout it has. */
struct lguest_answers {
	unsigned layout;              /* 1, 2, 3; 0: none makes sense */
	gva_t noirq_start, noirq_end; /* inclusive; 0, 0 for none */
	gva_t kernel_address;
	uint32_t syscall_vec;
};

/* Pure. The first layout of 2, 3, 1 whose fields make sense together. */
struct lguest_answers lguest_data_read(const struct lguest_data *data);

/* The hypercall; a second one, or answers without sense, stop the guest. */
void guest_init_call(struct guest *g, gpa_t at);

#endif
